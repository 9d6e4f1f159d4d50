import {distancesTo} from './distance.js';
import type {Matrix} from './matrix.js';
import {renumbered} from './partition.js';
import {range} from './range.js';

/**
 * Ward's agglomerative clustering (1963): from single points, the two clusters whose union adds least to the sum of the squared
 * distances to the means are joined, until k are left. Distances by the recurrence of Lance and Williams; of equal pairs the first.
 * Needs rows^2 numbers and about rows^3 / 3 comparisons.
 *
 * @returns cluster of each point, numbered in the order in which they occur first
 */
export function ward(x: Matrix, k: number): Int32Array {
  const n = x.rows;
  const all = range(0, n);
  /** Twice what the union of two clusters adds. */
  const costs = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = costs.subarray(i * n, (i + 1) * n);
    distancesTo(x.data, x.cols, i, all, n, row);
    for (let j = 0; j < n; j++) row[j]! *= row[j]!;
  }
  const sizes = new Int32Array(n).fill(1);
  const labels = range(0, n);
  for (let left = n; left > k; left--) {
    const [a, b] = cheapest(costs, sizes);
    for (let c = 0; c < n; c++) {
      if (c === a || c === b || sizes[c] === 0) continue;
      const total = sizes[a]! + sizes[b]! + sizes[c]!;
      const cost =
        ((sizes[a]! + sizes[c]!) * costs[a * n + c]! +
          (sizes[b]! + sizes[c]!) * costs[b * n + c]! -
          sizes[c]! * costs[a * n + b]!) /
        total;
      costs[a * n + c] = costs[c * n + a] = cost;
    }
    sizes[a]! += sizes[b]!;
    sizes[b] = 0;
    for (let i = 0; i < n; i++) if (labels[i] === b) labels[i] = a;
  }
  return renumbered(labels).labels;
}

/** The two clusters that are cheapest to join; those of size 0 are gone. */
function cheapest(costs: Float64Array, sizes: Int32Array): [number, number] {
  const n = sizes.length;
  let best = Infinity;
  let pair: [number, number] = [0, 1];
  for (let a = 0; a < n; a++) {
    if (sizes[a] === 0) continue;
    for (let b = a + 1; b < n; b++)
      if (sizes[b] !== 0 && costs[a * n + b]! < best) {
        best = costs[a * n + b]!;
        pair = [a, b];
      }
  }
  return pair;
}
