import {describe, expect, test} from 'vitest';
import {nearestNeighbors} from '../../../src/kernels/neighbors.js';
import {firstTwoDistances, twonnRegression} from '../../../src/kernels/twonn.js';
import {MANIFOLDS} from '../../../src/stages/load/manifold-points.js';
import type {Matrix} from '../../../src/stages/ports.js';
import {context, failure, runStage} from './run-stage.js';

async function draw(params: object, seed = 1): Promise<Matrix> {
  const output = await runStage('load/manifold', {...params}, context(seed));
  if (output.type !== 'activations') throw new Error(`it gave ${output.type}`);
  const {rows, dim} = output.layers[0]!;
  const data = new Float64Array(rows * dim);
  let at = 0;
  for await (const [block] of output.batches) {
    data.set(block!, at);
    at += block!.length;
  }
  expect(at).toBe(data.length);
  expect(output.samples!.rows).toHaveLength(rows);
  return {rows, cols: dim, data};
}

async function dimension(params: object, draws = 3): Promise<number> {
  let sum = 0;
  for (let seed = 1; seed <= draws; seed++)
    sum += twonnRegression(
      ...firstTwoDistances(await nearestNeighbors(await draw(params, seed), 2)),
    ).dimension!;
  return sum / draws;
}

/**
 * What TwoNN makes of 2500 points: one draw of the same sets by scikit-dimension, estimated by the reference. The estimate falls
 * short of high dimensions; its standard error is about d / sqrt(n).
 */
type Estimate = readonly [params: Readonly<Record<string, string | number>>, dim: number, estimate: number];
const DIMS = [1, 2, 5, 10, 20];
const ofAnyDimension = (manifold: string, ...estimates: number[]): Estimate[] =>
  estimates.map((estimate, i) => [{manifold, dim: DIMS[i]!}, DIMS[i]!, estimate]);
const ESTIMATES: readonly Estimate[] = [
  ...ofAnyDimension('cube', 1.0, 2.01, 4.85, 8.15, 15.52),
  ...ofAnyDimension('gaussian', 1.01, 1.88, 5.33, 10.08, 17.49),
  ...ofAnyDimension('ball', 1.01, 1.97, 4.65, 9.41, 15.78),
  ...ofAnyDimension('sphere', 1.01, 1.92, 4.97, 9.29, 17.18),
  [{manifold: 'swiss-roll'}, 2, 1.94],
  [{manifold: 'moebius'}, 2, 2.02],
  [{manifold: 'helix'}, 1, 0.98],
  [{manifold: 's-curve'}, 2, 1.96],
  [{manifold: 'cube', dim: 3, columns: 5, embedding: 'affine'}, 3, 2.93],
  [{manifold: 'nonlinear', dim: 4}, 4, 3.75],
  [{manifold: 'nonlinear', dim: 6, columns: 36}, 6, 5.88],
  [{manifold: 'nonlinear', dim: 12, columns: 72}, 12, 13.82],
  [{manifold: 'cube', dim: 17, columns: 18}, 17, 13.98],
  [{manifold: 'cube', dim: 24, columns: 25}, 24, 18.08],
  [{manifold: 'cube', dim: 70, columns: 71}, 70, 39.9],
];

describe('2500 points have about the dimension that TwoNN gives such sets', () => {
  test.each(
    ESTIMATES.map(([params, dim, estimate]) => [JSON.stringify(params), params, dim, estimate] as const),
  )('%s', async (_, params, dim, estimate) => {
    const tolerance = Math.max(0.08 * estimate, (4 * dim) / Math.sqrt(2500));
    expect(Math.abs((await dimension({...params, n: 2500})) - estimate)).toBeLessThan(tolerance);
  });

  test('noise fills the space around a surface: 5000 points of a swiss roll', async () => {
    const roll = {manifold: 'swiss-roll', n: 5000};
    expect(Math.abs((await dimension(roll, 1)) - 1.96)).toBeLessThan(0.16);
    expect(Math.abs((await dimension({...roll, noise: 0.3}, 1)) - 2.88)).toBeLessThan(0.23);
  });
});

