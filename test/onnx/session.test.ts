import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, it} from 'vitest';
import {buildModel, float, type ModelSpec} from '../../src/onnx/build.js';
import {decodeModel, encodeModel} from '../../src/onnx/model.js';
import {float32, openSession, runtimeVersion, type Tensor} from '../../src/onnx/session.js';

const folder = mkdtempSync(join(tmpdir(), 'strata-onnx-'));
afterAll(() => rmSync(folder, {recursive: true}));

const spec: ModelSpec = {
  inputs: [
    {name: 'a', type: 'float32', shape: ['m', 2]},
    {name: 'b', type: 'float32', shape: ['n', 2]},
  ],
  outputs: [
    {name: 'nearest', type: 'float32', shape: ['m', 2]},
    {name: 'index', type: 'int64', shape: ['m', 2]},
  ],
  nodes: [
    {op: 'Gemm', inputs: ['a', 'b'], outputs: ['products'], attributes: {transB: 1, alpha: float(-2)}},
    {
      op: 'TopK',
      inputs: ['products', 'two'],
      outputs: ['nearest', 'index'],
      attributes: {axis: 1, largest: 0},
    },
  ],
  initializers: {two: {data: BigInt64Array.of(2n)}},
};
const a = float32(Float32Array.of(1, 2, 3, 4), [2, 2]);
const b = float32(Float32Array.of(1, 0, 0, 1, 1, 1), [3, 2]);

describe('a model built in place', () => {
  it('runs, by default for all outputs', async () => {
    const session = await openSession(buildModel(spec));
    expect([session.inputNames, session.outputNames, session.device]).toEqual([
      ['a', 'b'],
      ['nearest', 'index'],
      'cpu',
    ]);
    const {nearest, index} = await session.run({a, b});
    expect(nearest).toEqual(float32(Float32Array.of(-6, -4, -14, -8), [2, 2]));
    expect(index).toEqual({type: 'int64', dims: [2, 2], data: BigInt64Array.of(2n, 1n, 2n, 1n)});
    expect(Object.keys(await session.run({a, b}, ['index']))).toEqual(['index']);
    await session.release();
  });

  it.each<[Tensor]>([
    [{type: 'float32', dims: [2], data: Float32Array.of(1, -2)}],
    [{type: 'float64', dims: [2], data: Float64Array.of(1, -2)}],
    [{type: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xc000)}],
    [{type: 'int64', dims: [2], data: BigInt64Array.of(1n, -2n)}],
    [{type: 'int32', dims: [2], data: Int32Array.of(1, -2)}],
    [{type: 'int8', dims: [2], data: Int8Array.of(1, -2)}],
    [{type: 'uint8', dims: [2], data: Uint8Array.of(1, 200)}],
    [{type: 'bool', dims: [2], data: Uint8Array.of(1, 0)}],
  ])('takes, holds and gives $type', async tensor => {
    const {type, data} = tensor;
    if (type === 'uint64' || type === 'uint32' || type === 'int16' || type === 'uint16')
      throw new Error('not here');
    const model = buildModel({
      inputs: [{name: 'x', type, shape: ['n']}],
      outputs: [{name: 'y', type}],
      nodes: [{op: 'Concat', inputs: ['x', 'c'], outputs: ['y'], attributes: {axis: 0}}],
      initializers: {c: {data, type}},
    });
    const session = await openSession(model);
    const {y} = await session.run({x: tensor});
    expect([y!.type, y!.dims]).toEqual([type, [4]]);
    expect(y!.data.constructor).toBe(data.constructor);
    expect([...y!.data]).toEqual([...data, ...data]);
  });

  it('refuses a constant whose shape does not fit its data', () => {
    expect(() =>
      buildModel({...spec, initializers: {two: {data: BigInt64Array.of(2n), shape: [3]}}}),
    ).toThrow(RangeError);
  });
});

