import {distancesTo} from './distance.js';
import type {Matrix} from './matrix.js';
import {range} from './range.js';

/**
 * Silhouette of every point (Rousseeuw 1987): (b - a) / max(a, b) with a its mean distance to the others of its cluster, b the
 * smallest mean distance to another cluster. 0 for a cluster of one.
 *
 * @param labels cluster of each point, from 0, none empty
 * @returns null if there is only one cluster
 */
export function silhouettes(x: Matrix, labels: Int32Array): Float64Array | null {
  const sizes: number[] = [];
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1;
  if (sizes.length < 2) return null;
  const all = range(0, x.rows);
  const away = new Float64Array(x.rows);
  const sums = new Float64Array(sizes.length);
  return Float64Array.from(labels, (own, i) => {
    distancesTo(x.data, x.cols, i, all, x.rows, away);
    sums.fill(0);
    for (let j = 0; j < x.rows; j++) sums[labels[j]!]! += away[j]!;
    if (sizes[own] === 1) return 0;
    const a = sums[own]! / (sizes[own]! - 1);
    const b = sizes.reduce(
      (least, size, c) => (c === own ? least : Math.min(least, sums[c]! / size)),
      Infinity,
    );
    return a === b ? 0 : (b - a) / Math.max(a, b);
  });
}
