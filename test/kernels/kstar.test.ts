import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {kstar, kstarDistribution} from '../../src/kernels/kstar.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {otherClassRanks} from '../../src/kernels/other-class-ranks.js';
import {liveBytes} from '../rig/live-bytes.js';
import {lin, mulberry32} from '../golden/golden.js';
import {inBlocks} from './in-blocks.js';

/** k* by its definition: all others in order of (distance, index), and the place of the first of another class. */
function byDefinition({rows, cols, data}: Matrix, labels: Int32Array): number[] {
  const away = (i: number, j: number): number => {
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += (data[i * cols + c]! - data[j * cols + c]!) ** 2;
    return Math.sqrt(sum);
  };
  return Array.from({length: rows}, (_, i) => {
    const others = Array.from({length: rows}, (_, j) => j).filter(j => j !== i);
    others.sort((a, b) => away(i, a) - away(i, b) || a - b);
    return others.findIndex(j => labels[j] !== labels[i]) + 1;
  });
}

const ranksOf = async (x: Matrix, labels: Int32Array, k: number) =>
  kstar(x, await nearestNeighbors(x, k), labels);

test('k* is what its definition says, however many neighbours are looked at first', async () => {
  const arbitrary = fc.record({
    seed: fc.nat(),
    rows: fc.integer({min: 2, max: 60}),
    classes: fc.integer({min: 1, max: 4}),
    k: fc.integer({min: 0, max: 8}),
    grid: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({seed, rows, classes, k, grid}) => {
      const points = lin(seed, rows, 2, 3);
      // On a grid there are ties and duplicates.
      const x = grid ? {...points, data: points.data.map(Math.round)} : points;
      const u = mulberry32(seed);
      const labels = Int32Array.from({length: rows}, () => Math.floor(u() * classes));
      expect([...(await ranksOf(x, labels, k))]).toEqual(byDefinition(x, labels));
    }),
    {numRuns: 150},
  );
});

test('samples whose class is far from the others, in float32, in sorted order', async () => {
  const rows = 900;
  const u = mulberry32(8);
  const labels = Int32Array.from({length: rows}, (_, i) => Math.floor(i / 300));
  const data = Float32Array.from({length: rows * 5}, (_, i) => u() + 1000 * labels[Math.floor(i / 5)]!);
  const x = {rows, cols: 5, data};
  const ranks = await ranksOf(x, labels, 30);
  expect([...ranks]).toEqual(new Array(rows).fill(300));
  const pattern = kstarDistribution(ranks, labels)!.classes.map(c => [c.skewness, c.pattern]);
  expect(pattern).toEqual(new Array(3).fill([null, 'clustered']));
});

test('where most of its own class is counted by a bound and not measured, with pairs of equal rows', async () => {
  const [rows, cols] = [500, 40];
  const u = mulberry32(11);
  const labels = Int32Array.from({length: rows}, (_, i) => i % 3);
  const data = Float32Array.from(
    {length: rows * cols},
    (_, at) => 50 + u() + (at % cols === labels[Math.floor(at / cols)]! ? 1.5 : 0),
  );
  for (let i = 0; i < rows - 3; i += 9) data.copyWithin((i + 3) * cols, i * cols, (i + 1) * cols);
  const x = {rows, cols, data};
  const ranks = await ranksOf(x, labels, 0);
  expect(Math.max(...ranks)).toBeGreaterThan(60);
  expect([...ranks]).toEqual(byDefinition(x, labels));
});

test('of rows that come in blocks, some of which meet some of the others at a time', async () => {
  const [rows, cols] = [700, 3];
  const u = mulberry32(12);
  const labels = Int32Array.from({length: rows}, () => Math.floor(4 * u() ** 2));
  // Pairs of equal rows, and classes that overlap a little.
  const data = Float32Array.from(
    {length: rows * cols},
    (_, at) => Math.round(20 * u()) / 20 + labels[Math.floor(at / cols)]!,
  );
  const x = {rows, cols, data};
  const expected = byDefinition(x, labels);
  const wanted = Int32Array.from({length: rows}, (_, i) => i).filter(i => i % 5 !== 2);
  for (const [block, held] of [
    [64, 300],
    [700, 1],
    [33, 100_000],
  ] as const) {
    const found = await otherClassRanks(inBlocks(x, block), labels, wanted, {held: held * cols});
    expect([...found]).toEqual(Array.from(wanted, row => expected[row]!));
  }
});

