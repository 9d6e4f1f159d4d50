import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {searchByFloat32} from '../../src/kernels/float32-search.js';
import {int8ProductsExact} from '../../src/kernels/int8-products.js';
import {searchByInt8} from '../../src/kernels/int8-search.js';
import {NearestLists} from '../../src/kernels/nearest-lists.js';
import {columnStatistics, readStatistics} from '../../src/kernels/column-statistics.js';
import {nearestNeighbors, nearestPoints} from '../../src/kernels/neighbors.js';
import type {Neighbors, Search} from '../../src/kernels/neighbors.js';
import {unitRows, unitVectors} from '../../src/kernels/unit-rows.js';
import type {Vectors} from '../../src/kernels/vectors.js';
import {lin, mulberry32} from '../golden/golden.js';
import {bruteForce, bruteForcePoints} from './brute-force.js';

const rowsOf = ({k, indices, distances}: Neighbors, rows: readonly number[]) =>
  rows.map(row =>
    Array.from({length: k}, (_, j) => ({index: indices[row * k + j]!, distance: distances[row * k + j]!})),
  );

type Find = (x: Matrix | Vectors, k: number) => Promise<Neighbors>;

/** Fails unless the rows, to the last bit, are those of the definition. */
async function expectExact(
  x: Matrix,
  k: number,
  only?: readonly number[],
  find: Find = nearestNeighbors,
): Promise<void> {
  const rows = only ?? Array.from({length: x.rows}, (_, i) => i);
  const found = rowsOf(await find(x, k), rows);
  const known = definitions.get(x) ?? bruteForce(x, k, rows);
  definitions.set(x, known);
  expect(found).toEqual(known);
}

/** What the definition says of points that are searched in several ways, each time for the same neighbours of the same rows. */
const definitions = new WeakMap<Matrix, ReturnType<typeof bruteForce>>();

/** Finds neighbours in one way, however few they are. */
const by =
  (search: (task: Search) => Promise<void>): Find =>
  async (x, k) => {
    const lists = new NearestLists(x.rows, k);
    const {statistics} = await readStatistics(x);
    await search({
      ...{rows: x, points: x, statistics, same: true, lists},
      ...{threads: 1, device: 'cpu', step: () => undefined},
    });
    return {n: x.rows, k, indices: lists.indices, distances: lists.distances};
  };

/** In stretches of a seventh of the points, or a little less. */
const inStretches = (task: Search): Promise<void> =>
  searchByFloat32(task, Math.floor(task.points.rows / 7) * task.points.cols);

/** A matrix that is read in blocks of a few rows, as from a file, each in place of the one before. */
const inBlocks = ({rows, cols, data}: Matrix, size: number): Vectors => ({
  rows,
  cols,
  *blocks() {
    const held = data.slice(0, size * cols);
    for (let at = 0; at < data.length; at += size * cols) {
      const block = data.subarray(at, at + size * cols);
      held.set(block);
      yield held.subarray(0, block.length);
      held.fill(NaN);
    }
  },
});

function points(
  rows: number,
  cols: number,
  value: (row: number, col: number) => number,
  type: 'f32' | 'f64' = 'f32',
): Matrix {
  const data = new (type === 'f32' ? Float32Array : Float64Array)(rows * cols);
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) data[row * cols + col] = value(row, col);
  return {rows, cols, data};
}

function normal(seed: number): () => number {
  const uniform = mulberry32(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

test('integer products of this processor are exact', async () => {
  expect(await int8ProductsExact()).toBe(true);
});

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
    'values whose squares underflow': points(200, 48, () => z() * 1e-162, 'f64'),
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
  const many = points(17_500, 3, (_, c) => (c === 0 ? Math.round(40 * z()) : z()));
  const wide = points(24, 99_999, z);
  const lattice = points(600, 50, () => Math.floor(4 * u()));
  const few = points(12, 3, z);

  describe.each([
    ['8-bit integers', by(searchByInt8)],
    ['float32', by(searchByFloat32)],
    ['float32 in stretches', by(inStretches)],
  ])('by %s', (_, find) => {
    test.each(Object.entries(cases))('%s', async (_, x) => {
      const rows = x.rows < 5000 ? undefined : Array.from({length: 100}, (_, i) => 50 * i);
      await expectExact(x, 11, rows, find);
    });

    test('more points than one product takes', async () => {
      await expectExact(many, 5, [0, 1, 511, 512, 9000, 16_383, 16_384, 17_499], find);
    });

    test('very many columns', async () => {
      await expectExact(wide, 3, undefined, find);
    });

    test('k nearly as large as the number of points', async () => {
      await expectExact(lattice, 598, undefined, find);
    });

    test('few points', async () => {
      await expectExact(few, 4, undefined, find);
    });
  });
});

