import fc from 'fast-check';
import {readFileSync} from 'node:fs';
import {isDeepStrictEqual} from 'node:util';
import {describe, expect, it} from 'vitest';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import {intOf, intsOf, valuesOf} from '../../src/onnx/attributes.js';
import {buildModel} from '../../src/onnx/build.js';
import {inspectModel} from '../../src/onnx/inspect.js';
import {decodeModel, encodeModel, type TensorProto} from '../../src/onnx/model.js';
import {openSession} from '../../src/onnx/session.js';
import {hasShared, shared} from '../rig/shared.js';
import {maxDifference} from './npy.js';
import {fixtureCases, sharedCases} from './zoo.js';

const identity = buildModel({
  inputs: [{name: 'x', type: 'float32', shape: ['n', 2]}],
  outputs: [{name: 'y', type: 'float32', shape: ['n', 2]}],
  nodes: [{op: 'Identity', inputs: ['x'], outputs: ['y']}],
});

describe('round trip', () => {
  it.each([...fixtureCases, ...sharedCases])('$name', ({model}) => {
    const decoded = decodeModel(readFileSync(model));
    const encoded = encodeModel(decoded);
    expect(isDeepStrictEqual(decodeModel(encoded), decoded)).toBe(true);
    expect(Buffer.compare(encodeModel(decodeModel(encoded)), encoded)).toBe(0);
  });

  it.each(fixtureCases)('ONNX Runtime computes the same from $name', async ({model, input}) => {
    const bytes = readFileSync(model);
    const run = async (m: Uint8Array): Promise<Float32Array> => {
      const session = await openSession(m, {threads: 1});
      const results = await session.run({[session.inputNames[0]!]: input});
      return results[session.outputNames[0]!]!.data as Float32Array;
    };
    expect(maxDifference(await run(bytes), await run(encodeModel(decodeModel(bytes))))).toBe(0);
  });

  it('does not copy weights', () => {
    const bytes = readFileSync(fixtureCases[0]!.model);
    const data = decodeModel(bytes).graph.initializer.map(t => t.rawData!.buffer);
    expect(data.every(buffer => buffer === bytes.buffer)).toBe(true);
  });

  it('keeps fields that it does not know, at every level', () => {
    const varint = (field: number, value: number): Buffer => Buffer.from([(field << 3) & 0x7f, value]);
    const bytes = (field: number, payload: Buffer): Buffer =>
      Buffer.concat([Buffer.from([(field << 3) | 2, payload.length]), payload]);
    const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
    // Documentation of a node (6), of the graph (10), training information (20 needs a two-byte tag), a model version (5).
    const node = Buffer.concat([text(1, 'x'), text(2, 'y'), text(4, 'Identity'), text(6, 'why')]);
    const graph = Buffer.concat([
      bytes(1, node),
      text(10, 'about'),
      bytes(12, text(1, 'y')),
      bytes(11, text(1, 'x')),
    ]);
    const training = Buffer.concat([Buffer.from([0xa2, 0x01, 3]), Buffer.from('abc')]);
    const model = Buffer.concat([varint(1, 8), varint(5, 77), bytes(7, graph), training]);
    const kept = Buffer.from(encodeModel(decodeModel(model)));
    for (const part of [text(6, 'why'), text(10, 'about'), training, varint(5, 77)]) {
      expect(kept.includes(part), part.toString('hex')).toBe(true);
    }
    expect(kept.length).toBe(model.length);
  });

  it('keeps integers beyond 2^53 and negative ones', () => {
    const model = decodeModel(identity);
    const [node] = model.graph.node;
    const ints = [2n ** 63n - 1n, -(2n ** 63n), -1n, 0n, 300n];
    const rest = {floats: [], strings: [], tensors: [], graphs: []};
    node!.attribute.push(
      {name: 'ends', type: 7, ints, ...rest},
      {name: 'axis', type: 2, i: -2n, ints: [], ...rest},
    );
    const [again] = decodeModel(encodeModel(model)).graph.node;
    expect(again!.attribute[0]!.ints).toEqual(ints);
    expect(intOf(again!, 'axis')).toBe(-2);
    expect(intsOf(again!, 'ends')).toEqual([Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, -1, 0, 300]);
  });

  it('tells an absent field from a zero', () => {
    const model = decodeModel(identity);
    model.graph.input[0]!.type!.tensorType!.shape!.dim = [{value: 0}, {}, {param: ''}];
    const [input] = decodeModel(encodeModel(model)).graph.input;
    expect(input!.type!.tensorType!.shape!.dim).toEqual([{value: 0}, {}, {param: ''}]);
  });
});

describe('constants', () => {
  const none = {
    floatData: [],
    int32Data: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
    stringData: [],
    externalData: [],
  };
  const tensor = (fields: Partial<TensorProto>): TensorProto => ({name: 't', dims: [2], ...none, ...fields});

  it.each<[string, Partial<TensorProto>, number[]]>([
    ['raw float32', {dataType: 1, rawData: new Uint8Array(Float32Array.of(1.5, -2).buffer)}, [1.5, -2]],
    ['float32', {dataType: 1, floatData: [new Uint8Array(Float32Array.of(1.5, -2).buffer)]}, [1.5, -2]],
    [
      'float64 in pieces',
      {dataType: 11, doubleData: [1.5, -2].map(x => new Uint8Array(Float64Array.of(x).buffer))},
      [1.5, -2],
    ],
    [
      'int64',
      {
        dataType: 7,
        int64Data: [Uint8Array.of(0xac, 0x02), Uint8Array.of(...new Array<number>(9).fill(0xff), 1)],
      },
      [300, -1],
    ],
    [
      'raw float16',
      {dataType: 10, rawData: new Uint8Array(Uint16Array.of(0x3c00, 0xc100).buffer)},
      [1, -2.5],
    ],
    [
      'float16 as integers',
      {dataType: 10, int32Data: [Uint8Array.of(0x80, 0x78), Uint8Array.of(0x01)]},
      [1, 2 ** -24],
    ],
    ['bool', {dataType: 9, int32Data: [Uint8Array.of(1, 0)]}, [1, 0]],
    ['raw int8', {dataType: 3, rawData: Uint8Array.of(255, 1)}, [-1, 1]],
  ])('reads %s', (_, fields, expected) => {
    expect(valuesOf(tensor(fields))).toEqual(expected);
  });

  it('does not invent data that lie in another file', () => {
    expect(valuesOf(tensor({dataType: 1, dataLocation: 1}))).toBeUndefined();
  });
});