describe('failures', () => {
  it('a missing file', async () => {
    await expect(openSession(join(folder, 'none.onnx'))).rejects.toThrow(/^E401 .*none\.onnx: no such file$/);
  });

  it('bytes that are no model', async () => {
    await expect(openSession(Uint8Array.of(1, 2, 3), {file: 'm.onnx'})).rejects.toThrow(
      `E402 m.onnx: refused by ONNX Runtime ${runtimeVersion()}: Failed to load model because protobuf parsing failed.`,
    );
  });

  it('an operator that ONNX Runtime does not have', async () => {
    const [first] = spec.nodes;
    const model = buildModel({...spec, nodes: [{...first!, op: 'Unheard'}, spec.nodes[1]!]});
    await expect(openSession(model)).rejects.toThrow(/^E402 model: refused .* No Op registered for Unheard/);
  });

  it('feeds that do not fit', async () => {
    const session = await openSession(buildModel(spec), {file: 'm.onnx'});
    await expect(session.run({a})).rejects.toThrow("E404 m.onnx: input 'b' is missing in 'feeds'.");
    const wide = float32(new Float32Array(3), [1, 3]);
    await expect(session.run({a, b: wide})).rejects.toThrow(
      /^E404 m\.onnx: Got invalid dimensions for input: b/,
    );
    const whole: Tensor = {type: 'int32', dims: [1, 2], data: Int32Array.of(1, 2)};
    await expect(session.run({a, b: whole})).rejects.toThrow(/^E404 m\.onnx: Unexpected input data type/);
  });

  it('a failure while running', async () => {
    const model = buildModel({
      inputs: [{name: 'x', type: 'float32', shape: ['n']}],
      outputs: [{name: 'y', type: 'float32'}],
      nodes: [{op: 'Reshape', inputs: ['x', 'shape'], outputs: ['y']}],
      initializers: {shape: {data: BigInt64Array.of(2n, -1n)}},
    });
    const session = await openSession(model, {file: 'm.onnx'});
    await expect(session.run({x: float32(new Float32Array(3), [3])})).rejects.toThrow(
      /^E402 m\.onnx: .*Reshape/,
    );
  });

  it('devices that are not there, never a silent fallback', async () => {
    const model = buildModel(spec);
    await expect(openSession(model, {device: 'cuda'})).rejects.toThrow(
      /^E405 device "cuda" is not available/,
    );
    await expect(openSession(model, {device: 'cuda:1'})).rejects.toThrow(
      /^E405 device "cuda:1" is not available/,
    );
  });

  it('auto says what it took', async () => {
    const session = await openSession(buildModel(spec), {device: 'auto'});
    expect(session.device).toBe('cpu');
  });
});

describe('weights in another file', () => {
  const model = decodeModel(
    buildModel({
      inputs: [{name: 'x', type: 'float32', shape: ['n', 64]}],
      outputs: [{name: 'y', type: 'float32', shape: ['n', 1]}],
      nodes: [{op: 'MatMul', inputs: ['x', 'w'], outputs: ['y']}],
      initializers: {w: {data: Float32Array.from({length: 64}, (_, i) => i), shape: [64, 1]}},
    }),
  );
  const [w] = model.graph.initializer;
  writeFileSync(join(folder, 'weights.bin'), w!.rawData!);
  delete w!.rawData;
  w!.dataLocation = 1;
  w!.externalData = [
    {key: 'location', value: 'weights.bin'},
    {key: 'length', value: '256'},
  ];
  const bytes = encodeModel(model);
  writeFileSync(join(folder, 'model.onnx'), bytes);
  const x = float32(new Float32Array(64).fill(1), [1, 64]);

  it('are found beside a model opened by its path', async () => {
    const session = await openSession(join(folder, 'model.onnx'));
    expect((await session.run({x})).y!.data[0]).toBe(2016);
  });

  it('are found in the folder given for a model in memory', async () => {
    const session = await openSession(bytes, {folder});
    expect((await session.run({x})).y!.data[0]).toBe(2016);
    await expect(openSession(bytes)).rejects.toThrow(/^E402 model: .*weights\.bin/);
  });
});
