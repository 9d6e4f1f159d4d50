import {barnesHut} from './barnes-hut.js';
import {pause} from './pause.js';
import type {SymmetricGraph} from './symmetric-graph.js';
import type {Repulsion} from './tsne-repulsion.js';
import {exactRepulsion} from './tsne-repulsion.js';

export interface TsneOptions {
  /** Steps of the descent, those under early exaggeration among them. */
  readonly iterations: number;
  readonly learningRate: number;
  /** Factor of the attraction during the first `exaggerationIterations` steps. */
  readonly earlyExaggeration: number;
  readonly exaggerationIterations: number;
  /** Error of the Barnes-Hut approximation; 0 computes all pairs. */
  readonly theta: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface TsneView {
  /** The points, x before y of each. */
  readonly y: Float64Array;
  /** Kullback-Leibler divergence of the joint probabilities in the plane from those in the data, in nats. */
  readonly divergence: number;
}

const MOMENTUM = {early: 0.5, late: 0.8} as const;
const GAIN = {step: 0.2, decay: 0.8, least: 0.01} as const;

/**
 * t-SNE (van der Maaten and Hinton 2008): moves points of the plane by gradient descent with momentum and a gain for each coordinate
 * (Jacobs 1988), so that their pairs are as likely as those of the data.
 *
 * @param affinities joint probabilities p_ij
 * @param start the points before the first step, x before y of each
 */
export async function tsne(
  affinities: SymmetricGraph,
  start: Float64Array,
  options: TsneOptions,
): Promise<TsneView> {
  const {iterations, learningRate, earlyExaggeration, exaggerationIterations, signal, onProgress} = options;
  const repulsion = options.theta === 0 ? exactRepulsion : barnesHut(affinities.n, options.theta);
  const y = start.slice();
  const update = new Float64Array(y.length);
  const gains = new Float64Array(y.length).fill(1);
  for (let step = 0; step < iterations; step++) {
    await pause(signal);
    onProgress?.(step, iterations);
    const early = step < exaggerationIterations;
    const momentum = early ? MOMENTUM.early : MOMENTUM.late;
    const {gradient} = tsneGradient(affinities, y, repulsion, early ? earlyExaggeration : 1);
    for (let c = 0; c < y.length; c++) {
      const slope = gradient[c]!;
      const gain = update[c]! * slope < 0 ? gains[c]! + GAIN.step : gains[c]! * GAIN.decay;
      gains[c] = Math.max(gain, GAIN.least);
      update[c] = momentum * update[c]! - learningRate * gains[c]! * slope;
      y[c]! += update[c]!;
    }
  }
  return {y, divergence: divergence(affinities, y, repulsion)};
}

/**
 * 4 sum over j of (exaggeration p_ij - q_ij) (y_i - y_j) / (1 + d_ij^2), q_ij being proportional to (1 + d_ij^2)^-1 (van der Maaten and
 * Hinton 2008, eq. 5).
 *
 * @returns the gradient, and the sum of (1 + d_ij^2)^-1 over all ordered pairs
 */
export function tsneGradient(
  {n, starts, ends, weights}: SymmetricGraph,
  y: Float64Array,
  repulsion: Repulsion = exactRepulsion,
  exaggeration = 1,
): {gradient: Float64Array; normaliser: number} {
  const gradient = new Float64Array(2 * n);
  const normaliser = repulsion(y, gradient);
  const share = normaliser > 0 ? -4 / normaliser : 0;
  for (let c = 0; c < gradient.length; c++) gradient[c]! *= share;
  for (let i = 0; i < n; i++) {
    const px = y[2 * i]!;
    const py = y[2 * i + 1]!;
    let fx = 0;
    let fy = 0;
    for (let e = starts[i]!; e < starts[i + 1]!; e++) {
      const j = 2 * ends[e]!;
      const dx = px - y[j]!;
      const dy = py - y[j + 1]!;
      const pull = (4 * exaggeration * weights[e]!) / (1 + dx * dx + dy * dy);
      fx += pull * dx;
      fy += pull * dy;
      gradient[j]! -= pull * dx;
      gradient[j + 1]! -= pull * dy;
    }
    gradient[2 * i]! += fx;
    gradient[2 * i + 1]! += fy;
  }
  return {gradient, normaliser};
}

/** sum over all ordered pairs of p_ij log(p_ij / q_ij), in nats; at most rounding below 0. */
export function divergence(
  {n, starts, ends, weights}: SymmetricGraph,
  y: Float64Array,
  repulsion: Repulsion = exactRepulsion,
): number {
  const normaliser = repulsion(y, new Float64Array(2 * n));
  let sum = 0;
  for (let i = 0; i < n; i++)
    for (let e = starts[i]!; e < starts[i + 1]!; e++) {
      const j = 2 * ends[e]!;
      const square = (y[2 * i]! - y[j]!) ** 2 + (y[2 * i + 1]! - y[j + 1]!) ** 2;
      sum += weights[e]! * Math.log(weights[e]! * (1 + square) * normaliser);
    }
  return 2 * sum;
}
