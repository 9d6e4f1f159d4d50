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

/** A random draw of `size` of n rows without replacement. All rows are taken without drawing. */
export function randomSubset(n: number, size: number, rng: Draw): Int32Array {
  const rows = range(0, n);
  if (size < n) for (let i = 0; i < size; i++) swap(rows, i, i + rng.int(n - i));
  return rows.slice(0, size).sort();
}

/** A uniform random permutation of n rows (Fisher and Yates). */
export function permutation(n: number, rng: Draw): Int32Array {
  const rows = range(0, n);
  for (let i = n - 1; i > 0; i--) swap(rows, i, rng.int(i + 1));
  return rows;
}

/** Disjoint blocks: the stretches of `size` rows of a permutation (the block analysis of Ansuini et al. 2019). */
export function disjointBlocks(order: Int32Array, count: number, size: number): Int32Array[] {
  return Array.from({length: count}, (_, b) => order.slice(b * size, (b + 1) * size).sort());
}

/** Disjoint blocks without chance: block b holds rows b, b + count, b + 2 count ..., `size` of them. */
export function stridedBlocks(count: number, size: number): Int32Array[] {
  return Array.from({length: count}, (_, b) => Int32Array.from({length: size}, (_, i) => b + i * count));
}

/** Rows by the bin of each, from 0. */
export function binMembers(bins: Int32Array, count: number): Int32Array[] {
  const members: number[][] = Array.from({length: count}, () => []);
  bins.forEach((bin, row) => members[bin]!.push(row));
  return members.map(rows => Int32Array.from(rows));
}

function swap(values: Int32Array, i: number, j: number): void {
  const value = values[i]!;
  values[i] = values[j]!;
  values[j] = value;
}
