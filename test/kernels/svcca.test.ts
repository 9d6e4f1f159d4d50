import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {principalBasis} from '../../src/kernels/principal-basis.js';
import type {Kept} from '../../src/kernels/principal-basis.js';
import {product} from '../../src/kernels/product.js';
import {prepareSvcca, svcca} from '../../src/kernels/svcca.js';
import {lin, mulberry32} from '../golden/golden.js';
import {orders, reordered, turned} from './moved.js';

const ALL: Kept = {variance: 1};
const compare = async (x: Matrix, y: Matrix, kept = ALL) =>
  svcca(await prepareSvcca(x, kept), await prepareSvcca(y, kept));

function uniform(seed: number, rows: number, cols: number) {
  const u = mulberry32(seed);
  return {rows, cols, data: Float64Array.from({length: rows * cols}, () => u() - 0.5)};
}

/** Columns of eight signs, each with its amount; those of different numbers from 1 to 7 are at right angles (Walsh 1923). */
const walsh = (...columns: readonly (readonly [number: number, amount: number])[]): Matrix => ({
  rows: 8,
  cols: columns.length,
  data: Float64Array.from({length: 8 * columns.length}, (_, i) => {
    const [number, amount] = columns[i % columns.length]!;
    const common = number & Math.floor(i / columns.length);
    return (common ^ (common >> 1) ^ (common >> 2)) & 1 ? -amount : amount;
  }),
});

test('products of matrices, and of those turned over', async () => {
  const a = {rows: 2, cols: 3, data: Float64Array.of(1, 2, 3, 4, 5, 6)};
  const b = {rows: 3, cols: 2, data: Float64Array.of(1, 0, 2, 1, 0, 3)};
  expect(await product(a, b)).toEqual({rows: 2, cols: 2, data: Float64Array.of(5, 11, 14, 23)});
  expect((await product(a, a, {transposeB: true})).data).toEqual(Float64Array.of(14, 32, 32, 77));
  expect((await product(b, b, {transposeA: true})).data).toEqual(Float64Array.of(5, 2, 2, 10));
  expect(
    await product(
      {rows: 2, cols: 0, data: new Float64Array(0)},
      {rows: 0, cols: 1, data: new Float64Array(0)},
    ),
  ).toEqual({rows: 2, cols: 1, data: new Float64Array(2)});
});

describe('a principal basis', () => {
  test('is orthonormal and spans the columns, also where they depend on each other', async () => {
    const shapes = fc.record({
      seed: fc.nat(),
      rows: fc.integer({min: 3, max: 25}),
      rank: fc.integer({min: 1, max: 4}),
      cols: fc.integer({min: 4, max: 20}),
      scale: fc.constantFrom(1, 1e-3, 1e-5),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({seed, rows, rank, cols, scale}) => {
        const x = lin(seed, rows, rank, cols);
        // The last column stands alone, and is small.
        const u = mulberry32(seed + 1);
        const data = Float64Array.from(x.data, (value, i) => (i % cols === cols - 1 ? scale * u() : value));
        const {singular, basis} = await principalBasis({...x, data}, ALL);
        expect(singular.length).toBe(Math.min(rows, cols, rank + 1));
        const gram = await product(basis, basis, {transposeA: true});
        gram.data.forEach((value, i) => {
          const diagonal = i % (basis.cols + 1) === 0;
          expect(Math.abs(value - Number(diagonal))).toBeLessThan(1e-11);
        });
        const onto = await product(await product(basis, basis, {transposeB: true}), {...x, data});
        onto.data.forEach((value, i) =>
          expect(Math.abs(value - data[i]!)).toBeLessThan(i % cols === cols - 1 ? 1e-8 * scale : 1e-12),
        );
      }),
      {numRuns: 40},
    );
  });

  test('of a share of the variance has no more directions than it needs', async () => {
    const x = {rows: 4, cols: 3, data: Float64Array.of(3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0)};
    const dims = async (variance: number) => (await principalBasis(x, {variance})).basis.cols;
    expect([await dims(0.64), await dims(0.65), await dims(0.93), await dims(0.95), await dims(1)]).toEqual([
      1, 2, 3, 3, 3,
    ]);
    expect((await principalBasis(x, {dims: 2})).basis.cols).toBe(2);
    expect((await principalBasis(x, {dims: 9})).basis.cols).toBe(3);
  });
});

