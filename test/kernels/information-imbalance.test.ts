import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import {informationImbalance} from '../../src/kernels/information-imbalance.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {lin, mulberry32} from '../golden/golden.js';
import {bruteForce} from './brute-force.js';
import {inBlocks} from './in-blocks.js';
import {reordered, turned} from './moved.js';

const measure = async (a: Matrix, b: Matrix, k = 1) =>
  informationImbalance(await nearestNeighbors(a, k), b, k);
const imbalance = async (a: Matrix, b: Matrix, k = 1) => (await measure(a, b, k)).imbalance;

/** From the whole order of the points in both. */
function byDefinition(a: Matrix, b: Matrix, k: number): {imbalance: number; standardError: number} {
  const n = a.rows;
  const [inA, inB] = [bruteForce(a, k), bruteForce(b, n - 1)];
  const each = inA.map((neighbors, i) => {
    const ranks = neighbors.map(({index}) => 1 + inB[i]!.findIndex(other => other.index === index));
    return ((2 / n) * ranks.reduce((sum, rank) => sum + rank, 0)) / Math.min(k, n - 1);
  });
  const mean = each.reduce((sum, own) => sum + own, 0) / n;
  const squares = each.reduce((sum, own) => sum + (own - mean) ** 2, 0);
  return {imbalance: mean, standardError: Math.sqrt(squares / (n - 1) / n)};
}

async function expectDefined(a: Matrix, b: Matrix, k: number): Promise<void> {
  const [found, expected] = [await measure(a, b, k), byDefinition(a, b, k)];
  expect(found.imbalance).toBeCloseTo(expected.imbalance, 13);
  expect(found.standardError).toBeCloseTo(expected.standardError, 13);
}

function points(rows: number, cols: number, value: (row: number, col: number) => number): Matrix {
  return {
    rows,
    cols,
    data: Float64Array.from({length: rows * cols}, (_, i) => value(Math.floor(i / cols), i % cols)),
  };
}

describe('information imbalance is that of the definition', () => {
  const u = mulberry32(5);
  const cases: Record<string, Matrix> = {
    'uniform points': points(300, 40, u),
    'an offset of a million': points(300, 40, () => 1e6 + u()),
    'a lattice full of ties': points(300, 40, () => Math.floor(u() * 2)),
    'every point five times': points(300, 40, (r, c) => Math.sin((r % 60) * 12.9898 + c * 78.233)),
    'identical points': points(300, 40, (_, c) => c / 3),
    'tight clusters far apart': points(300, 40, r => 1e5 * (r % 6) + u()),
    'tiny values': points(300, 40, () => u() * 1e-200),
    'huge values': points(300, 40, () => u() * 1e140),
    'one column': points(300, 1, u),
  };
  const a = points(300, 7, u);
  test.each(Object.entries(cases))('%s', async (_, b) => {
    for (const k of [1, 7]) {
      await expectDefined(a, b, k);
      await expectDefined(b, a, k);
    }
  });

  test('of float32, and of more points than one product takes', async () => {
    const few = {...a, data: Float32Array.from(a.data)};
    expect(await imbalance(few, points(300, 3, u), 2)).toBeGreaterThan(0.5);
    const [line, other] = [points(17_000, 1, r => r), points(17_000, 1, r => 3 * r)];
    // The neighbour of r is r - 1, but for the first; in both.
    expect(await imbalance(line, other)).toBeCloseTo(2 / 17_000, 12);
  });

  test('of points that come in blocks, some of which meet some of the others at a time', async () => {
    for (const b of [cases['uniform points']!, cases['every point five times']!]) {
      const [from, whole] = [await nearestNeighbors(a, 7), await measure(a, b, 7)];
      for (const [block, held] of [
        [64, 90],
        [300, 20],
        [7, 299],
      ] as const)
        expect(await informationImbalance(from, inBlocks(b, block), 7, {held: held * b.cols})).toEqual(whole);
    }
  });

  test('small sets of few distinct points', async () => {
    const small = fc
      .integer({min: 2, max: 14})
      .chain(n =>
        fc.tuple(
          ...[0, 1].map(() => fc.array(fc.integer({min: -2, max: 2}), {minLength: 2 * n, maxLength: 2 * n})),
        ),
      );
    await fc.assert(
      fc.asyncProperty(small, fc.integer({min: 1, max: 20}), async ([p, q], k) => {
        const of = (values: number[]): Matrix => ({
          rows: values.length / 2,
          cols: 2,
          data: Float64Array.from(values),
        });
        await expectDefined(of(p!), of(q!), k);
      }),
      {numRuns: 60},
    );
  });
});

test('to itself it is (k + 1) / n, however moved, turned, scaled and ordered', async () => {
  const x = lin(3, 200, 3, 5);
  const moved = turned({...x, data: x.data.map(value => 2 - 3 * value)}, 0, 3, 1);
  for (const k of [1, 4]) expect(await imbalance(x, moved, k)).toBeCloseTo((k + 1) / 200, 12);
  const order = Array.from({length: 200}, (_, i) => (i * 7) % 200);
  const y = lin(4, 200, 3, 4);
  expect(await imbalance(reordered(x, order), reordered(y, order))).toBeCloseTo((await imbalance(x, y))!, 12);
});

test('it varies between samples of points as its standard error tells, about', async () => {
  const of = async (seed: number) => {
    const u = mulberry32(seed);
    const x = points(150, 2, u);
    return measure(x, {...x, data: x.data.map(value => value + 0.2 * u())});
  };
  const found = await Promise.all(Array.from({length: 60}, (_, seed) => of(seed + 1)));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const each = found.map(one => one.imbalance!);
  const spread = Math.sqrt(mean(each.map(value => (value - mean(each)) ** 2)));
  const ratio = mean(found.map(one => one.standardError!)) / spread;
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.4);
});

test('one that holds more tells more', async () => {
  const whole = points(1000, 3, mulberry32(8));
  const part = points(1000, 1, r => whole.data[3 * r]!);
  const [down, up] = [(await imbalance(whole, part))!, (await imbalance(part, whole))!];
  expect(down).toBeLessThan(0.2);
  expect(up).toBeGreaterThan(2 * down);
  const unrelated = (await imbalance(whole, points(1000, 3, mulberry32(9))))!;
  expect(Math.abs(unrelated - 1)).toBeLessThan(0.05);
});

test('what cannot be ranked', async () => {
  const one = points(1, 2, () => 1);
  expect(await measure(one, one)).toEqual({imbalance: null, standardError: null});
  const two = await nearestNeighbors(
    points(2, 1, r => r),
    1,
  );
  await expect(informationImbalance(two, one, 1)).rejects.toThrow(RangeError);
  await expect(
    imbalance(
      points(3, 1, r => r),
      points(3, 1, r => r / 0),
    ),
  ).rejects.toThrow(StrataError);
});
