import {distancesTo} from './distance.js';
import type {Matrix} from './matrix.js';
import type {Neighbors} from './neighbors.js';
import {range} from './range.js';
import type {SymmetricGraph} from './symmetric-graph.js';
import {symmetrised} from './symmetric-graph.js';

/** Joint probabilities p_ij of pairs of points: each pair once; those of all ordered pairs sum to 1. */
export interface Affinities {
  readonly graph: SymmetricGraph;
  /** 1 / (2 sigma_i^2) of every point; 0 where all its neighbours are at distance 0. */
  readonly betas: Float64Array;
}

/** Error of the entropy, in nats. */
const TOLERANCE = 1e-13;
/** Steps in search of a width: each halves the bracket at least, or doubles beta while there is none. */
const MOST_STEPS = 200;

/**
 * Joint probabilities of t-SNE from the `k` nearest neighbours of every point (van der Maaten and Hinton 2008, eq. 1 and section 3.1; the
 * neighbours: van der Maaten 2014, section 4.1): p_j|i is normal around point i with the width at which the
 * perplexity, exp of the entropy, is the one asked for, and p_ij = (p_j|i + p_i|j) / 2n.
 *
 * @param perplexity from 1 to below k. Where more neighbours than that are at one smallest distance, they share all probability
 */
export function neighborAffinities(table: Neighbors, k: number, perplexity: number): Affinities {
  const {n, k: stride, indices, distances} = table;
  const weights = new Float64Array(n * k);
  const betas = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = distances.subarray(i * stride, i * stride + k);
    betas[i] = conditional(row, perplexity, weights.subarray(i * k, (i + 1) * k));
  }
  const graph = symmetrised({n, k, stride, indices, weights}, (forth, back) => (forth + back) / (2 * n));
  return {graph, betas};
}

/** As `neighborAffinities`, with all other points as neighbours. Memory goes with the square of the points: for few of them. */
export function exactAffinities(x: Matrix, perplexity: number): Affinities {
  const {rows: n, cols, data} = x;
  const k = n - 1;
  const indices = new Int32Array(n * k);
  const distances = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    const others = indices.subarray(i * k, (i + 1) * k);
    others.set(range(0, i));
    others.set(range(i + 1, n), i);
    distancesTo(data, cols, i, others, k, distances.subarray(i * k, (i + 1) * k));
  }
  return neighborAffinities({n, k, indices, distances}, k, perplexity);
}

/**
 * Probabilities that go with exp(-beta d^2), with the beta at which their entropy is log(perplexity); by Newton's method within
 * a bracket.
 *
 * @returns beta
 */
function conditional(distances: Float64Array, perplexity: number, weights: Float64Array): number {
  const target = Math.log(perplexity);
  let smallest = Infinity;
  let largest = 0;
  for (const d of distances) {
    smallest = Math.min(smallest, d);
    largest = Math.max(largest, d);
  }
  if (largest === 0) {
    weights.fill(1 / weights.length);
    return 0;
  }
  // Relative to the largest, and less the smallest, no square or exponential overflows.
  const least = (smallest / largest) ** 2;
  const squares = distances.map(d => (d / largest) ** 2 - least);
  let beta = 1;
  let low = 0;
  let high = Infinity;
  let sum = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    sum = 0;
    let first = 0;
    let second = 0;
    for (let t = 0; t < squares.length; t++) {
      const square = squares[t]!;
      const weight = Math.exp(-beta * square);
      weights[t] = weight;
      sum += weight;
      first += weight * square;
      second += weight * square * square;
    }
    const mean = first / sum;
    const excess = Math.log(sum) + beta * mean - target;
    // If only points at the smallest distance have any weight left, no width has a smaller entropy.
    if (Math.abs(excess) <= TOLERANCE || (excess > 0 && mean === 0)) break;
    if (excess > 0) low = beta;
    else high = beta;
    // The entropy changes by -beta Var(d^2).
    const next = beta + excess / (beta * (second / sum - mean * mean));
    beta = next > low && next < high ? next : high === Infinity ? 2 * beta : (low + high) / 2;
  }
  for (let t = 0; t < weights.length; t++) weights[t]! /= sum;
  return beta / largest / largest;
}