describe('canonical correlations', () => {
  test('are in [0, 1], the same both ways, and 1 of a representation with itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({min: 1, max: 5}), async (seed, cols) => {
        const [x, y] = [uniform(seed, 30, 4), uniform(seed + 1, 30, cols)];
        const forth = await compare(x, y);
        const back = await compare(y, x);
        expect(forth.correlations).toHaveLength(Math.min(4, cols));
        forth.correlations.forEach((rho, i) => {
          expect(rho).toBeGreaterThanOrEqual(0);
          expect(rho).toBeLessThanOrEqual(i === 0 ? 1 : forth.correlations[i - 1]!);
          expect(back.correlations[i]!).toBeCloseTo(rho, 9);
        });
        expect(back.weighted![0]).toBeCloseTo(forth.weighted![1], 8);
        expect(back.weighted![1]).toBeCloseTo(forth.weighted![0], 8);
        const self = await compare(x, x);
        for (const value of [self.mean, self.meanSquare, ...self.weighted!]) expect(value).toBeCloseTo(1, 10);
      }),
      {numRuns: 20},
    );
  });

  test('of all directions do not see any invertible map, nor the order of the rows', async () => {
    const x = uniform(1, 50, 3);
    const y = {...x, data: x.data.map((value, i) => value + 0.3 * Math.sin(7 * i))};
    const mixed = turned({...x, data: x.data.map((value, i) => [5, 0.1, 1][i % 3]! * value + 2)}, 0, 1, 1);
    const [before, after] = [await compare(x, y), await compare(mixed, y)];
    after.correlations.forEach((rho, i) => expect(rho).toBeCloseTo(before.correlations[i]!, 10));
    // The second one's share in the directions has not changed.
    expect(after.weighted![1]).toBeCloseTo(before.weighted![1], 9);
    const order = Array.from({length: 50}, (_, i) => (i * 7) % 50);
    expect((await compare(reordered(x, order), reordered(y, order))).mean).toBeCloseTo(before.mean!, 11);
  });

  test('of the directions with most variance see what is large', async () => {
    const [x, noise] = [uniform(2, 80, 2), uniform(3, 80, 2)];
    const beside = {
      rows: 80,
      cols: 4,
      data: Float64Array.from({length: 320}, (_, i) => {
        const [row, col] = [Math.floor(i / 4), i % 4];
        return col < 2 ? x.data[2 * row + col]! : 0.01 * noise.data[2 * row + col - 2]!;
      }),
    };
    expect((await compare(x, beside, {variance: 0.99})).mean).toBeGreaterThan(0.999);
    expect((await compare(uniform(4, 80, 4), beside)).mean).toBeLessThan(0.4);
  });

  test('squared are on average, over all orders of the rows, what chance tells', async () => {
    const [x, y] = [await prepareSvcca(uniform(1, 4, 1), ALL), uniform(2, 4, 2)];
    let mean = 0;
    for (const order of orders(4)) {
      const {meanSquare, meanSquareChance} = await svcca(x, await prepareSvcca(reordered(y, order), ALL));
      expect(meanSquareChance).toBe(2 / 3);
      mean += meanSquare! / 24;
    }
    expect(mean).toBeCloseTo(2 / 3, 12);
  });

  test('that make up 98 % of the sum leave out those that are next to nothing', async () => {
    const {leading, mean} = await compare(walsh([1, 1], [2, 1]), walsh([1, 1], [4, 1]));
    expect([leading, mean]).toEqual([expect.closeTo(1, 12), expect.closeTo(0.5, 12)]);
  });

  test('of directions all at right angles are 0, and so is every mean', async () => {
    for (const [x, y] of [
      [walsh([1, 1]), walsh([2, 1])],
      [walsh([1, 3], [3, 1]), walsh([2, 1])],
      [walsh([1, 3]), walsh([2, 1], [4, 2], [5, 1])],
    ] as const) {
      const found = await compare(x, y);
      const nothing = expect.closeTo(0, 7) as number;
      const means = {mean: nothing, meanSquare: nothing, leading: nothing, weighted: [nothing, nothing]};
      expect(found).toMatchObject({status: 'ok', ...means});
    }
  });

  test('of 0 weigh as much as the layers have of their directions', async () => {
    // Shared: 1, with its amount in each. What is left of each layer is at right angles to the other.
    for (const amount of [1, 3, 1 / 4]) {
      const {correlations, weighted} = await compare(walsh([1, 1], [2, amount]), walsh([4, 1], [1, 2]));
      expect([...correlations]).toEqual([expect.closeTo(1, 12), expect.closeTo(0, 7)]);
      expect(weighted![0]).toBeCloseTo(1 / (1 + amount), 7);
      expect(weighted![1]).toBeCloseTo(2 / 3, 7);
    }
    // Two of the layer are left, and which of them belongs to the 0 is open: the weight is that of some unit vector among both.
    const {weighted} = await compare(walsh([1, 1], [2, 1], [3, 1]), walsh([1, 1], [4, 1]));
    expect(weighted![0]).toBeGreaterThan(1 / (1 + Math.SQRT2) - 1e-7);
    expect(weighted![0]).toBeLessThan(1 / 2 + 1e-7);
    expect(weighted![1]).toBeCloseTo(1 / 2, 7);
  });

  test('with few rows are 1 whatever the data', async () => {
    expect((await compare(uniform(1, 9, 20), uniform(2, 9, 20))).mean).toBeCloseTo(1, 10);
  });

  test('of what has no directions', async () => {
    const constant = {rows: 9, cols: 3, data: new Float32Array(27).fill(0.1)};
    const nothing = {mean: null, meanSquare: null, leading: null, meanSquareChance: null, weighted: null};
    expect(await compare(constant, uniform(1, 9, 3))).toMatchObject({status: 'constant', ...nothing});
    expect(await compare(uniform(1, 9, 3), constant)).toMatchObject({status: 'constant', ...nothing});
    expect(await compare(uniform(1, 1, 3), uniform(1, 1, 3))).toMatchObject({
      status: 'insufficient',
      ...nothing,
    });
  });
});