describe('bytes that are no model', () => {
  const messageOf = (bytes: Uint8Array): string => {
    try {
      decodeModel(bytes, 'm.onnx');
    } catch (error) {
      if (error instanceof StrataError) return `${error.message}; ${error.diagnostics[0]!.hint ?? ''}`;
      throw error;
    }
    return 'a model';
  };

  it.each([
    [
      'nothing',
      '',
      /^E401 m\.onnx: not an ONNX model: no graph with outputs in its 0 bytes; the file is empty$/,
    ],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0', /^E401 .*git lfs pull/],
    ['a web page', '<!DOCTYPE html><html>', /^E401 .*HTML/],
    ['a zip archive', 'PK\u0003\u0004 data.pkl', /^E401 .*zip archive/],
    ['text', 'hello, world', /^E401 m\.onnx: not an ONNX model, or damaged: .* at byte \d+/],
  ])('%s', (_, text, expected) => {
    expect(messageOf(Buffer.from(text, 'latin1'))).toMatch(expected);
  });

  it('says where a model is cut off', () => {
    expect(messageOf(identity.subarray(0, identity.length - 30))).toMatch(
      /^E401 m\.onnx: not an ONNX model, or damaged: truncated: \d+ bytes missing at byte \d+;/,
    );
  });

  it('refuses every prefix of a model that ends within its graph', () => {
    // Only the import of the operator set follows the graph.
    for (let length = 0; length < identity.length - 4; length++) {
      expect(messageOf(identity.subarray(0, length)), `${length} bytes`).toMatch(/^E401/);
    }
  });

  it('refuses messages nested without end', () => {
    // Attribute in node in graph in attribute ...: deeper than any reader's stack should go.
    let bytes = Buffer.alloc(0);
    const wrap = (field: number): void => {
      const length: number[] = [];
      for (let n = bytes.length; ; n = Math.floor(n / 128)) {
        length.push(n > 127 ? (n % 128) | 128 : n);
        if (n < 128) break;
      }
      bytes = Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), bytes]);
    };
    for (let i = 0; i < 5000; i++) for (const field of [6, 5, 1]) wrap(field);
    wrap(7);
    expect(messageOf(bytes)).toContain('nested deeper than 100');
  });

  const files = fixtureCases.map(c => readFileSync(c.model));

  it('survives any damage: a diagnostic or a result, never a crash', () => {
    const damage = fc.record({
      file: fc.nat(files.length - 1),
      cut: fc.option(fc.double({min: 0, max: 1, noNaN: true})),
      bytes: fc.array(fc.tuple(fc.double({min: 0, max: 1, noNaN: true}), fc.nat(255)), {maxLength: 30}),
    });
    fc.assert(
      fc.property(damage, ({file, cut, bytes}) => {
        const copy = Uint8Array.from(files[file]!);
        for (const [at, value] of bytes) copy[Math.floor(at * (copy.length - 1))] = value;
        const damaged = copy.subarray(0, cut === null ? copy.length : Math.floor(cut * copy.length));
        try {
          inspectModel(damaged, 'm.onnx');
        } catch (error) {
          expect(error).toBeInstanceOf(StrataError);
        }
      }),
      {seed: 1, numRuns: 200},
    );
  });

  it('survives graphs that make no sense', () => {
    const edit = fc.tuple(
      fc.nat(5),
      fc.double({min: 0, max: 0.999, noNaN: true}),
      fc.double({min: 0, max: 0.999, noNaN: true}),
    );
    fc.assert(
      fc.property(fc.nat(files.length - 1), fc.array(edit, {minLength: 1, maxLength: 4}), (file, edits) => {
        const model = decodeModel(files[file]!);
        const nodes = model.graph.node;
        for (const [what, where, other] of edits) {
          const node = nodes[Math.floor(where * nodes.length)]!;
          if (what === 0) node.input = node.input.slice(1);
          if (what === 1) node.output = [];
          if (what === 2) node.attribute = [];
          if (what === 3) node.opType = 'Unheard';
          if (what === 4) node.input = nodes[Math.floor(other * nodes.length)]!.output.slice(0, 1);
          if (what === 5) node.output = node.input.slice(0, 1);
        }
        expect(() => inspectModel(encodeModel(model))).not.toThrow();
      }),
      {seed: 2, numRuns: 200},
    );
  });
});

describe.skipIf(!hasShared)('speed', () => {
  it('reads a 12 MB model in milliseconds', () => {
    const bytes = readFileSync(shared('assets/models/vit_tiny_patch16_224_in1k.w16.onnx'));
    decodeModel(bytes);
    const start = performance.now();
    for (let i = 0; i < 5; i++) decodeModel(bytes);
    expect((performance.now() - start) / 5).toBeLessThan(50);
  });
});