test('so many columns that sums of products hold smaller integers only', async () => {
  const u = mulberry32(3);
  const row = Float64Array.from({length: 270_000}, normal(3));
  // Rows that are nearly multiples of one another have the largest products.
  await expectExact(
    points(100, 270_000, (r, c) => (r % 3) * row[c]! + 0.2 * u()),
    3,
    [0, 1, 63, 64, 99],
    by(searchByInt8),
  );
});

describe('among other points', () => {
  const z = normal(4);
  const clusters = Float64Array.from({length: 5 * 20}, () => 50 * z());
  const near = (r: number, c: number): number => clusters[(r % 5) * 20 + c]! + z();
  const cases: Record<string, [rows: Matrix, points: Matrix]> = {
    few: [points(7, 3, z), points(9, 3, z)],
    'more points than rows': [points(300, 20, near), points(4000, 20, near)],
    'more rows than points': [points(4000, 20, near, 'f64'), points(300, 20, near, 'f64')],
    'one in float32, one in float64': [points(1500, 20, near), points(900, 20, near, 'f64')],
    'one in float64, one in float32': [
      points(900, 20, (r, c) => 1e6 + near(r, c), 'f64'),
      points(1500, 20, (r, c) => 1e6 + near(r, c)),
    ],
    'rows that are points too': [points(900, 20, r => r % 50), points(1500, 20, r => r % 50)],
    'rows too far from all points for float32': [
      points(20, 20, () => 1e60 * z(), 'f64'),
      points(9000, 20, z),
    ],
    'rows beyond float32, with few points on their side': [
      points(20, 1, () => 1e60, 'f64'),
      points(700, 1, r => (r < 692 ? -r : 1e6)),
    ],
    'rows far from all points': [points(900, 20, () => 1e6 + z(), 'f64'), points(1500, 20, z, 'f64')],
  };
  test.each(Object.entries(cases))('%s', async (_, [rows, among]) => {
    const task = {
      rows,
      points: among,
      statistics: columnStatistics(among),
      same: false,
      threads: 1,
      device: 'cpu',
      step: () => undefined,
    } as const;
    const all = [...Array(rows.rows).keys()];
    const expected = bruteForcePoints(rows, among, 6);
    expect(rowsOf(await nearestPoints(rows, among, 6), all)).toEqual(expected);
    for (const search of [searchByFloat32, inStretches]) {
      const lists = new NearestLists(rows.rows, 6);
      await search({...task, lists});
      const {indices, distances} = lists;
      expect(rowsOf({n: rows.rows, k: 6, indices, distances}, all)).toEqual(expected);
    }
  });

  test('no more than there are', async () => {
    const found = await nearestPoints(points(4, 2, z), points(3, 2, z), 10);
    expect(found).toMatchObject({n: 4, k: 3});
  });
});

describe('by cosine', () => {
  const z = normal(5);
  test.each<[string, Matrix]>([
    ['few', points(40, 6, z)],
    ['many', points(1100, 40, z)],
    ['lengths from 1e-150 to 1e150', points(900, 40, r => 0.1 * z() * 10 ** ((r % 31) * 10 - 150), 'f64')],
    ['with rows of zeros', points(900, 40, r => (r % 100 === 0 ? 0 : z()))],
  ])('%s', async (_, x) => {
    const unit = {...x, data: unitRows(x.data, x.cols)};
    const rows = [...Array(x.rows).keys()];
    const expected = bruteForce(unit, 5);
    expect(rowsOf(await nearestNeighbors(x, 5, {distance: 'cosine'}), rows)).toEqual(expected);
    for (const search of [searchByFloat32, inStretches]) {
      const found = await by(search)(unitVectors(inBlocks(x, 100)), 5);
      expect(rowsOf(found, rows)).toEqual(expected);
    }
  });

  test('the distance of two rows of a known angle', async () => {
    const x = {rows: 2, cols: 2, data: Float64Array.of(3, 0, 1, 1)};
    const {distances} = await nearestNeighbors(x, 1, {distance: 'cosine'});
    expect(distances[0]).toBeCloseTo(Math.sqrt(2 - 2 * Math.SQRT1_2), 15);
  });
});

