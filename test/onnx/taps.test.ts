import {readFileSync} from 'node:fs';
import {beforeAll, describe, expect, it} from 'vitest';
import {inspectModel, type Layer} from '../../src/onnx/inspect.js';
import {resolveLayers} from '../../src/onnx/layers.js';
import {decodeModel, ELEMENT} from '../../src/onnx/model.js';
import {openSession, type Tensor} from '../../src/onnx/session.js';
import {tapLayers, type Pooling} from '../../src/onnx/taps.js';
import {maxDifference, readNpy} from './npy.js';
import {mutated} from './mutate.js';
import {vit} from './vit.js';
import {fixtureCases} from './zoo.js';

interface Read {
  readonly values: Float32Array;
  readonly dims: readonly number[];
  readonly tokens: number;
  readonly dim: number;
}

async function read(
  bytes: Uint8Array,
  wanted: string | readonly string[],
  pooling: Pooling,
  input: Tensor,
): Promise<Map<string, Read>> {
  const inspection = inspectModel(bytes);
  const {model, taps} = tapLayers(bytes, resolveLayers(inspection, wanted, 'model'), pooling);
  const session = await openSession(model, {threads: 1});
  const results = await session.run({[inspection.source]: input});
  return new Map(
    taps.map(({layer, output, tokens, dim}) => {
      const {data, dims} = results[output]!;
      return [layer.name, {values: data as Float32Array, dims, tokens, dim}];
    }),
  );
}

/** Means over `positions`, of rows of `dim` numbers. */
function meanOf(data: Float32Array, tokens: number, dim: number, from: number): number[] {
  const samples = data.length / tokens / dim;
  return Array.from({length: samples * dim}, (_, i) => {
    let sum = 0;
    for (let t = from; t < tokens; t++) sum += data[(Math.floor(i / dim) * tokens + t) * dim + (i % dim)]!;
    return sum / (tokens - from);
  });
}

const [vitCase, convnextCase] = fixtureCases;

describe('tokens [2, 17, 24]', () => {
  const bytes = readFileSync(vitCase!.model);
  const {input} = vitCase!;
  const golden = readNpy(vitCase!.values.get('blocks.2')!).data as Float32Array;
  const row = (t: number): number[] =>
    [0, 1].flatMap(b => [...golden.subarray((b * 17 + t) * 24, (b * 17 + t + 1) * 24)]);
  const pool = async (pooling: Pooling): Promise<Read> =>
    (await read(bytes, 'blocks.2', pooling, input)).get('blocks.2')!;

  it.each<[Pooling, number[]]>([
    ['cls', row(0)],
    ['token:0', row(0)],
    ['token:16', row(16)],
    ['mean', meanOf(golden, 17, 24, 1)],
  ])('%s', async (pooling, expected) => {
    const got = await pool(pooling);
    expect([got.dims, got.tokens, got.dim]).toEqual([[2, 24], 1, 24]);
    expect(maxDifference(got.values, expected)).toBeLessThan(1e-4);
  });

  it('max is over the patches', async () => {
    const got = await pool('max');
    const expected = Array.from({length: 48}, (_, i) => {
      const patches = Array.from(
        {length: 16},
        (_, t) => golden[(Math.floor(i / 24) * 17 + t + 1) * 24 + (i % 24)]!,
      );
      return Math.max(...patches);
    });
    expect(maxDifference(got.values, expected)).toBeLessThan(1e-4);
  });

  it('flatten and tokens keep everything', async () => {
    const flat = await pool('flatten');
    expect([flat.dims, flat.tokens, flat.dim]).toEqual([[2, 408], 1, 408]);
    const tokens = await pool('tokens');
    expect([tokens.dims, tokens.tokens, tokens.dim]).toEqual([[2, 17, 24], 17, 24]);
    for (const got of [flat, tokens]) expect(maxDifference(got.values, golden)).toBeLessThan(1e-4);
  });

  it('refuses a token that is not there', () => {
    const layers = resolveLayers(inspectModel(bytes), 'blocks.2', 'vit');
    expect(() => tapLayers(bytes, layers, 'token:17', 'vit.onnx')).toThrow(
      'E501 vit.onnx: "blocks.2" has no token:17: its tokens are 0 to 16',
    );
  });

  it('leaves a vector as it is, whatever the pooling', async () => {
    const got = await read(bytes, ['pooled', 'head'], 'cls', input);
    expect([...got].map(([name, {dims}]) => [name, dims])).toEqual([
      ['pooled', [2, 24]],
      ['head', [2, 5]],
    ]);
  });

  it('reads attention probabilities flat, and only so', async () => {
    const probs = (await read(bytes, 'blocks.2.attn.probs', 'flatten', input)).get('blocks.2.attn.probs')!;
    const want = readNpy(vitCase!.values.get('blocks.2.attn.probs')!).data as Float32Array;
    expect(probs.dims).toEqual([2, 3 * 17 * 17]);
    expect(maxDifference(probs.values, want)).toBeLessThan(1e-4);
    await expect(read(bytes, 'blocks.2.attn.probs', 'mean', input)).rejects.toThrow(
      /^E501 .*attention probabilities/,
    );
  });
});

