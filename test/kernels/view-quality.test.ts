import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {neighborRanks} from '../../src/kernels/neighbor-ranks.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {principalPlane} from '../../src/kernels/principal-plane.js';
import {viewQuality} from '../../src/kernels/view-quality.js';
import {lin, mulberry32, normals} from '../golden/golden.js';
import {bruteForce} from './brute-force.js';
import {reordered, turned} from './moved.js';

const quality = async (x: Matrix, view: Matrix, k: number) =>
  viewQuality(x, await nearestNeighbors(x, k), view, k);
const plane = (data: Float64Array): Matrix => ({rows: data.length / 2, cols: 2, data});

/** By the sets of the definition: those that come in by the view, and those that are left out by it. */
function byDefinition(x: Matrix, view: Matrix, k: number): {trustworthiness: number; continuity: number} {
  const n = x.rows;
  const [inX, inView] = [x, view].map(m => bruteForce(m, n - 1).map(row => row.map(({index}) => index)));
  const kept = (near: number[][], ranked: number[][]): number => {
    let sum = 0;
    near.forEach((row, i) => {
      const own = new Set(ranked[i]!.slice(0, k));
      for (const j of row.slice(0, k)) if (!own.has(j)) sum += 1 + ranked[i]!.indexOf(j) - k;
    });
    return 1 - (2 * sum) / (n * k * (2 * n - 3 * k - 1));
  };
  return {trustworthiness: kept(inView!, inX!), continuity: kept(inX!, inView!)};
}

describe('trustworthiness and continuity', () => {
  test('are those of the definition, ties and duplicates among them', async () => {
    const pairs = fc
      .integer({min: 6, max: 24})
      .chain(n =>
        fc.tuple(
          fc.array(fc.integer({min: -2, max: 2}), {minLength: 3 * n, maxLength: 3 * n}),
          fc.array(fc.integer({min: -3, max: 3}), {minLength: 2 * n, maxLength: 2 * n}),
          fc.integer({min: 1, max: Math.ceil(n / 2) - 1}),
        ),
      );
    await fc.assert(
      fc.asyncProperty(pairs, async ([p, q, k]) => {
        const x = {rows: p.length / 3, cols: 3, data: Float64Array.from(p)};
        const view = plane(Float64Array.from(q));
        const expected = byDefinition(x, view, k);
        const found = (await quality(x, view, k))!;
        expect(found.trustworthiness).toBeCloseTo(expected.trustworthiness, 12);
        expect(found.continuity).toBeCloseTo(expected.continuity, 12);
      }),
      {numRuns: 40},
    );
  });

  test('are 1 for what has the same neighbours, and about a half for what has nothing in common', async () => {
    const x = lin(1, 400, 2, 2);
    const moved = turned({...x, data: x.data.map(value => 3 - 2 * value)}, 0, 1, 1);
    expect(await quality(x, moved, 7)).toEqual({trustworthiness: 1, continuity: 1});
    const chance = (await quality(x, plane(normals(2, 800)), 7))!;
    for (const value of Object.values(chance)) expect(Math.abs(value - 0.5)).toBeLessThan(0.05);
  });

  test('change places with the spaces', async () => {
    const [x, view] = [
      plane(normals(3, 200)),
      plane(normals(3, 200).map((v, c) => (c % 2 === 0 ? v : 0.2 * v))),
    ];
    const [there, back] = [(await quality(x, view, 5))!, (await quality(view, x, 5))!];
    expect(back).toEqual({trustworthiness: there.continuity, continuity: there.trustworthiness});
    const order = Array.from({length: 100}, (_, i) => (i * 37) % 100);
    const other = (await quality(reordered(x, order), reordered(view, order), 5))!;
    expect(other.trustworthiness).toBeCloseTo(there.trustworthiness, 12);
  });

  test('are not defined for half of the samples or more', async () => {
    const x = plane(normals(4, 20));
    expect(await quality(x, x, 5)).toBeNull();
    expect(await quality(x, x, 4)).not.toBeNull();
  });
});

test('ranks of neighbours, in the order in which they are given', async () => {
  const [x, y] = [lin(5, 60, 3, 4), lin(6, 60, 3, 40)];
  const table = await nearestNeighbors(x, 9);
  const all = bruteForce(y, 59).map(row => row.map(({index}) => index));
  const ranks = await neighborRanks(table, y, 6);
  expect(ranks).toHaveLength(360);
  ranks.forEach((rank, at) => {
    const i = Math.floor(at / 6);
    expect(rank).toBe(1 + all[i]!.indexOf(table.indices[i * 9 + (at % 6)]!));
  });
});

describe('the plane of most variance', () => {
  test('turned, moved and scaled data have the same', async () => {
    const u = mulberry32(7);
    const x = {rows: 150, cols: 4, data: Float64Array.from({length: 600}, (_, i) => u() * (4 - (i % 4)))};
    const one = (await principalPlane(x))!;
    const other = (await principalPlane(turned(turned(x, 0, 2, 0.7), 1, 3, -2)))!;
    one.y.forEach((value, c) => expect(other.y[c]).toBeCloseTo(value, 9));
    other.explained.forEach((share, axis) => expect(share).toBeCloseTo(one.explained[axis]!, 12));
    for (const factor of [-1e-200, 1e140]) {
      const scaled = (await principalPlane({...x, data: x.data.map(value => factor * (value + 1))}))!;
      // The sign is that of the coordinates: turned about, it is turned back.
      scaled.y.forEach((value, c) => expect(Math.abs(value / factor)).toBeCloseTo(Math.abs(one.y[c]!), 9));
    }
  });

  test('the coordinate farthest from 0 is positive; of points on a line the other is 0', async () => {
    const line = (await principalPlane({rows: 4, cols: 2, data: Float64Array.of(0, 0, 1, 1, 2, 2, -9, -9)}))!;
    const root = Math.SQRT2;
    [0, 1, 2, -9].forEach((at, i) => expect(line.y[2 * i]).toBeCloseTo(-root * (at + 1.5), 12));
    [0, 1, 2, 3].forEach(i => expect(line.y[2 * i + 1]).toBe(0));
    expect(line.explained).toEqual([expect.closeTo(1, 12), 0]);
    expect(await principalPlane({rows: 5, cols: 2, data: new Float64Array(10).fill(2)})).toBeNull();
  });
});
