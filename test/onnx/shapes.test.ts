import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {describe, expect, it} from 'vitest';
import {valuesOf} from '../../src/onnx/attributes.js';
import {buildModel, type ModelSpec} from '../../src/onnx/build.js';
import {readExpanded} from '../../src/onnx/expand.js';
import {decodeModel, ELEMENT, encodeModel, type TensorProto} from '../../src/onnx/model.js';
import {openSession, type Tensor} from '../../src/onnx/session.js';
import type {Fact} from '../../src/onnx/shapes/facts.js';
import {inferShapes} from '../../src/onnx/shapes/infer.js';
import {hasShared, shared} from '../rig/shared.js';
import {fixtureCases, sharedCases} from './zoo.js';

const factOfTensor = ({type, dims}: Tensor): Fact => ({type: ELEMENT[type], dims});

describe('agrees with ONNX Runtime on every tensor of', () => {
  it.each([...fixtureCases, ...sharedCases])('$name', async ({model: file, input}) => {
    const model = decodeModel(readFileSync(file));
    const source = model.graph.input[0]!.name;
    const facts = inferShapes(model, new Map([[source, factOfTensor(input)]]));
    const names = model.graph.node.flatMap(n => n.output).filter(name => name !== '');
    const outputs = new Set(model.graph.output.map(o => o.name));
    for (const name of names) if (!outputs.has(name)) model.graph.output.push({name});
    const session = await openSession(encodeModel(model), {threads: 1});
    const results = await session.run({[source]: input});
    await session.release();
    for (const name of names) {
      const {type, dims, data} = results[name]!;
      const fact = facts.get(name);
      expect([fact?.type, fact?.dims], name).toEqual([ELEMENT[type], dims]);
      fact!.data?.forEach((x, i) => {
        // To the end of an axis is written with the largest integer there is.
        if (Math.abs(x) < 2 ** 53 - 1) expect(Number(data[i]), name).toBeCloseTo(x, 5);
      });
    }
  });
});

describe('rules', () => {
  const infer = (
    nodes: ModelSpec['nodes'],
    x: readonly number[],
    initializers: ModelSpec['initializers'] = {},
  ): unknown => {
    const model = decodeModel(
      buildModel({
        inputs: [{name: 'x', type: 'float32'}],
        outputs: [{name: 'y', type: 'float32'}],
        nodes,
        initializers,
      }),
    );
    return inferShapes(model, new Map([['x', {type: ELEMENT.float32, dims: x}]])).get('y')?.dims;
  };

  it('evaluate what exporters compute shapes from', () => {
    const nodes: ModelSpec['nodes'] = [
      {op: 'Shape', inputs: ['x'], outputs: ['s']},
      {op: 'Gather', inputs: ['s', 'zero'], outputs: ['batch'], attributes: {axis: 0}},
      {op: 'Unsqueeze', inputs: ['batch', 'axis'], outputs: ['b']},
      {op: 'Concat', inputs: ['b', 'rest'], outputs: ['target'], attributes: {axis: 0}},
      {op: 'Reshape', inputs: ['x', 'target'], outputs: ['y']},
    ];
    const constants = {
      zero: {data: BigInt64Array.of(0n), shape: []},
      axis: {data: BigInt64Array.of(0n)},
      rest: {data: BigInt64Array.of(-1n, 4n)},
    };
    expect(infer(nodes, [5, 3, 8], constants)).toEqual([5, 6, 4]);
  });

  it('leave unknown what they cannot tell, and what follows from it', () => {
    const nodes: ModelSpec['nodes'] = [
      {op: 'Unheard', inputs: ['x'], outputs: ['u']},
      {op: 'Relu', inputs: ['u'], outputs: ['y']},
    ];
    expect(infer(nodes, [2, 3])).toBeUndefined();
  });

  it.each<[string, ModelSpec['nodes'], ModelSpec['initializers']]>([
    [
      'a product',
      [{op: 'MatMul', inputs: ['x', 'w'], outputs: ['y']}],
      {w: {data: new Float32Array(8), shape: [4, 2]}},
    ],
    [
      'a sum',
      [{op: 'Add', inputs: ['x', 'w'], outputs: ['y']}],
      {w: {data: new Float32Array(4), shape: [4]}},
    ],
    [
      'a reshape',
      [{op: 'Reshape', inputs: ['x', 's'], outputs: ['y']}],
      {s: {data: BigInt64Array.of(4n, -1n)}},
    ],
  ])('say where shapes contradict each other: %s', (_, nodes, initializers) => {
    expect(() => infer(nodes, [2, 3], initializers)).toThrow(/^(MatMul|Add|Reshape) "y": /);
  });
});

/** Files of a tar archive by name. */
function untar(bytes: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= bytes.length;) {
    const field = (start: number, size: number): string =>
      bytes.toString('latin1', at + start, at + start + size).replace(/\0.*$/s, '');
    const size = parseInt(field(124, 12), 8) || 0;
    if (field(156, 1) === '0')
      files.set(field(345, 155) + field(0, 100), bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** A TensorProto on its own, read as the only constant of a model. */
function tensorOf(bytes: Buffer): TensorProto {
  const varint = (n: number): number[] => (n > 127 ? [(n % 128) | 128, ...varint(Math.floor(n / 128))] : [n]);
  const field = (number: number, payload: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, ...varint(payload.length)]), payload]);
  const graph = Buffer.concat([field(5, bytes), field(12, field(1, Buffer.from('o')))]);
  return decodeModel(field(7, graph)).graph.initializer[0]!;
}

describe.skipIf(!hasShared)("ONNX's own tests of its operators", () => {
  const files = hasShared
    ? untar(gunzipSync(readFileSync(shared('assets/onnx-tests/node_tests_v1.16.0_pass.tar.gz'))))
    : new Map<string, Buffer>();
  const tests = [...files.keys()]
    .filter(name => name.endsWith('/model.onnx'))
    .map(name => name.slice(0, -'/model.onnx'.length));
  const small = (t: TensorProto): boolean =>
    [ELEMENT.int64, ELEMENT.int32, ELEMENT.bool].includes(t.dataType as 7) &&
    t.dims.reduce((a, b) => a * b, 1) <= 64;

  it('are met, or the shape is left unknown where it depends on values', () => {
    const wrong: string[] = [];
    let met = 0;
    for (const test of tests) {
      const model = readExpanded(files.get(`${test}/model.onnx`)!, test);
      const facts = new Map<string, Fact>();
      model.graph.input.forEach(({name}, i) => {
        const bytes = files.get(`${test}/test_data_set_0/input_${i}.pb`);
        if (bytes === undefined) return;
        const t = tensorOf(bytes);
        facts.set(name, {type: t.dataType!, dims: t.dims, data: small(t) ? valuesOf(t) : undefined});
      });
      const found = inferShapes(model, facts);
      model.graph.output.forEach(({name}, i) => {
        const fact = found.get(name);
        if (fact === undefined) return;
        const want = tensorOf(files.get(`${test}/test_data_set_0/output_${i}.pb`)!);
        const values = valuesOf(want);
        const same = fact.type === want.dataType && fact.dims.join() === want.dims.join();
        if (same && (fact.data === undefined || fact.data.every((x, j) => x === values?.[j]))) met++;
        else wrong.push(`${test}: ${fact.dims.join()} where ${want.dims.join()}`);
      });
    }
    expect(wrong).toEqual([]);
    expect(met).toBeGreaterThan(500);
  });
});