describe('maps', () => {
  const bytes = readFileSync(convnextCase!.model);
  const {input} = convnextCase!;
  const golden = readNpy(convnextCase!.values.get('blocks.0')!);
  const map = golden.data as Float32Array;
  const at = (b: number, c: number, p: number): number => map[(b * 8 + c) * 64 + p]!;

  it('of channels first: mean over space, positions as tokens, flat as it lies', async () => {
    expect(golden.dims).toEqual([2, 8, 8, 8]);
    const each = (f: (b: number, c: number) => number): number[] =>
      Array.from({length: 16}, (_, i) => f(Math.floor(i / 8), i % 8));
    const positions = [...Array(64).keys()];
    const mean = (await read(bytes, 'blocks.0', 'mean', input)).get('blocks.0')!;
    expect(mean.dims).toEqual([2, 8]);
    const means = each((b, c) => positions.reduce((sum, p) => sum + at(b, c, p), 0) / 64);
    expect(maxDifference(mean.values, means)).toBeLessThan(1e-4);
    const max = (await read(bytes, 'blocks.0', 'max', input)).get('blocks.0')!;
    expect(
      maxDifference(
        max.values,
        each((b, c) => Math.max(...positions.map(p => at(b, c, p)))),
      ),
    ).toBeLessThan(1e-4);
    const tokens = (await read(bytes, 'blocks.0', 'tokens', input)).get('blocks.0')!;
    expect([tokens.dims, tokens.tokens, tokens.dim]).toEqual([[2, 64, 8], 64, 8]);
    const rows = [0, 1].flatMap(b => positions.flatMap(p => [...Array(8).keys()].map(c => at(b, c, p))));
    expect(maxDifference(tokens.values, rows)).toBeLessThan(1e-4);
    const one = (await read(bytes, 'blocks.0', 'token:9', input)).get('blocks.0')!;
    expect(
      maxDifference(
        one.values,
        each((b, c) => at(b, c, 9)),
      ),
    ).toBeLessThan(1e-4);
    const flat = (await read(bytes, 'blocks.0', 'flatten', input)).get('blocks.0')!;
    expect(flat.dims).toEqual([2, 512]);
    expect(maxDifference(flat.values, map)).toBeLessThan(1e-4);
  });

  it('of channels last are flattened as channels first', async () => {
    const name = 'blocks.2.mlp.act';
    const want = readNpy(convnextCase!.values.get(name)!);
    const [, h, w, c] = want.dims as [number, number, number, number];
    const flat = (await read(bytes, name, 'flatten', input)).get(name)!;
    const data = want.data as Float32Array;
    const expected = [0, 1].flatMap(b =>
      Array.from(
        {length: c * h * w},
        (_, i) => data[(b * h * w + (i % (h * w))) * c + Math.floor(i / (h * w))]!,
      ),
    );
    expect(maxDifference(flat.values, expected)).toBeLessThan(1e-4);
  });

  it('have no class token', async () => {
    await expect(read(bytes, 'blocks', 'cls', input)).rejects.toThrow(
      /^E501 .*map of 64 positions and has no class token/,
    );
  });
});

describe('the edited model', () => {
  const bytes = readFileSync(vitCase!.model);
  const inspection = inspectModel(bytes);

  it('computes only what is asked for', () => {
    const nodes = (wanted: string): number => {
      const {model} = tapLayers(bytes, resolveLayers(inspection, wanted, 'vit'), 'cls');
      const {graph} = decodeModel(model);
      const used = new Set(graph.node.flatMap(n => n.input));
      for (const {name} of graph.initializer) expect(used.has(name), name).toBe(true);
      return graph.node.filter(n => n.opType === 'LayerNormalization').length;
    };
    expect([nodes('embed'), nodes('blocks.0'), nodes('blocks.3')]).toEqual([0, 2, 8]);
  });

  it('gives all layers in one pass, in order, named by layer', () => {
    const {model, taps} = tapLayers(bytes, resolveLayers(inspection, ['norm', 'blocks'], 'vit'), 'mean');
    expect(taps.map(t => t.output)).toEqual(['blocks.0', 'blocks.1', 'blocks.2', 'blocks.3', 'norm']);
    expect(decodeModel(model).graph.output.map(o => o.name)).toEqual(taps.map(t => t.output));
  });

  it('names an output apart from a tensor of the same name', () => {
    const layers: Layer[] = resolveLayers(inspection, '/Add_output_0', 'vit');
    expect(tapLayers(bytes, layers, 'cls').taps[0]!.output).toBe('/Add_output_0:cls');
  });
});