describe('points', () => {
  const rowsOf = ({rows, cols, data}: Matrix): number[][] =>
    Array.from({length: rows}, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);
  const length = (point: readonly number[]): number => Math.hypot(...point);

  test('lie where they should', async () => {
    for (const [x, y, z] of rowsOf(await draw({manifold: 'swiss-roll', n: 200})) as [
      number,
      number,
      number,
    ][]) {
      expect(Math.cos(Math.hypot(x, z))).toBeCloseTo(x / Math.hypot(x, z), 9);
      expect(y >= 0 && y <= 21).toBe(true);
    }
    for (const point of rowsOf(await draw({manifold: 'sphere', dim: 3, n: 200}))) {
      expect(point).toHaveLength(4);
      expect(length(point)).toBeCloseTo(1, 12);
    }
    const ball = rowsOf(await draw({manifold: 'ball', dim: 3, n: 2000})).map(length);
    expect(Math.max(...ball)).toBeLessThanOrEqual(1 + 1e-12);
    // Half of the volume lies within this radius.
    expect(Math.abs(ball.filter(r => r ** 3 < 0.5).length - 1000)).toBeLessThan(100);
    for (const [x, y] of rowsOf(await draw({manifold: 'helix', n: 200})) as [number, number][])
      expect(Math.hypot(x, y)).toBeCloseTo(1, 12);
    for (const [x, , z] of rowsOf(await draw({manifold: 's-curve', n: 200})) as [number, number, number][])
      expect(x * x + (Math.abs(z) - 1) ** 2).toBeCloseTo(1, 12);
    for (const [x, y, z] of rowsOf(await draw({manifold: 'moebius', n: 200})) as [number, number, number][])
      expect(Math.hypot(Math.hypot(x, y) - 1, z)).toBeLessThanOrEqual(0.5 + 1e-12);
  });

  test('normal numbers are normal', async () => {
    const {data} = await draw({manifold: 'gaussian', dim: 1, n: 20_000});
    const moment = (power: number): number => [...data].reduce((sum, x) => sum + x ** power, 0) / data.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.03);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.04);
    expect(Math.abs(moment(3))).toBeLessThan(0.1);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25);
  });

  test('keep their distances in more columns, unless the map is any', async () => {
    const plain = await draw({manifold: 'nonlinear', dim: 2, n: 2, columns: 4});
    const isometric = await draw({manifold: 'nonlinear', dim: 2, n: 40, columns: 9});
    expect(plain.cols).toBe(4);
    const lengths = rowsOf(isometric).map(length);
    // u_(i+1) (cos, sin): no coordinate pair is longer than 1.
    expect(Math.max(...lengths)).toBeLessThanOrEqual(Math.SQRT2 + 1e-12);
    const sphere = rowsOf(await draw({manifold: 'sphere', dim: 2, n: 40, columns: 9})).map(length);
    for (const l of sphere) expect(l).toBeCloseTo(1, 12);
    const stretched = rowsOf(
      await draw({manifold: 'sphere', dim: 2, n: 40, columns: 9, embedding: 'affine'}),
    );
    expect(Math.max(...stretched.map(length)) / Math.min(...stretched.map(length))).toBeGreaterThan(1.1);
  });

  test('depend on the seed alone', async () => {
    const params = {manifold: 'moebius', n: 50, columns: 6, noise: 0.1};
    expect(await draw(params, 4)).toEqual(await draw(params, 4));
    expect(await draw(params, 5)).not.toEqual(await draw(params, 4));
  });

  test('come in blocks', async () => {
    expect((await draw({manifold: 'cube', n: 9000})).rows).toBe(9000);
  });
});

describe('what cannot be drawn', () => {
  test('a dimension that the set does not have', async () => {
    expect(await failure(draw({manifold: 'helix', dim: 2}))).toBe(
      'E501 a helix has dimension 1, dim is 2 (leave "dim" out)',
    );
    expect((await draw({manifold: 'helix', dim: 1, n: 3})).cols).toBe(3);
  });

  test('fewer columns than it needs', async () => {
    for (const manifold of Object.keys(MANIFOLDS)) {
      const needs = (await draw({manifold, n: 1})).cols;
      if (needs === 1) continue;
      expect(await failure(draw({manifold, columns: needs - 1}))).toMatch(
        new RegExp(`^E501 ${manifold} of dimension \\d needs ${needs} columns, columns is ${needs - 1}$`),
      );
    }
  });
});