describe('read block by block', () => {
  const z = normal(6);
  const x = points(1500, 64, (_, c) => z() / (c + 1));

  test('the same as at once, however the blocks are cut', async () => {
    const whole = await nearestNeighbors(x, 9);
    for (const size of [1, 7, 1000, 1500])
      expect(await nearestNeighbors(inBlocks(x, size), 9)).toEqual(whole);
    expect(await nearestNeighbors(inBlocks(x, 100), 9, {distance: 'cosine'})).toEqual(
      await nearestNeighbors(x, 9, {distance: 'cosine'}),
    );
    expect(await nearestPoints(inBlocks(x, 11), x, 9)).toEqual(await nearestPoints(x, inBlocks(x, 11), 9));
  });

  test('by float32, the same in stretches that cut blocks anywhere', async () => {
    const whole = await by(searchByFloat32)(x, 9);
    expect(whole).toEqual(await nearestNeighbors(x, 9));
    for (const rows of [1, 7, 431, 1000, 1499, 1500, 2000]) {
      const few = {...x, rows: Math.min(x.rows, 100 * rows), data: x.data.subarray(0, 100 * rows * x.cols)};
      const find = by(task => searchByFloat32(task, rows * x.cols));
      expect(await find(inBlocks(few, 70), 9)).toEqual(
        few.rows === x.rows ? whole : await nearestNeighbors(few, 9),
      );
    }
  });

  test('rows and points in several groups', async () => {
    // 17 000 points are searched in two blocks, and so wide rows as these are taken a thousand at a time.
    await expectExact(points(17_000, 4, z), 5, [0, 1, 255, 256, 16_383, 16_384, 16_999]);
    const wide = points(140, 60_000, (r, c) => ((r * 7919 + c * 104_729) % 1009) / 1009);
    expect(await nearestNeighbors(inBlocks(wide, 3), 3)).toEqual(await nearestNeighbors(wide, 3));
  });

  test('shared by threads, in several blocks', async () => {
    const u = mulberry32(7);
    const many = points(2000, 4300, (_, c) => u() / (1 + (c % 64)));
    const find =
      (threads: number): Find =>
      (of, k) =>
        nearestNeighbors(of, k, {threads});
    await expectExact(many, 7, [0, 63, 64, 1000, 1023, 1024, 1999], find(3));
    const alone = await find(1)(many, 7);
    expect(await find(2)(many, 7)).toEqual(alone);
    expect(await nearestNeighbors(inBlocks(many, 300), 7, {threads: 2})).toEqual(alone);
  });

  test('by threads that wait for another search, after one that was given up too', async () => {
    const x = points(5600, 60, () => z());
    const found = await nearestNeighbors(x, 5, {threads: 1});
    for (const other of [x, {...x, data: x.data.map(value => -value)}]) {
      const abort = new AbortController();
      const given = nearestNeighbors(other, 5, {
        threads: 3,
        signal: abort.signal,
        onProgress: () => abort.abort(new Error('enough')),
      });
      await expect(given).rejects.toThrow('enough');
      expect(await nearestNeighbors(other, 5, {threads: 3})).toEqual(found);
      expect(await nearestNeighbors(other, 5, {threads: 2})).toEqual(found);
    }
  });

  test('a value that is not finite is refused, with its place', async () => {
    const bad = points(3000, 64, (r, c) => (r === 2500 && c === 3 ? NaN : 1));
    await expect(nearestNeighbors(inBlocks(bad, 100), 1)).rejects.toThrow('E305 row 2500, column 3: NaN');
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

  test('progress in stretches counts every row once', async () => {
    // Of the clusters float32 tells nothing: their rows are done in the second way.
    const x = points(900, 30, (r, c) =>
      r % 2 === 0 ? Math.sin(r * 12.9898 + c * 78.233) : 1e9 * (r % 4) + c,
    );
    const seen: number[] = [];
    await by(task => inStretches({...task, step: rows => seen.push(rows)}))(x, 4);
    expect(seen.reduce((a, b) => a + b)).toBeCloseTo(900, 8);
    expect(Math.max(...seen)).toBeLessThan(130);
    let steps = 0;
    const abort = by(task =>
      inStretches({
        ...task,
        step() {
          if (++steps === 9) throw new Error('enough');
        },
      }),
    );
    await expect(abort(x, 4)).rejects.toThrow('enough');
    expect(steps).toBe(9);
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
