import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {joinCount} from '../../src/kernels/join-count.js';
import {kmeans, lloyd} from '../../src/kernels/kmeans.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {inertiaOf, renumbered} from '../../src/kernels/partition.js';
import {silhouettes} from '../../src/kernels/silhouette.js';
import {ward} from '../../src/kernels/ward.js';
import {createRng} from '../../src/stages/rng.js';
import {lin, mulberry32} from '../golden/golden.js';

const line = (...values: number[]): Matrix => ({
  rows: values.length,
  cols: 1,
  data: Float64Array.from(values),
});

/** All ways to put n points in up to k clusters, each numbered in the order of its first point. */
function partitions(n: number, k: number): Int32Array[] {
  let all = [[] as number[]];
  for (let i = 0; i < n; i++)
    all = all.flatMap(labels => {
      const next = Math.min(k, Math.max(-1, ...labels) + 2);
      return Array.from({length: next}, (_, label) => [...labels, label]);
    });
  return all.map(labels => Int32Array.from(labels));
}

describe('k-means', () => {
  test('finds the best of all partitions', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({min: 1, max: 3}), (seed, k) => {
        const x = lin(seed, 8, 2, 2);
        const best = Math.min(...partitions(8, k).map(labels => inertiaOf(x, labels)));
        const found = kmeans(x, k, createRng(seed), 30);
        expect(found.inertia).toBeCloseTo(best, 10);
        expect(inertiaOf(x, found.labels)).toBeCloseTo(found.inertia, 10);
      }),
      {numRuns: 30},
    );
  });

  test('gives the same from the same seed, and numbers clusters as they occur', () => {
    const x = lin(4, 200, 3, 5);
    const [a, b] = [kmeans(x, 6, createRng(1)), kmeans(x, 6, createRng(1))];
    expect(a).toEqual(b);
    expect(renumbered(a.labels).labels).toEqual(a.labels);
    expect(new Set(a.labels).size).toBe(6);
  });

  test('a centre that loses its points takes the farthest', () => {
    const {labels, centres, inertia} = lloyd(line(0, 1, 10, 11), Float64Array.of(5, 1000));
    expect([...labels]).toEqual([0, 0, 1, 1]);
    expect([...centres]).toEqual([0.5, 10.5]);
    expect(inertia).toBe(1);
  });

  test('of fewer different points than clusters there are fewer clusters', () => {
    const {labels, centres, inertia} = kmeans(line(1, 1, 2, 2, 1), 4, createRng(0));
    expect([...labels]).toEqual([0, 0, 1, 1, 0]);
    expect([[...centres], inertia]).toEqual([[1, 2], 0]);
  });
});

describe("Ward's clustering", () => {
  /** By its definition, with the means worked out anew for each pair. */
  function byDefinition(x: Matrix, k: number): Int32Array {
    let labels: Int32Array = Int32Array.from({length: x.rows}, (_, i) => i);
    for (let left = x.rows; left > k; left--) {
      let best = Infinity;
      let joined = labels;
      for (let a = 0; a < left; a++)
        for (let b = a + 1; b < left; b++) {
          const {labels: trial} = renumbered(labels.map(label => (label === b ? a : label)));
          const inertia = inertiaOf(x, trial);
          if (inertia < best) [best, joined] = [inertia, trial];
        }
      labels = joined;
    }
    return labels;
  }

  test('joins what adds least to the inertia', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({min: 1, max: 12}), (seed, k) => {
        const x = lin(seed, 12, 3, 3);
        expect(ward(x, k)).toEqual(byDefinition(x, k));
      }),
      {numRuns: 30},
    );
  });
});

describe('silhouettes', () => {
  test('are known for points on a line', () => {
    const found = silhouettes(line(0, 2, 10, 14), Int32Array.of(0, 0, 1, 1))!;
    expect([...found]).toEqual([10 / 12, 8 / 10, 5 / 9, 9 / 13]);
  });

  test('are 0 in a cluster of one and for coinciding points, and not there for one cluster', () => {
    expect([...silhouettes(line(0, 5, 6), Int32Array.of(0, 1, 1))!]).toEqual([0, 0.8, 5 / 6]);
    expect([...silhouettes(line(3, 3, 3, 3), Int32Array.of(0, 0, 1, 1))!]).toEqual([0, 0, 0, 0]);
    expect(silhouettes(line(1, 2), Int32Array.of(0, 0))).toBeNull();
  });
});

describe('joins on a grid', () => {
  test('are all of one cluster, none of a chessboard', () => {
    const rng = createRng(2);
    expect(joinCount(new Int32Array(12), 4, rng)).toEqual({share: 1, chance: 1, p: 1});
    const board = Int32Array.from({length: 36}, (_, i) => ((i % 6) + Math.floor(i / 6)) % 2);
    const {share, p} = joinCount(board, 6, rng);
    expect([share, p]).toEqual([0, 1]);
    expect(joinCount(Int32Array.of(1), 1, rng)).toEqual({share: null, chance: null, p: null});
  });

  test('of two halves are far from chance; those of random layouts spread evenly around it', () => {
    const rng = createRng(3);
    const halves = Int32Array.from({length: 64}, (_, i) => (i < 32 ? 0 : 1));
    const {share, chance, p} = joinCount(halves, 8, rng);
    expect(share).toBe(104 / 112);
    expect(chance).toBeCloseTo((2 * 32 * 31) / (64 * 63), 14);
    expect(p).toBe(1 / 1000);

    const u = mulberry32(1);
    const random = Array.from({length: 200}, () =>
      joinCount(
        Int32Array.from({length: 64}, () => Math.floor(3 * u())),
        8,
        rng,
        99,
      ),
    );
    const mean = (of: (count: (typeof random)[number]) => number) =>
      random.reduce((sum, count) => sum + of(count) / 200, 0);
    expect(Math.abs(mean(count => count.share! - count.chance!))).toBeLessThan(0.01);
    expect(Math.abs(mean(count => count.p!) - 0.5)).toBeLessThan(0.1);
  });
});
