import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {gride} from '../../src/kernels/gride.js';
import type {GrideOptions} from '../../src/kernels/gride.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {firstTwoDistances, twonnLikelihood} from '../../src/kernels/twonn.js';
import {lin, mulberry32} from '../golden/golden.js';

const estimate = async (x: Matrix, options: GrideOptions = {}) =>
  gride(await nearestNeighbors(x, options.rangeMax ?? 64), options);

test('does not see scale and translation; the scale goes with it', async () => {
  const arbitrary = fc.record({
    seed: fc.nat(),
    scale: fc.double({min: 1e-3, max: 1e3, noNaN: true}),
    shift: fc.double({min: -100, max: 100, noNaN: true}),
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({seed, scale, shift}) => {
      const x = lin(seed, 150, 3, 5);
      const moved = await estimate({...x, data: x.data.map(value => scale * value + shift)});
      (await estimate(x)).forEach((e, i) => {
        expect(moved[i]!.dimension! / e.dimension!).toBeCloseTo(1, 6);
        expect(moved[i]!.scale! / (scale * e.scale!)).toBeCloseTo(1, 8);
      });
    }),
    {numRuns: 20},
  );
});

test('at the first scale is the unbiased estimate of TwoNN', async () => {
  const table = await nearestNeighbors(lin(5, 400, 4, 8), 2);
  const [first] = gride(table, {rangeMax: 2, outliers: null});
  const {unbiased} = twonnLikelihood(...firstTwoDistances(table));
  expect(first!.dimension! / unbiased!).toBeCloseTo(1, 11);
  expect(first!.error! / (first!.dimension! / Math.sqrt(400))).toBeCloseTo(1, 11);
});

test('uniform points on a torus have its dimension, at every scale, within the error', async () => {
  // A flat torus has no edge: 2 dimensions in 4.
  const u = mulberry32(12);
  const data = new Float64Array(4 * 4000);
  for (let i = 0; i < 4000; i++)
    for (let circle = 0; circle < 2; circle++) {
      const angle = 2 * Math.PI * u();
      data.set([Math.cos(angle), Math.sin(angle)], 4 * i + 2 * circle);
    }
  const estimates = await estimate({rows: 4000, cols: 4, data});
  expect(estimates).toHaveLength(6);
  for (const {dimension, error, n1} of estimates) {
    expect(Math.abs(dimension! - 2)).toBeLessThan(4 * error! + 0.02);
    expect(error!).toBeLessThan(0.04 / Math.sqrt(n1));
  }
});

test('ratios far above the others are left out, unless asked', async () => {
  const far = 1e6;
  const line = [...Array.from({length: 60}, (_, i) => i + 0.3 * Math.sin(i)), far, far + 1e-3];
  const x = {rows: 62, cols: 1, data: Float64Array.from(line)};
  const [kept] = await estimate(x);
  const [all] = await estimate(x, {outliers: null});
  expect([kept!.nValid, all!.nValid]).toEqual([60, 62]);
  expect(all!.dimension!).toBeLessThan(kept!.dimension!);
});

describe('what cannot be estimated is null, with a status', () => {
  const nothing = {dimension: null, error: null, scale: null};

  test('identical points', async () => {
    const x = {rows: 9, cols: 4, data: new Float32Array(36).fill(0.1)};
    const estimates = await estimate(x);
    expect(estimates.map(e => e.n2)).toEqual([2, 4, 8]);
    for (const e of estimates) expect(e).toMatchObject({status: 'constant', nValid: 0, ...nothing});
  });

  test('equidistant points', async () => {
    const x = {rows: 6, cols: 6, data: Float64Array.from({length: 36}, (_, i) => (i % 7 === 0 ? 1 : 0))};
    for (const e of await estimate(x)) expect(e).toMatchObject({status: 'insufficient', ...nothing});
  });

  test('pairs of duplicates have no ratio at the first scale', async () => {
    const x = {rows: 8, cols: 1, data: Float32Array.of(0, 0, 1, 1, 5, 5, 7, 7)};
    const [first, second] = await estimate(x);
    expect(first).toMatchObject({status: 'insufficient', nValid: 0, ...nothing});
    expect(second).toMatchObject({status: 'ok', n1: 2, n2: 4, nValid: 8});
  });

  test('fewer than three points have no scale', async () => {
    expect(await estimate({rows: 2, cols: 1, data: Float32Array.of(0, 1)})).toEqual([]);
    expect(await estimate({rows: 0, cols: 1, data: new Float32Array(0)})).toEqual([]);
  });
});
