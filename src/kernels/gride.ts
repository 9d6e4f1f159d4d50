import type {Neighbors} from './neighbors.js';

/**
 * Intrinsic dimension from the ratio mu = r_n2 / r_n1 of the distances to the n1-th and n2-th neighbour (Denti, Doimo, Laio, Mira
 * 2022, "Gride"): its log density is log d + (n2 - n1 - 1) log(mu^d - 1) - ((n2 - 1) d + 1) log mu - log B(n2 - n1, n1). With
 * n2 = 2 n1 doubled from scale to scale the dimension is had at growing distances without leaving out points.
 */

/** Below this 1 - mu^-d is taken for it: ratios so near 1 are ties. */
const TIE = 2e-7;
/** What a tie is taken to be apart, relative to the distance. */
const NUDGE = 10 * Number.EPSILON;

export interface GrideEstimate {
  /** `constant`: every point coincides with its n2 nearest; `insufficient`: fewer than two ratios, or none above 1. Then the numbers are null. */
  readonly status: 'ok' | 'constant' | 'insufficient';
  readonly n1: number;
  readonly n2: number;
  /** Maximum of the likelihood, with N - 1 in place of N. */
  readonly dimension: number | null;
  /** 1 / sqrt of the Fisher information at the maximum. */
  readonly error: number | null;
  /** Mean distance to the n1-th and n2-th neighbour. */
  readonly scale: number | null;
  /** Points whose ratio was used. */
  readonly nValid: number;
}

export interface GrideOptions {
  /** The farthest neighbour used. Default 64. */
  readonly rangeMax?: number | undefined;
  /** Ratios from q50 + this (q95 - q50) on are left out, by the quantiles of all ratios; null leaves out none. Default 20. */
  readonly outliers?: number | null | undefined;
}

/**
 * The dimension at the scales n1 = 1, 2, 4 ..., n2 = 2 n1, as far as the neighbours reach. Points with r_n1 = 0 are left out.
 *
 * @param table at least `rangeMax` neighbours, or all there are
 * @returns one estimate per scale; none for fewer than three points
 */
export function gride(table: Neighbors, {rangeMax = 64, outliers = 20}: GrideOptions = {}): GrideEstimate[] {
  const estimates: GrideEstimate[] = [];
  for (let n1 = 1; 2 * n1 <= Math.min(rangeMax, table.k); n1 *= 2)
    estimates.push(atScale(table, n1, 2 * n1, outliers));
  return estimates;
}

function atScale(
  {n, k, distances}: Neighbors,
  n1: number,
  n2: number,
  outliers: number | null,
): GrideEstimate {
  /** mu - 1, whose digits the logarithm of a ratio near 1 would lose. */
  const excesses: number[] = [];
  let sum = 0;
  let apart = false;
  for (let i = 0; i < n; i++) {
    const near = distances[i * k + n1 - 1]!;
    const far = distances[i * k + n2 - 1]!;
    sum += near + far;
    apart ||= far > 0;
    if (near > 0) excesses.push((far - near) / near);
  }
  const kept = outliers === null ? excesses : withoutOutliers(excesses, outliers);
  const nValid = kept.length;
  if (nValid < 2 || kept.every(excess => excess === 0)) {
    const status = apart ? 'insufficient' : 'constant';
    return {status, n1, n2, dimension: null, error: null, scale: null, nValid};
  }
  const logs = Float64Array.from(kept, excess => Math.log1p(excess === 0 ? NUDGE : excess));
  const dimension = mostLikely(logs, n1, n2);
  const error = 1 / Math.sqrt(information(logs, n1, n2, dimension));
  return {status: 'ok', n1, n2, dimension, error, scale: sum / (2 * n), nValid};
}

/** The root of the derivative of the log likelihood, which falls from infinity to below 0. */
function mostLikely(logs: Float64Array, n1: number, n2: number): number {
  const total = logs.reduce((sum, log) => sum + log, 0);
  const derivative = (d: number): number => {
    let pull = 0;
    if (n2 - n1 > 1) for (const log of logs) pull += log / Math.max(TIE, -Math.expm1(-d * log));
    return (logs.length - 1) / d + (n2 - n1 - 1) * pull - (n2 - 1) * total;
  };
  let low = (logs.length - 1) / total;
  let high = low;
  while (derivative(low) < 0) low /= 2;
  while (derivative(high) > 0) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (high - low <= 1e-12 * high) return middle;
    if (derivative(middle) > 0) low = middle;
    else high = middle;
  }
}

/** Fisher information: N / d^2 + (n2 - n1 - 1) sum (log mu / (1 - mu^-d))^2 mu^-d. */
function information(logs: Float64Array, n1: number, n2: number, d: number): number {
  const sum = logs.reduce(
    (total, log) => total + (log / Math.max(TIE, -Math.expm1(-d * log))) ** 2 * Math.exp(-d * log),
    0,
  );
  return logs.length / (d * d) + (n2 - n1 - 1) * sum;
}

function withoutOutliers(excesses: readonly number[], factor: number): readonly number[] {
  const sorted = Float64Array.from(excesses).sort();
  const middle = quantile(sorted, 0.5);
  const limit = middle + factor * (quantile(sorted, 0.95) - middle);
  // Where nearly all ratios are equal the limit is one of them.
  return limit === middle ? excesses : excesses.filter(excess => excess < limit);
}

/** Linear between the ranks. */
function quantile(sorted: Float64Array, q: number): number {
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const value = sorted[below] ?? NaN;
  return at === below ? value : value + (at - below) * (sorted[below + 1]! - value);
}
