import type {Draw} from './decimation.js';
import {permutation} from './decimation.js';

export interface JoinCount {
  /** Share of the pairs of neighbours on the grid that are in the same cluster. Null on a grid without neighbours. */
  readonly share: number | null;
  /** Its mean when clusters are laid out at random: sum over the clusters of n_c (n_c - 1) / (n (n - 1)). */
  readonly chance: number | null;
  /** Share of random layouts that reach it, the one found counted among them. */
  readonly p: number | null;
}

/**
 * Whether clusters hold together on a grid: the joins of 4-neighbours in the same cluster (Moran 1948), against permutations.
 *
 * @param labels cluster of each place, row by row
 * @param permutations random layouts. Default 999
 */
export function joinCount(labels: Int32Array, width: number, random: Draw, permutations = 999): JoinCount {
  const n = labels.length;
  const height = n / width;
  const pairs = height * (width - 1) + width * (height - 1);
  if (pairs === 0) return {share: null, chance: null, p: null};
  const found = joins(labels, width);
  let reached = 1;
  for (let i = 0; i < permutations; i++) {
    const order = permutation(n, random);
    const layout = labels.map((_, place) => labels[order[place]!]!);
    if (joins(layout, width) >= found) reached++;
  }
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const same = [...sizes.values()].reduce((sum, size) => sum + size * (size - 1), 0);
  return {share: found / pairs, chance: same / (n * (n - 1)), p: reached / (permutations + 1)};
}

/** Pairs of neighbours with equal labels. */
function joins(labels: Int32Array, width: number): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++) {
    if ((i + 1) % width !== 0 && labels[i] === labels[i + 1]) count++;
    if (i + width < labels.length && labels[i] === labels[i + width]) count++;
  }
  return count;
}
