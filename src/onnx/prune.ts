/** A model cut down to what some of its tensors need. */
import type {Model, NodeProto, ValueInfo} from './model.js';
import {captured} from './structure/flow.js';

/** The model with these outputs: nodes, constants, inputs and shapes that they do not need are left out. */
export function withOutputs(model: Model, outputs: readonly ValueInfo[]): Model {
  const {graph} = model;
  const producers = new Map<string, NodeProto>();
  for (const node of graph.node) for (const name of node.output) producers.set(name, node);
  const needed = new Set<string>();
  const nodes = new Set<NodeProto>();
  const queue = outputs.map(o => o.name);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name === '' || needed.has(name)) continue;
    needed.add(name);
    const node = producers.get(name);
    if (node === undefined || nodes.has(node)) continue;
    nodes.add(node);
    queue.push(...node.input, ...captured(node));
  }
  return {
    ...model,
    graph: {
      ...graph,
      node: graph.node.filter(node => nodes.has(node)),
      initializer: graph.initializer.filter(t => needed.has(t.name)),
      input: graph.input.filter(i => needed.has(i.name)),
      output: [...outputs],
      valueInfo: graph.valueInfo.filter(v => needed.has(v.name) && !outputs.some(o => o.name === v.name)),
    },
  };
}
