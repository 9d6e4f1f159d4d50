import {describe, expect, it} from 'vitest';
import {buildModel, buildNode, float} from '../../src/onnx/build.js';
import {readExpanded} from '../../src/onnx/expand.js';
import {inspectModel} from '../../src/onnx/inspect.js';
import {
  decodeModel,
  encodeModel,
  type FunctionProto,
  type Model,
  type NodeProto,
} from '../../src/onnx/model.js';
import {openSession, type Tensor} from '../../src/onnx/session.js';
import {maxDifference} from './npy.js';
import {vit} from './vit.js';

const image: Tensor = {
  type: 'float32',
  dims: [2, 3, 16, 16],
  data: Float32Array.from({length: 1536}, (_, i) => Math.cos(i)),
};

async function logits(bytes: Uint8Array): Promise<Float32Array> {
  const session = await openSession(bytes, {threads: 1});
  const results = await session.run({image});
  return results['logits']!.data as Float32Array;
}

const namesOf = (bytes: Uint8Array): string[] => inspectModel(bytes).layers.map(l => l.name);

const local = (fields: Partial<FunctionProto> & {node: NodeProto[]}): FunctionProto => ({
  name: '',
  domain: 'local',
  overload: '',
  input: [],
  output: ['result'],
  attribute: [],
  attributeProto: [],
  opsetImport: [
    {domain: '', version: 17},
    {domain: 'local', version: 1},
  ],
  ...fields,
});

/** The transformer with its norms and activations as calls of functions, one of which calls another. */
function withFunctions(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes);
  const none = {floats: [], ints: [], strings: [], tensors: [], graphs: []};
  const norm = buildNode({op: 'LayerNormalization', inputs: ['x', 'gain', 'offset'], outputs: ['result']});
  norm.attribute = [{name: 'epsilon', type: 1, refAttrName: 'eps', ...none}];
  model.functions = [
    local({name: 'Norm', input: ['x', 'gain', 'offset'], attribute: ['eps'], node: [norm]}),
    local({
      name: 'Act',
      input: ['x'],
      node: [
        buildNode({op: 'Neg', inputs: ['x'], outputs: ['minus']}),
        buildNode({op: 'Negative', domain: 'local', inputs: ['minus'], outputs: ['low']}),
        buildNode({op: 'Neg', inputs: ['low'], outputs: ['result']}),
      ],
    }),
    local({
      name: 'Negative',
      input: ['x'],
      node: [
        buildNode({op: 'Neg', inputs: ['x'], outputs: ['minus']}),
        buildNode({op: 'Relu', inputs: ['minus'], outputs: ['up']}),
        buildNode({op: 'Neg', inputs: ['up'], outputs: ['result']}),
      ],
    }),
  ];
  model.opsetImport.push({domain: 'local', version: 1});
  for (const node of model.graph.node) {
    if (node.opType === 'LayerNormalization') {
      Object.assign(node, {opType: 'Norm', domain: 'local'});
      node.attribute[0]!.name = 'eps';
    }
    if (node.opType === 'Relu') Object.assign(node, {opType: 'Act', domain: 'local'});
  }
  return encodeModel(model);
}

describe('functions of the model', () => {
  const plain = vit({});
  const called = withFunctions(plain);

  it('are written out, and the model computes the same', async () => {
    const expanded: Model = readExpanded(called);
    expect(expanded.functions).toEqual([]);
    expect(expanded.graph.node.filter(n => n.domain === 'local')).toEqual([]);
    const want = await logits(plain);
    expect(maxDifference(await logits(called), want)).toBeLessThan(1e-6);
    expect(maxDifference(await logits(encodeModel(expanded)), want)).toBeLessThan(1e-6);
  });

  it('hide no layers', () => {
    expect(namesOf(called)).toEqual(namesOf(plain));
  });

  it('may not call themselves', () => {
    const model = decodeModel(called);
    model.functions[2]!.node[1]!.opType = 'Negative';
    model.functions[2]!.node[1]!.domain = 'local';
    expect(() => readExpanded(encodeModel(model), 'm.onnx')).toThrow(
      'E401 m.onnx: function "Negative" calls itself',
    );
  });
});

describe('a sum fused with its normalisation', () => {
  /** The transformer with the sum before each second norm in one node with it, as ONNX Runtime writes it. */
  function fused(): Uint8Array {
    const model = decodeModel(vit({}));
    const {graph} = model;
    model.opsetImport.push({domain: 'com.microsoft', version: 1});
    for (const i of [0, 1]) {
      const sum = graph.node.findIndex(n => n.output[0] === `block${i}/middle`);
      const norm = graph.node.findIndex(n => n.output[0] === `block${i}/ln2`);
      graph.node[norm] = buildNode({
        op: 'SkipLayerNormalization',
        domain: 'com.microsoft',
        inputs: [...graph.node[sum]!.input, ...graph.node[norm]!.input.slice(1)],
        outputs: [`block${i}/ln2`, '', '', `block${i}/middle`],
        attributes: {epsilon: float(1e-5)},
      });
      graph.node.splice(sum, 1);
    }
    return encodeModel(model);
  }

  it('is written out, and the model computes the same', async () => {
    const expanded = readExpanded(fused());
    expect(expanded.graph.node.some(n => n.opType === 'SkipLayerNormalization')).toBe(false);
    const want = await logits(vit({}));
    expect(maxDifference(await logits(fused()), want)).toBeLessThan(1e-5);
    expect(maxDifference(await logits(encodeModel(expanded)), want)).toBeLessThan(1e-5);
  });

  it('hides no layers', () => {
    expect(namesOf(fused())).toEqual(namesOf(vit({})));
  });
});

describe('a model without functions', () => {
  it('is left as it is', () => {
    const bytes = buildModel({
      inputs: [{name: 'x', type: 'float32', shape: ['n']}],
      outputs: [{name: 'y', type: 'float32'}],
      nodes: [{op: 'Relu', inputs: ['x'], outputs: ['y']}],
    });
    expect(readExpanded(bytes)).toEqual(decodeModel(bytes));
  });
});
