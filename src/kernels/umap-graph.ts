import type {Neighbors} from './neighbors.js';
import type {SymmetricGraph} from './symmetric-graph.js';
import {symmetrised} from './symmetric-graph.js';

/** How strongly points belong together, in (0, 1], and the scales of distance that it was measured by. */
export interface FuzzyGraph {
  readonly graph: SymmetricGraph;
  /** Distance of each point to its nearest neighbour that is not at distance 0; 0 if there is none. */
  readonly rho: Float64Array;
  /** Width of the neighbourhood of each point. */
  readonly sigma: Float64Array;
}

/** A width is at least this share of the mean distance to the neighbours. */
const LEAST_WIDTH = 1e-3;
/** Halvings of a bracket of a width: more than its digits. */
const HALVINGS = 100;

/**
 * The fuzzy simplicial set of UMAP (McInnes, Healy and Melville 2018, algorithms 2 and 3): w_ij = exp(-max(0, d_ij - rho_i) / sigma_i)
 * with sigma_i such that the weights of a point's neighbours sum to log2(k); of both directions the fuzzy union
 * w_ij + w_ji - w_ij w_ji.
 *
 * @param k neighbours of each point, itself counted as one of them, so that k - 1 of the table are used; at least 2
 */
export function fuzzyGraph(table: Neighbors, k: number): FuzzyGraph {
  const {n, k: stride, indices, distances} = table;
  const others = k - 1;
  const rho = new Float64Array(n);
  const sigma = new Float64Array(n);
  const weights = new Float64Array(n * others);
  const overall = meanOf(distances, n, others, stride);
  for (let i = 0; i < n; i++) {
    const row = distances.subarray(i * stride, i * stride + others);
    rho[i] = row.find(d => d > 0) ?? 0;
    // The mean has the point itself among its neighbours, as the width has.
    const mean = rho[i]! > 0 ? row.reduce((sum, d) => sum + d, 0) / k : (overall * others) / k;
    const beyond = row.map(d => Math.max(0, d - rho[i]!));
    sigma[i] = Math.max(widthOf(beyond, Math.log2(k)), LEAST_WIDTH * mean);
    for (let t = 0; t < others; t++)
      weights[i * others + t] = beyond[t] === 0 ? 1 : Math.exp(-beyond[t]! / sigma[i]!);
  }
  const graph = symmetrised({n, k: others, stride, indices, weights}, (a, b) => a + b - a * b);
  return {graph, rho, sigma};
}

/** The width at which exp(-d / width) sum to `target`; 0 where they sum to more at any. */
function widthOf(distances: Float64Array, target: number): number {
  const sumAt = (width: number): number =>
    distances.reduce((sum, d) => sum + (d === 0 ? 1 : Math.exp(-d / width)), 0);
  const largest = distances[distances.length - 1]!;
  if (sumAt(0) >= target) return 0;
  let low = 0;
  let high = largest;
  while (sumAt(high) < target) [low, high] = [high, 2 * high];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (sumAt(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function meanOf(distances: Float64Array, n: number, k: number, stride: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let t = 0; t < k; t++) sum += distances[i * stride + t]!;
  return sum / (n * k);
}