describe('other forms of tokens', () => {
  const input: Tensor = {
    type: 'float32',
    dims: [2, 3, 16, 16],
    data: Float32Array.from({length: 1536}, (_, i) => Math.sin(i)),
  };
  let batchFirst: Map<string, Read>;
  beforeAll(async () => {
    batchFirst = await read(vit({}), 'blocks', 'tokens', input);
  });

  it('tokens before batch come out batch first', async () => {
    const other = await read(vit({sequenceFirst: true}), 'blocks', 'tokens', input);
    for (const [name, {values, dims}] of other) {
      expect(dims).toEqual([2, 5, 8]);
      expect(maxDifference(values, batchFirst.get(name)!.values)).toBeLessThan(1e-5);
    }
  });

  it('without a class token, cls is refused and mean takes every token', async () => {
    const bytes = vit({prefix: 0});
    await expect(read(bytes, 'blocks', 'cls', input)).rejects.toThrow(
      /^E501 .*has no class token: all its 4 tokens/,
    );
    const tokens = (await read(bytes, 'blocks.1', 'tokens', input)).get('blocks.1')!;
    const mean = (await read(bytes, 'blocks.1', 'mean', input)).get('blocks.1')!;
    expect(maxDifference(mean.values, meanOf(tokens.values, 4, 8, 0))).toBeLessThan(1e-5);
  });

  it('registers are left out of the mean', async () => {
    const bytes = vit({registers: 3});
    const tokens = (await read(bytes, 'blocks.1', 'tokens', input)).get('blocks.1')!;
    const mean = (await read(bytes, 'blocks.1', 'mean', input)).get('blocks.1')!;
    expect(tokens.tokens).toBe(8);
    expect(maxDifference(mean.values, meanOf(tokens.values, 8, 8, 4))).toBeLessThan(1e-5);
  });

  it('a model of another precision gives float32', async () => {
    const double = mutated(vit({}), ({graph}) => {
      for (const tensor of graph.initializer) {
        if (tensor.dataType !== ELEMENT.float32) continue;
        const bytes = Uint8Array.from(tensor.rawData!);
        tensor.dataType = ELEMENT.float64;
        tensor.rawData = new Uint8Array(Float64Array.from(new Float32Array(bytes.buffer)).buffer);
      }
      for (const port of [...graph.input, ...graph.output]) port.type!.tensorType!.elemType = ELEMENT.float64;
      // ONNX Runtime has no float64 convolution; it computes this one in float32.
      const conv = graph.node.findIndex(n => n.opType === 'Conv');
      graph.node.splice(conv, 1, ...castAround(graph.node[conv]!));
    });
    const doubled: Tensor = {
      type: 'float64',
      dims: input.dims,
      data: Float64Array.from(input.data),
    };
    const got = await read(double, 'blocks', 'cls', doubled);
    const want = await read(vit({}), 'blocks', 'cls', input);
    for (const [name, {values}] of got) {
      expect(values).toBeInstanceOf(Float32Array);
      expect(maxDifference(values, want.get(name)!.values)).toBeLessThan(1e-4);
    }
  });
});

type Node = ReturnType<typeof decodeModel>['graph']['node'][number];

function castAround(conv: Node): Node[] {
  const cast = (input: string, output: string, to: number): Node => ({
    ...conv,
    opType: 'Cast',
    input: [input],
    output: [output],
    attribute: [
      {name: 'to', type: 2, i: BigInt(to), floats: [], ints: [], strings: [], tensors: [], graphs: []},
    ],
  });
  const [x = '', w = ''] = conv.input;
  const [y = ''] = conv.output;
  const single = {...conv, input: [`${x}/single`, `${w}/single`], output: [`${y}/single`]};
  return [cast(x, `${x}/single`, 1), cast(w, `${w}/single`, 1), single, cast(`${y}/single`, y, 11)];
}
