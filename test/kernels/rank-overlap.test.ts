import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {
  compareRankings,
  rankOverlap,
  rankingChance,
  type RankingChance,
} from '../../src/kernels/rank-overlap.js';
import {lin, mulberry32} from '../golden/golden.js';

const ranking = (k: number) =>
  fc.uniqueArray(fc.integer({min: 0, max: 2 * k}), {minLength: k, maxLength: k}).map(v => Int32Array.from(v));
const rankings = fc.integer({min: 1, max: 12}).chain(k => fc.tuple(ranking(k), ranking(k)));
const persistence = fc.double({min: 0.05, max: 0.95, noNaN: true});

describe('two rankings', () => {
  test('are scored within bounds, whichever comes first', () => {
    fc.assert(
      fc.property(rankings, persistence, ([a, b], p) => {
        const scores = compareRankings(a, b, p);
        const {averageOverlap, rboTruncated, rboNormalised, rboExtrapolated, weightedOverlap} = scores;
        for (const score of [averageOverlap, rboTruncated, rboNormalised, rboExtrapolated, weightedOverlap]) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1 + 1e-12);
        }
        expect(rboTruncated).toBeLessThanOrEqual(rboExtrapolated + 1e-12);
        expect(rboExtrapolated).toBeLessThanOrEqual(rboTruncated + p ** a.length + 1e-12);
        const common = a.filter(item => b.includes(item)).length;
        expect(scores.lcs).toBeLessThanOrEqual(common);
        // A longest common subsequence can be kept; the rest can be substituted.
        expect(scores.editSimilarity * a.length).toBeLessThanOrEqual(scores.lcs + 1e-9);
        const {kendall, spearman} = scores;
        expect(kendall === null).toBe(common < 2);
        for (const value of [kendall ?? 0, spearman ?? 0])
          expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
        const back = compareRankings(b, a, p);
        for (const [name, value] of Object.entries(scores) as [keyof typeof scores, number | null][])
          expect(back[name] ?? 0, name).toBeCloseTo(value ?? 0, 12);
      }),
    );
  });

  test('that are equal score highest', () => {
    fc.assert(
      fc.property(rankings, persistence, ([a], p) => {
        const {lcs, kendall, spearman, rboTruncated, ...ones} = compareRankings(a, a, p);
        for (const [name, score] of Object.entries(ones)) expect(score, name).toBeCloseTo(1, 12);
        expect(lcs).toBe(a.length);
        expect(rboTruncated).toBeCloseTo(1 - p ** a.length, 12);
        if (a.length > 1) expect([kendall, spearman]).toEqual([1, 1]);
      }),
    );
  });

  test('score more the nearer the top they agree', () => {
    const items = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const swapped = (at: number) => {
      const other = items.slice();
      [other[at], other[at + 1]] = [at + 1, at];
      return compareRankings(items, other, 0.8);
    };
    for (let at = 0; at + 2 < items.length; at++) {
      const [upper, lower] = [swapped(at), swapped(at + 1)];
      for (const name of ['averageOverlap', 'rboNormalised', 'weightedOverlap'] as const)
        expect(upper[name]).toBeLessThan(lower[name]);
      // Those that do not look at ranks cannot tell.
      for (const name of ['lcs', 'editSimilarity', 'kendall'] as const)
        expect(upper[name]).toBeCloseTo(lower[name]!, 12);
    }
  });

  test('of different lengths are refused, and of none', () => {
    expect(() => compareRankings(Int32Array.of(1, 2), Int32Array.of(1), 0.9)).toThrow(RangeError);
    expect(() => compareRankings(new Int32Array(0), new Int32Array(0), 0.9)).toThrow(RangeError);
  });
});

/** All orders of k of the numbers from 0 to m - 1. */
function orders(m: number, k: number): number[][] {
  if (k === 0) return [[]];
  return orders(m, k - 1).flatMap(start =>
    Array.from({length: m}, (_, item) => item).flatMap(item =>
      start.includes(item) ? [] : [[...start, item]],
    ),
  );
}