test('it holds some rows and not all', async () => {
  const [rows, cols, times] = [512, 64, 512];
  const block = Float32Array.from({length: rows * cols}, mulberry32(13));
  let most = 0;
  const x = {
    ...{rows: rows * times, cols},
    *blocks() {
      for (let t = 0; t < times; t++) {
        if (t % 64 === 0) most = Math.max(most, liveBytes() - before);
        yield block;
      }
    },
  };
  const before = liveBytes();
  // Every row stands there as often as there are blocks, in the first half of them in its own class.
  const labels = Int32Array.from({length: x.rows}, (_, i) => Number(i >= x.rows / 2));
  const wanted = Int32Array.of(0, 7, 100 * rows + 5, (times - 1) * rows);
  const ranks = await otherClassRanks(x, labels, wanted, {held: 2 ** 18});
  expect([...ranks]).toEqual([times / 2, times / 2, times / 2, 1]);
  expect(block.byteLength * times).toBe(64 * 2 ** 20);
  expect(most).toBeLessThan(16 * 2 ** 20);
});

test('does not see scale, rotation by quarter turns; goes with a permutation of the rows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async seed => {
      const x = lin(seed, 80, 3, 4);
      const labels = Int32Array.from({length: 80}, (_, i) => (x.data[i * 4]! > 0 ? 1 : 0));
      const ranks = await ranksOf(x, labels, 5);
      const moved = {...x, data: x.data.map((_, i) => 8 * (i % 2 === 0 ? -x.data[i + 1]! : x.data[i - 1]!))};
      expect(await ranksOf(moved, labels, 5)).toEqual(ranks);
      const backwards = {...x, data: x.data.map((_, i) => x.data[(79 - (i >> 2)) * 4 + (i & 3)]!)};
      expect(await ranksOf(backwards, labels.toReversed(), 5)).toEqual(ranks.toReversed());
    }),
    {numRuns: 20},
  );
});

describe('the distribution', () => {
  test('turns its skewness and patterns round with k* / size', () => {
    const labels = Int32Array.from({length: 40}, (_, i) => i % 2);
    const u = mulberry32(3);
    const ranks = Int32Array.from({length: 40}, () => 1 + Math.floor(19 * u() ** 3));
    const found = kstarDistribution(ranks, labels)!;
    const turned = kstarDistribution(
      ranks.map(rank => 20 - rank),
      labels,
    )!;
    expect(turned.pooled).toBeCloseTo(-found.pooled!, 12);
    expect(turned.classMean).toBeCloseTo(-found.classMean!, 12);
    expect(found.classes.map(c => c.pattern)).toEqual(['fractured', 'fractured']);
    expect(turned.classes.map(c => c.pattern)).toEqual(['clustered', 'clustered']);
    // On the threshold is between.
    const onIt = kstarDistribution(ranks, labels, found.classes[0]!.skewness!)!;
    expect(onIt.classes[0]!.pattern).toBe('overlapped');
  });

  test('of equal k* has a pattern only if the whole class comes first', () => {
    const labels = Int32Array.of(0, 0, 1, 1, 2);
    const found = kstarDistribution(Int32Array.of(2, 2, 1, 1, 1), labels)!;
    expect(found.classes.map(c => c.pattern)).toEqual(['clustered', null, 'clustered']);
    expect([found.classMean, found.weightedMean]).toEqual([null, null]);
    expect(found.pooled).not.toBeNull();
  });

  test('weighs classes alike, or by their sizes', () => {
    const labels = Int32Array.of(0, 0, 0, 1, 1, 1, 1, 1, 1);
    const ranks = Int32Array.of(1, 1, 3, 1, 6, 6, 6, 6, 6);
    const {classes, classMean, weightedMean} = kstarDistribution(ranks, labels)!;
    const [a, b] = classes.map(c => c.skewness!) as [number, number];
    expect(classMean).toBeCloseTo((a + b) / 2, 14);
    expect(weightedMean).toBeCloseTo((3 * a + 6 * b) / 9, 14);
  });

  test('is not there for a single class', async () => {
    const x = lin(1, 10, 2, 2);
    const ranks = await ranksOf(x, new Int32Array(10), 3);
    expect([...ranks]).toEqual(new Array(10).fill(0));
    expect(kstarDistribution(ranks, new Int32Array(10))).toBeNull();
  });
});

test('refuses labels that do not fit', async () => {
  const x = lin(1, 10, 2, 2);
  await expect(ranksOf(x, new Int32Array(9), 3)).rejects.toThrow('9 labels and a table of 10 for 10 rows');
});
