import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {firstTwoDistances, twonnLikelihood, twonnRegression} from '../../src/kernels/twonn.js';
import {lin, mulberry32} from '../golden/golden.js';
import {turned} from './moved.js';

const distances = async (x: Matrix) => firstTwoDistances(await nearestNeighbors(x, 2));
const dimension = async (x: Matrix) => twonnRegression(...(await distances(x))).dimension!;

test('TwoNN does not see rotation, scale, translation or the order of the points', async () => {
  const arbitrary = fc.record({
    seed: fc.nat(),
    angle: fc.double({min: 0, max: 6, noNaN: true}),
    scale: fc.double({min: 1e-3, max: 1e3, noNaN: true}),
    shift: fc.double({min: -100, max: 100, noNaN: true}),
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({seed, angle, scale, shift}) => {
      const x = lin(seed, 120, 3, 5);
      const expected = await dimension(x);
      const moved = turned(turned(x, 0, 1, angle), 2, 4, -angle);
      const affine = {...moved, data: moved.data.map(value => scale * value + shift)};
      expect((await dimension(affine)) / expected).toBeCloseTo(1, 6);
      const backwards = {
        ...x,
        data: Float64Array.from({length: 600}, (_, i) => x.data[(119 - Math.floor(i / 5)) * 5 + (i % 5)]!),
      };
      expect(await dimension(backwards)).toBe(expected);
    }),
    {numRuns: 25},
  );
});

test('uniform points in a cube have its dimension', async () => {
  const u = mulberry32(3);
  const x = {rows: 3000, cols: 2, data: Float64Array.from({length: 6000}, u)};
  const [r1, r2] = await distances(x);
  const {dimension, low, high, bayesMean, bayesStd} = twonnLikelihood(r1, r2);
  expect(low!).toBeLessThan(2);
  expect(high!).toBeGreaterThan(2);
  expect(dimension!).toBeGreaterThan(low!);
  expect(Math.abs(bayesMean! - dimension!)).toBeLessThan(bayesStd!);
  expect(Math.abs(twonnRegression(r1, r2).dimension! - 2)).toBeLessThan(0.1);
});

describe('what cannot be estimated is null, with a status', () => {
  const constant = {rows: 9, cols: 4, data: new Float32Array(36).fill(0.1)};
  const cases: [string, Matrix, 'constant' | 'insufficient'][] = [
    ['identical points', constant, 'constant'],
    ['no points', {rows: 0, cols: 4, data: new Float32Array(0)}, 'insufficient'],
    ['one point', {rows: 1, cols: 2, data: Float32Array.of(1, 2)}, 'insufficient'],
    ['three points', {rows: 3, cols: 1, data: Float32Array.of(0, 1, 3)}, 'insufficient'],
    ['pairs of duplicates', {rows: 6, cols: 1, data: Float32Array.of(0, 0, 1, 1, 5, 5)}, 'insufficient'],
  ];
  test.each(cases)('%s', async (_, x, status) => {
    const [r1, r2] = await distances(x);
    const nothing = {dimension: null, standardError: null, pearson: null, log10P: null, r2Uncentred: null};
    expect(twonnRegression(r1, r2)).toMatchObject({status, ...nothing});
    expect(twonnRegression(r1, r2, {intercept: true})).toMatchObject({status, ...nothing, intercept: null});
  });

  test('equal ratios have a slope but no correlation', () => {
    const r1 = new Float64Array(20).fill(1);
    const r2 = new Float64Array(20).fill(2);
    expect(twonnRegression(r1, r2)).toMatchObject({status: 'ok', pearson: null, log10P: null});
    expect(twonnRegression(r1, r2, {intercept: true}).status).toBe('insufficient');
  });

  test('points exactly on a line have no p-value', () => {
    // Ratios N / (N - i), whose logarithms are those of the distribution.
    const [r1, r2] = [Float64Array.of(3, 1, 1, 1), Float64Array.of(4, 2, 4, 100)];
    const {dimension, pearson, log10P} = twonnRegression(r1, r2, {fraction: 1, dropLast: 1});
    expect([dimension, pearson, log10P]).toEqual([expect.closeTo(1, 14), 1, null]);
  });

  test('duplicates are left out, and so are the points that have a pair of them for neighbours', async () => {
    const x = {rows: 6, cols: 1, data: Float64Array.of(0, 0, 1, 3, 7, 12)};
    const [r1, r2] = await distances(x);
    expect(twonnRegression(r1, r2)).toMatchObject({n: 6, nZero: 2, nTied: 1, nValid: 3});
  });
});

test('the likelihood without the largest ratios is that of the others', async () => {
  const [r1, r2] = firstTwoDistances(await nearestNeighbors(lin(3, 250, 4, 6), 2));
  const order = Array.from(r1.keys()).sort((a, b) => r2[a]! / r1[a]! - r2[b]! / r1[b]!);
  const first = (r: Float64Array): Float64Array => Float64Array.from(order.slice(0, 247), i => r[i]!);
  const trimmed = twonnLikelihood(r1, r2, {trim: 0.01});
  expect(trimmed).toEqual({...twonnLikelihood(first(r1), first(r2)), n: 250});
  expect(trimmed.nValid).toBe(247);
});