describe('chance', () => {
  test.each([
    [1, 1],
    [1, 5],
    [2, 4],
    [3, 5],
    [4, 4],
    [5, 6],
    [4, 7],
  ])('of the first %i of %i items is the mean over all orders of them', (k, m) => {
    // By symmetry the one ranking may stay as it is.
    const fixed = Int32Array.from({length: k}, (_, item) => item);
    for (const p of [0.3, 0.9]) {
      const all = orders(m, k).map(order => compareRankings(fixed, Int32Array.from(order), p));
      for (const [name, expected] of Object.entries(rankingChance(k, m, p)) as [
        keyof RankingChance,
        number,
      ][]) {
        const mean = all.reduce((sum, scores) => sum + scores[name], 0) / all.length;
        expect(Math.abs(mean - expected), `${name}, p ${p}`).toBeLessThan(1e-14);
      }
    }
  });

  test('is what shuffled neighbours come to, within its standard error', () => {
    const [k, m, draws, p] = [20, 60, 4000, 0.9];
    const u = mulberry32(7);
    const shuffled = (): Int32Array => {
      const items = Int32Array.from({length: m}, (_, item) => item);
      for (let at = m - 1; at > 0; at--) {
        const other = Math.floor(u() * (at + 1));
        [items[at], items[other]] = [items[other]!, items[at]!];
      }
      return items.subarray(0, k);
    };
    const all = Array.from({length: draws}, () => compareRankings(shuffled(), shuffled(), p));
    for (const [name, expected] of Object.entries(rankingChance(k, m, p)) as [
      keyof RankingChance,
      number,
    ][]) {
      const values = all.map(scores => scores[name]);
      const mean = values.reduce((sum, value) => sum + value, 0) / draws;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1);
      expect(Math.abs(mean - expected) / Math.sqrt(variance / draws), name).toBeLessThan(3);
    }
  });
});

describe('rankings of neighbours', () => {
  test('of unrelated points are at the level of chance', async () => {
    const a = await nearestNeighbors(lin(1, 800, 5, 5), 40);
    const b = await nearestNeighbors(lin(2, 800, 5, 5), 40);
    const {chance, kendall, ...found} = (await rankOverlap(a, b, {k: 40, p: 0.9}))!;
    for (const name of Object.keys(chance) as (keyof RankingChance)[])
      expect(Math.abs(found[name] - chance[name]), name).toBeLessThan(0.004);
    expect(Math.abs(kendall!)).toBeLessThan(0.1);
  });

  test('do not see the distances', async () => {
    const x = lin(4, 100, 3, 4);
    const a = await nearestNeighbors(x, 10);
    const b = await nearestNeighbors({...x, data: x.data.map(value => 5 - 3 * value)}, 12);
    expect(await rankOverlap(a, b, {k: 10, p: 0.9})).toMatchObject({
      kendall: 1,
      spearman: 1,
      ordered: 100,
      lcs: 10,
    });
  });

  test('k beyond the number of points takes all; without neighbours there is nothing to compare', async () => {
    const five = await nearestNeighbors(lin(1, 5, 2, 2), 10);
    expect(await rankOverlap(five, five, {k: 10, p: 0.9})).toMatchObject({
      lcs: 4,
      chance: {averageOverlap: 5 / 8},
    });
    const one = await nearestNeighbors(lin(1, 1, 2, 2), 10);
    expect(await rankOverlap(one, one, {k: 10, p: 0.9})).toBeNull();
    await expect(rankOverlap(five, one, {k: 1, p: 0.9})).rejects.toThrow(RangeError);
  });

  test('are no longer compared when that is no longer wanted, though it comes within the loop', async () => {
    const [n, k] = [5000, 30];
    const indices = Int32Array.from({length: n * k}, (_, at) => (Math.floor(at / k) + 1 + (at % k)) % n);
    const table = {n, k, indices, distances: new Float64Array(n * k)};
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const work = rankOverlap(table, table, {k, p: 0.9, signal: controller.signal});
    setImmediate(() => controller.abort(reason));
    await expect(work).rejects.toBe(reason);
  });
});
