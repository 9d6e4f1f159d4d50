import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import type {Neighbors} from '../../src/kernels/neighbors.js';
import {lin, mulberry32} from '../golden/golden.js';
import {bruteForce} from './brute-force.js';

const rowsOf = ({k, indices, distances}: Neighbors, rows: readonly number[]) =>
  rows.map(row =>
    Array.from({length: k}, (_, j) => ({index: indices[row * k + j]!, distance: distances[row * k + j]!})),
  );

/** Fails unless the rows, to the last bit, are those of the definition. */
async function expectExact(x: Matrix, k: number, only?: readonly number[]): Promise<void> {
  const rows = only ?? Array.from({length: x.rows}, (_, i) => i);
  expect(rowsOf(await nearestNeighbors(x, k), rows)).toEqual(bruteForce(x, k, rows));
}

function points(
  rows: number,
  cols: number,
  value: (row: number, col: number) => number,
  type: 'f32' | 'f64' = 'f32',
): Matrix {
  const make = (_: unknown, i: number) => value(Math.floor(i / cols), i % cols);
  const data =
    type === 'f32'
      ? Float32Array.from({length: rows * cols}, make)
      : Float64Array.from({length: rows * cols}, make);
  return {rows, cols, data};
}

function normal(seed: number): () => number {
  const uniform = mulberry32(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('nearest neighbours are those of the definition', () => {
  const z = normal(1);
  const u = mulberry32(2);
  const centres = Float64Array.from({length: 8 * 48}, () => 1e4 * z());
  const cases: Record<string, Matrix> = {
    'normal points': points(700, 48, z),
    'normal points in float64': points(700, 48, z, 'f64'),
    'an offset of a million': points(700, 48, () => 1e6 + z(), 'f64'),
    'columns of very different scale': points(700, 48, (_, c) => z() * 10 ** ((c % 13) - 6), 'f64'),
    'tight clusters far apart': points(700, 48, (r, c) => centres[(r % 8) * 48 + c]! + z(), 'f64'),
    'one point very far away': points(700, 48, r => (r === 300 ? 1e12 : z()), 'f64'),
    'tiny values': points(700, 48, () => z() * 1e-200, 'f64'),
    'huge values': points(700, 48, () => z() * 1e140, 'f64'),
    'values whose squares underflow': points(700, 48, () => z() * 1e-162, 'f64'),
    'subnormal values': points(700, 48, () => z() * 1e-310, 'f64'),
    'an integer lattice full of ties': points(700, 48, () => Math.floor(u() * 2)),
    'a lattice that float64 rounds': points(700, 48, (r, c) => 0.1 * ((r * (c + 3)) % 5), 'f64'),
    'every point five times': points(700, 48, (r, c) => Math.sin((r % 140) * 12.9898 + c * 78.233)),
    'points in groups of duplicates larger than k': points(700, 48, (r, c) => (r % 7) * 1.5 + c),
    'identical points': points(700, 48, (_, c) => c / 3),
    'identical points but one': points(700, 48, (r, c) => (r === 650 ? 1 : c / 3)),
    zeros: points(700, 48, () => 0),
    'one column': points(5000, 1, z, 'f64'),
    'the same in float32, with ties': points(5000, 1, () => Math.round(1000 * z())),
  };
  test.each(Object.entries(cases))('%s', async (_, x) => {
    await expectExact(x, 11, x.rows === 700 ? undefined : Array.from({length: 100}, (_, i) => 50 * i));
  });

  test('more points than one product takes', async () => {
    const x = points(17_500, 3, (_, c) => (c === 0 ? Math.round(40 * z()) : z()));
    await expectExact(x, 5, [0, 1, 511, 512, 9000, 16_383, 16_384, 17_499]);
  });

  test('more columns than float32 can vouch for', async () => {
    await expectExact(points(24, 120_000, z), 3);
  });

  test('k nearly as large as the number of points', async () => {
    await expectExact(
      points(600, 50, () => Math.floor(4 * u())),
      598,
    );
  });

  test('few points', async () => {
    await expectExact(points(12, 3, z), 4);
  });
});

test('small sets of points, lattices and duplicates among them', async () => {
  const coordinate = fc.oneof(fc.integer({min: -2, max: 2}), fc.double({min: -1e3, max: 1e3, noNaN: true}));
  const arbitrary = fc
    .integer({min: 1, max: 4})
    .chain(cols =>
      fc.tuple(
        fc.constant(cols),
        fc.array(fc.array(coordinate, {minLength: cols, maxLength: cols}), {minLength: 1, maxLength: 40}),
      ),
    );
  await fc.assert(
    fc.asyncProperty(arbitrary, fc.integer({min: 1, max: 50}), async ([cols, rows], k) => {
      await expectExact({rows: rows.length, cols, data: Float64Array.from(rows.flat())}, k);
    }),
    {numRuns: 200},
  );
});

test('large sets of few distinct points', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.integer({min: 1, max: 6}),
      fc.integer({min: 1, max: 20}),
      async (seed, levels, k) => {
        const u = mulberry32(seed);
        await expectExact(
          points(450, 100, () => Math.floor(levels * u()) / 3, 'f64'),
          k,
          [0, 17, 449],
        );
      },
    ),
    {numRuns: 12},
  );
});

describe('edges', () => {
  test('one point has no neighbours, and no point neither', async () => {
    expect(
      await nearestNeighbors(
        points(1, 3, () => 1),
        5,
      ),
    ).toMatchObject({n: 1, k: 0, indices: new Int32Array(0)});
    expect(
      await nearestNeighbors(
        points(0, 3, () => 1),
        5,
      ),
    ).toMatchObject({n: 0, k: 0, distances: new Float64Array(0)});
  });

  test('k beyond the number of points gives all others', async () => {
    expect(
      (
        await nearestNeighbors(
          points(4, 2, r => r),
          10,
        )
      ).k,
    ).toBe(3);
  });

  test.each([NaN, Infinity, -Infinity])('%d is refused, with its place', async value => {
    const x = points(5, 3, (r, c) => (r === 3 && c === 1 ? value : 1));
    const error: unknown = await nearestNeighbors(x, 1).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StrataError);
    expect((error as StrataError).diagnostics[0]).toMatchObject({
      code: 'E305',
      message: `row 3, column 1: ${value} where a finite number was expected`,
    });
  });

  test('a value whose square overflows is refused', async () => {
    await expect(
      nearestNeighbors(
        points(5, 3, () => 1e160, 'f64'),
        1,
      ),
    ).rejects.toThrow('E305 row 0, column 0: 1e+160 is too large');
  });

  test('progress reaches the number of points', async () => {
    const seen: number[] = [];
    await nearestNeighbors(lin(1, 1500, 4, 40), 3, {onProgress: (done, total) => seen.push(done / total)});
    expect(seen.at(-1)).toBe(1);
    expect(seen.length).toBeGreaterThan(1);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  test('an abort is prompt', async () => {
    const abort = new AbortController();
    const run = nearestNeighbors(lin(1, 6000, 4, 64), 3, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
  });
});
