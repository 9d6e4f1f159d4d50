/**
 * The shape of every tensor of a graph for inputs of given shapes, without running it: operators' rules applied in
 * order, with the small integer constants that exporters compute shapes from evaluated on the way.
 */
import type {GraphProto, Model} from '../model.js';
import {Call, factOf, Unknown, type Fact} from './facts.js';
import {ShapeError} from './fold.js';
import {RULES} from './rules.js';

/**
 * Facts by tensor name; a tensor that no rule reaches is missing.
 *
 * @param inputs element type and shape of the graph's inputs
 * @throws ShapeError when the graph contradicts these shapes
 */
export function inferShapes(model: Model, inputs: ReadonlyMap<string, Fact>): Map<string, Fact> {
  const opsets = new Map(
    model.opsetImport.map(o => [o.domain === 'ai.onnx' ? '' : o.domain, o.version ?? 1]),
  );
  const facts = new Map<string, Fact>(inputs);

  const visit = (graph: GraphProto): void => {
    for (const tensor of graph.initializer) facts.set(tensor.name, factOf(tensor));
    for (const node of graph.node) {
      const domain = node.domain === 'ai.onnx' ? '' : node.domain;
      const rule = RULES[node.opType];
      if (rule === undefined) continue;
      const call = new Call(
        node,
        opsets.get(domain) ?? 1,
        node.input.map(name => facts.get(name)),
        inner => {
          visit(inner);
          return inner.output.map(o => facts.get(o.name));
        },
      );
      try {
        rule(call).forEach((fact, i) => {
          const name = node.output[i] ?? '';
          if (name !== '' && fact !== undefined) facts.set(name, fact);
        });
      } catch (error) {
        if (error instanceof Unknown) continue;
        if (error instanceof ShapeError) {
          throw new ShapeError(`${node.opType} "${node.name || node.output.join()}": ${error.message}`);
        }
        throw error;
      }
    }
  };
  visit(model.graph);
  return facts;
}
