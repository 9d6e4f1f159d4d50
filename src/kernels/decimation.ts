import {range} from './range.js';

/** Smaller sets of rows of the same data, to see how a quantity depends on scale. All index sets are ascending. */

/** What draws: a uniform integer in [0, n). */
export interface Draw {
  int(n: number): number;
}

/** Points in a fraction of n: rounded to the nearest integer, at least 1 if there are any. */
export function subsetSize(n: number, fraction: number): number {
  return Math.min(n, Math.max(1, Math.round(n * fraction)));
}

/**
 * Independent draws of a fraction of n rows, without replacement within a draw; rows of different draws overlap (the
 * resampling of Facco et al. 2017). A fraction of 1 is all rows each time and draws nothing.
 */
export function randomSubsets(n: number, fraction: number, repeats: number, rng: Draw): Int32Array[] {
  const size = subsetSize(n, fraction);
  return Array.from({length: repeats}, () => {
    const rows = range(0, n);
    if (size < n) for (let i = 0; i < size; i++) swap(rows, i, i + rng.int(n - i));
    return rows.slice(0, size).sort();
  });
}

/** A uniform random permutation of n rows (Fisher and Yates). */
export function permutation(n: number, rng: Draw): Int32Array {
  const rows = range(0, n);
  for (let i = n - 1; i > 0; i--) swap(rows, i, rng.int(i + 1));
  return rows;
}

/**
 * Disjoint blocks of equal size: stretches of a permutation of the rows, cut after `count * floor(n / count)` rows (the block
 * analysis of Ansuini et al. 2019).
 */
export function disjointBlocks(order: Int32Array, count: number): Int32Array[] {
  const size = Math.floor(order.length / count);
  return Array.from({length: count}, (_, b) => order.slice(b * size, (b + 1) * size).sort());
}

/** Disjoint blocks of equal size without chance: block b holds rows b, b + count, b + 2 count ... */
export function stridedBlocks(n: number, count: number): Int32Array[] {
  const size = Math.floor(n / count);
  return Array.from({length: count}, (_, b) => Int32Array.from({length: size}, (_, i) => b + i * count));
}

function swap(values: Int32Array, i: number, j: number): void {
  const value = values[i]!;
  values[i] = values[j]!;
  values[j] = value;
}
