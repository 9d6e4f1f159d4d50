import {setImmediate} from 'node:timers/promises';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import type {KnnKernel} from '../../src/kernels/mutual-knn.js';
import {mutualKnn, prepareMutualKnn} from '../../src/kernels/mutual-knn.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {lin, mulberry32} from '../golden/golden.js';
import {liveBytes} from '../rig/live-bytes.js';
import {inBlocks} from './in-blocks.js';
import {reordered, turned} from './moved.js';

const COSINE = {k: 5, clip: 1, normalise: true};
const compare = async (x: Matrix, y: Matrix, options = COSINE) =>
  mutualKnn(await prepareMutualKnn(x, options), await prepareMutualKnn(y, options));

function normal(seed: number, rows: number, cols: number): Matrix {
  const u = mulberry32(seed);
  const z = () => Math.sqrt(-2 * Math.log(1 - u())) * Math.cos(2 * Math.PI * u());
  return {rows, cols, data: Float64Array.from({length: rows * cols}, z)};
}

describe('mutual nearest neighbours', () => {
  test('of a representation with itself, turned, stretched row by row and reordered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.double({min: 0, max: 6, noNaN: true}), async (seed, angle) => {
        const x = normal(seed, 40, 4);
        const u = mulberry32(seed);
        const lengths = Float64Array.from({length: 40}, () => 0.1 + u());
        const around = turned(x, 0, 2, angle);
        const moved = {...around, data: around.data.map((value, i) => lengths[Math.floor(i / 4)]! * value)};
        const self = await compare(x, moved);
        expect(self).toMatchObject({overlap: 1, chance: 5 / 39});
        expect(self.cknna).toBeCloseTo(1, 9);
        const y = normal(seed + 1, 40, 3);
        const before = await compare(x, y);
        const order = Array.from({length: 40}, (_, i) => (i * 7) % 40);
        const after = await compare(reordered(moved, order), reordered(y, order));
        expect(after.overlap).toBeCloseTo(before.overlap!, 12);
        expect(after.cycle).toBeCloseTo(before.cycle!, 12);
        if (before.cknna !== null) expect(after.cknna).toBeCloseTo(before.cknna, 9);
      }),
      {numRuns: 20},
    );
  });

  test('CKNNA is the unbiased HSIC of the kernels with only common neighbours left', async () => {
    const n = 30;
    const [a, b] = [normal(1, n, 3), normal(1, n, 3)];
    b.data.forEach((value, i) => (b.data[i] = value + 0.3 * Math.sin(5 * i)));
    const [p, q] = [await prepareMutualKnn(a, COSINE), await prepareMutualKnn(b, COSINE)];
    const masked = (of: typeof p, i: number, j: number): number => {
      const at = (side: typeof p): number => side.neighbors.indices.subarray(i * 5, i * 5 + 5).indexOf(j);
      return at(p) < 0 || at(q) < 0 ? 0 : of.products[i * 5 + at(of)]!;
    };
    let [trace, sumK, sumL, cross] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        trace += masked(p, i, j) * masked(q, j, i);
        sumK += masked(p, i, j);
        sumL += masked(q, i, j);
        for (let l = 0; l < n; l++) cross += masked(p, i, j) * masked(q, j, l);
      }
    const expected = (trace + (sumK * sumL) / ((n - 1) * (n - 2)) - (2 * cross) / (n - 2)) / (n * (n - 3));
    const {alignments, cknna} = mutualKnn(p, q);
    expect(alignments![0]).toBeCloseTo(expected, 12);
    expect(cknna).toBeLessThan(1);
    expect(cknna).toBeGreaterThan(0.3);
  });

  /** The same samples in another order, their neighbours and products with them: sample i becomes `order[i]`. */
  const inOrder = ({neighbors, products}: KnnKernel, order: readonly number[]): KnnKernel => {
    const {k} = neighbors;
    const indices = neighbors.indices.slice();
    const moved = products.slice();
    neighbors.indices.forEach((j, at) => {
      const to = order[Math.floor(at / k)]! * k + (at % k);
      indices[to] = order[j]!;
      moved[to] = products[at]!;
    });
    return {neighbors: {...neighbors, indices}, products: moved};
  };

  test.each([
    [4, 1],
    [5, 2],
    [6, 2],
    [6, 5],
    [7, 3],
  ])('chance of CKNNA is its mean over all orders of %i samples, of %i neighbours', async (n, k) => {
    const options = {...COSINE, k};
    const [a, b] = [
      await prepareMutualKnn(normal(n, n, 3), options),
      await prepareMutualKnn(normal(k, n, 2), options),
    ];
    const orders = (left: readonly number[]): number[][] =>
      left.length === 0
        ? [[]]
        : left.flatMap(i => orders(left.filter(j => j !== i)).map(rest => [i, ...rest]));
    const all = orders(Array.from({length: n}, (_, i) => i)).map(
      order => mutualKnn(a, inOrder(b, order)).cknna!,
    );
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const {cknnaChance} = mutualKnn(a, b);
    expect(Math.abs(cknnaChance! - mean)).toBeLessThan(1e-12 * Math.max(...all.map(Math.abs)));
  });

  test('chance of CKNNA is what shuffled samples come to, within its standard error', async () => {
    const [n, draws] = [120, 800];
    const options = {...COSINE, k: 10};
    const x = normal(1, n, 5);
    const [a, b] = [
      await prepareMutualKnn(x, options),
      await prepareMutualKnn(turned(x, 0, 2, 0.4), options),
    ];
    const u = mulberry32(3);
    const values = Array.from({length: draws}, () => {
      const order = Array.from({length: n}, (_, i) => i);
      for (let at = n - 1; at > 0; at--) {
        const other = Math.floor(u() * (at + 1));
        [order[at], order[other]] = [order[other]!, order[at]!];
      }
      return mutualKnn(a, inOrder(b, order)).cknna!;
    });
    const mean = values.reduce((sum, value) => sum + value, 0) / draws;
    const error = Math.sqrt(
      values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1) / draws,
    );
    const {cknnaChance} = mutualKnn(a, b);
    expect(Math.abs(mean - cknnaChance!) / error).toBeLessThan(3);
    // It is not 0, as it is of the debiased CKA.
    expect(cknnaChance! / error).toBeGreaterThan(10);
  });

  test('of unrelated points are at the level of chance', async () => {
    const {overlap, chance, cknna, cknnaChance} = await compare(normal(1, 1000, 5), normal(2, 1000, 5), {
      ...COSINE,
      k: 20,
    });
    expect(chance).toBe(20 / 999);
    expect(Math.abs(overlap! - chance!)).toBeLessThan(0.004);
    expect(Math.abs(cknna! - cknnaChance!)).toBeLessThan(0.01);
  });

  test('without bringing rows to length 1 are those by distance', async () => {
    const x = lin(1, 100, 3, 4);
    const long = {...x, data: x.data.map((value, i) => (i < 40 ? 1000 * value : value))};
    expect((await compare(x, long)).overlap).toBe(1);
    expect((await compare(x, long, {...COSINE, normalise: false})).overlap).toBeLessThan(0.95);
  });

  test.each([Float32Array, Float64Array])('clip at a quantile of all absolute values, in %o', async type => {
    const x = normal(3, 50, 4);
    const data = type.from(x.data);
    const limit = data.map(Math.abs).sort()[Math.floor(0.9 * 200)]!;
    const clamped = {...x, data: data.map(value => Math.max(-limit, Math.min(limit, value)))};
    const [clipped, by] = [
      await prepareMutualKnn({...x, data}, {...COSINE, clip: 0.9}),
      await prepareMutualKnn(clamped, COSINE),
    ];
    expect(clipped).toEqual(by);
    expect(await prepareMutualKnn({...x, data}, COSINE)).not.toEqual(by);
  });

  test('of rows that come in blocks, some of which meet some of the others at a time', async () => {
    const wide = normal(7, 300, 9);
    for (const x of [wide, {...wide, data: Float32Array.from(wide.data)}])
      for (const normalise of [true, false]) {
        const options = {k: 6, clip: 0.9, normalise};
        const whole = await prepareMutualKnn(x, options);
        for (const [block, held] of [
          [64, 1000],
          [300, 9],
          [7, 10_000],
        ] as const)
          expect(await prepareMutualKnn(inBlocks(x, block), {...options, held})).toEqual(whole);
      }
  });

  test('holds one copy while neighbours are looked for, and not the original', async () => {
    /** The most that is held when a search asks whether it shall go on. */
    const most = async (search: (signal: AbortSignal) => Promise<unknown>): Promise<number> => {
      const before = liveBytes();
      let bytes = 0;
      const {signal} = new AbortController();
      signal.throwIfAborted = () => {
        bytes = Math.max(bytes, liveBytes() - before);
      };
      await search(signal);
      expect(bytes).toBeGreaterThan(0);
      return bytes;
    };
    const [rows, cols] = [100, 10_000];
    const some = () => Float32Array.from({length: rows * cols}, (_, i) => Math.sin(i * i));
    const alone = async (): Promise<number> =>
      most(signal => nearestNeighbors({rows, cols, data: Float64Array.from(some())}, 5, {signal}));
    const within = async (): Promise<number> =>
      most(signal => prepareMutualKnn({rows, cols, data: some()}, {...COSINE, clip: 0.9, signal}));
    await alone();
    await setImmediate();
    const least = await alone();
    await setImmediate();
    expect((await within()) - least).toBeLessThan(0.1 * rows * cols * 4);
  });

  test('rows of zeros are like each other', async () => {
    const x = {rows: 6, cols: 2, data: Float64Array.of(0, 0, 0, 0, 1, 0, 2, 0, 0, 1, 0, 2)};
    const {neighbors} = await prepareMutualKnn(x, {...COSINE, k: 1});
    expect([...neighbors.indices]).toEqual([1, 0, 3, 2, 5, 4]);
  });

  test('of too few points', async () => {
    const one = normal(1, 1, 2);
    expect(await compare(one, one)).toMatchObject({
      overlap: null,
      cycle: null,
      cknna: null,
      cknnaChance: null,
    });
    const three = normal(1, 3, 2);
    expect(await compare(three, three)).toMatchObject({overlap: 1, cknna: null});
  });
});
