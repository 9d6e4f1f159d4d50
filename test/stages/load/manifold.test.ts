import {describe, expect, test} from 'vitest';
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

  test('lie where they should, of the sets of higher dimension', async () => {
    for (const point of rowsOf(await draw({manifold: 'cube-surface', dim: 2, n: 600}))) {
      expect(point.filter(x => x === 0 || x === 1)).toHaveLength(1);
      expect(point.every(x => x >= 0 && x <= 1)).toBe(true);
    }
    const faces = rowsOf(await draw({manifold: 'cube-surface', dim: 2, n: 6000}));
    for (const axis of [0, 1, 2])
      for (const end of [0, 1])
        expect(Math.abs(faces.filter(point => point[axis] === end).length - 1000)).toBeLessThan(120);
    for (const [x, y, z] of rowsOf(await draw({manifold: 'helicoid', n: 200})) as [number, number, number][])
      expect(Math.cos(2 * z - Math.atan2(y, x))).toBeCloseTo(1, 9);
    for (const point of rowsOf(await draw({manifold: 'paraboloid', dim: 2, n: 200}))) {
      const [x, y, square] = point as [number, number, number];
      expect(square).toBeCloseTo(x * x + y * y, 12);
      const all = [x, y, square];
      const expected = [...all.map(Math.sin), ...all.map(value => value * value)];
      expected.forEach((value, c) => expect(point[3 + c]).toBeCloseTo(value, 12));
    }
    for (const [tan, atan] of rowsOf(await draw({manifold: 'tangent', dim: 1, n: 200})) as [
      number,
      number,
    ][]) {
      // u tan-1 of the first is u cos u, tan of the second u sin u: their squares sum to u^2.
      const u = Math.hypot(Math.atan(tan), Math.tan(atan));
      expect(Math.tan(u * Math.cos(u))).toBeCloseTo(tan, 9);
      expect(u).toBeLessThanOrEqual(1);
    }
  });

  test('numbers of Beta(10, 1/2) have its mean, and two columns of one number', async () => {
    const rows = rowsOf(await draw({manifold: 'beta', dim: 1, n: 20_000})) as [number, number][];
    // Of two million numbers drawn with NumPy.
    const mean = (column: 0 | 1): number => rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
    expect(Math.abs(mean(0) - 0.7405)).toBeLessThan(0.006);
    expect(Math.abs(mean(1) - 0.8945)).toBeLessThan(0.005);
    for (const [first, second] of rows) expect(Math.hypot(first, second)).toBeLessThanOrEqual(Math.SQRT2);
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
