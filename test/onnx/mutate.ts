import {decodeModel, ELEMENT, encodeModel, type Model, type NodeProto} from '../../src/onnx/model.js';
import {buildNode} from '../../src/onnx/build.js';

/** Changes that leave what a model computes, or nearly, and that other exporters make. */
export const MUTATIONS: Readonly<Record<string, (model: Model) => void>> = {
  'every tensor renamed': renameAll,
  'an Identity after every node': model => insertAfterAll(model, 'Identity', {}),
  'a Cast to float after every computation': model => insertAfterAll(model, 'Cast', {to: ELEMENT.float32}),
  'weights as Constant nodes': weightsAsNodes,
  'weights listed as inputs': model => {
    for (const {name, dims, dataType} of model.graph.initializer) {
      const shape = {dim: dims.map(value => ({value}))};
      model.graph.input.push({name, type: {tensorType: {elemType: dataType, shape}}});
    }
  },
  'batch fixed to 2': model => fixBatch(model, 2),
  'all axes open': openAxes,
};

export function mutated(bytes: Uint8Array, mutate: (model: Model) => void): Uint8Array {
  const model = decodeModel(bytes);
  mutate(model);
  model.graph.valueInfo = [];
  return encodeModel(model);
}

function renameAll({graph}: Model): void {
  const kept = new Set(['', ...graph.input.map(i => i.name), ...graph.output.map(o => o.name)]);
  const names = new Map<string, string>();
  const rename = (name: string): string => {
    if (kept.has(name)) return name;
    const known = names.get(name) ?? `t${(names.size * 7919) % 100_003}`;
    names.set(name, known);
    return known;
  };
  for (const node of graph.node) {
    node.name = '';
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
  }
  for (const tensor of graph.initializer) tensor.name = rename(tensor.name);
}

const FLOAT_OPS = new Set(
  'Conv MatMul Gemm Add Mul Div Sub Erf Relu Softmax LayerNormalization BatchNormalization Transpose MaxPool'.split(
    ' ',
  ),
);

function insertAfterAll({graph}: Model, op: string, attributes: Record<string, number>): void {
  const outputs = new Set(graph.output.map(o => o.name));
  // Shape arithmetic is in integers, which a Cast to float would break.
  const shapes = new Set<string>();
  graph.node = graph.node.flatMap((node): NodeProto[] => {
    const integer = node.opType === 'Shape' || node.input.some(name => shapes.has(name));
    if (integer) for (const name of node.output) shapes.add(name);
    const skip = op === 'Cast' && (integer || !FLOAT_OPS.has(node.opType));
    if (skip || node.opType === 'Constant') return [node];
    const copies = node.output.flatMap((name, i) => {
      if (name === '' || outputs.has(name)) return [];
      node.output[i] = `${name}/raw`;
      return [buildNode({op, inputs: [`${name}/raw`], outputs: [name], attributes})];
    });
    return [node, ...copies];
  });
}

function weightsAsNodes({graph}: Model): void {
  const nodes = graph.initializer.map(t => {
    const node = buildNode({op: 'Constant', inputs: [], outputs: [t.name]});
    node.attribute = [
      {name: 'value', type: 4, t, floats: [], ints: [], strings: [], tensors: [], graphs: []},
    ];
    return node;
  });
  graph.node = [...nodes, ...graph.node];
  graph.initializer = [];
}

function fixBatch({graph}: Model, size: number): void {
  for (const {type} of [...graph.input, ...graph.output]) {
    const [batch] = type?.tensorType?.shape?.dim ?? [];
    if (batch) {
      delete batch.param;
      batch.value = size;
    }
  }
}

function openAxes({graph}: Model): void {
  for (const {type} of graph.input) {
    type?.tensorType?.shape?.dim.forEach((d, i) => {
      delete d.value;
      d.param = `axis${i}`;
    });
  }
  for (const {type} of graph.output) if (type?.tensorType) delete type.tensorType.shape;
}
