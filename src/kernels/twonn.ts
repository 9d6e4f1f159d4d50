import {gammaQuantile} from './gamma.js';
import type {Neighbors} from './neighbors.js';
import {logP10, pearson} from './pearson.js';
import {dot} from './vector.js';

/**
 * Intrinsic dimension from the ratio mu = r2 / r1 of the distances to the first and second neighbour (Facco, d'Errico,
 * Rodriguez, Laio 2017): mu has the density d mu^(-d-1), so that -log(1 - F(mu)) = d log mu.
 */

/** Distances to the first and to the second neighbour of every point; empty if there are fewer than two neighbours. */
export function firstTwoDistances({n, k, distances}: Neighbors): [r1: Float64Array, r2: Float64Array] {
  const points = k < 2 ? 0 : n;
  return [0, 1].map(rank => Float64Array.from({length: points}, (_, i) => distances[i * k + rank]!)) as [
    Float64Array,
    Float64Array,
  ];
}

/**
 * `ok`; `constant`: every point coincides with its two nearest neighbours, as when all points are identical; `insufficient`: too
 * few points with a finite ratio above 1. Then all estimates are null.
 */
export type TwonnStatus = 'ok' | 'insufficient' | 'constant';

export interface RatioOptions {
  /**
   * `degenerate` leaves out points with r1 = 0 and points with r1 = r2 (Ansuini, Laio, Macke, Zoccolan 2019). `none` leaves
   * out no point: r1 = 0 gives an infinite ratio, which stands last. Default `degenerate`.
   */
  readonly exclude?: 'degenerate' | 'none' | undefined;
}

export interface RegressionOptions extends RatioOptions {
  /** Share of the points, those with the smallest ratios, that the line is fitted to. Default 0.9. */
  readonly fraction?: number | undefined;
  /** Whether the line may miss the origin. Default false. */
  readonly intercept?: boolean | undefined;
  /** Points with the largest ratios that are never fitted, 1 or more: F of the last is 1. Default 2. */
  readonly dropLast?: number | undefined;
  /** F of the i-th of N points, i = 1..N. Default `i/N`. */
  readonly cdf?: 'i/N' | '(i-1)/N' | undefined;
}

export interface RegressionEstimate {
  readonly status: TwonnStatus;
  /** Points given, with r1 = 0, with r1 = r2, left after the exclusion, and fitted. */
  readonly n: number;
  readonly nZero: number;
  readonly nTied: number;
  readonly nValid: number;
  readonly nFit: number;
  /** Slope of the line. */
  readonly dimension: number | null;
  /** Standard error of the slope by least squares: it sees the scatter about the line, not that of the data. Null below three points. */
  readonly standardError: number | null;
  /** Null unless the line may miss the origin. */
  readonly intercept: number | null;
  /** Correlation of the fitted points (centred, also if the line goes through the origin). Null if all ratios are equal. */
  readonly pearson: number | null;
  /** Of the two-sided p-value of the correlation. Null of points exactly on a line. */
  readonly log10P: number | null;
  /** (sum xy)^2 / (sum x^2 sum y^2). */
  readonly r2Uncentred: number | null;
}

/**
 * TwoNN by linear regression of -log(1 - F) on log mu.
 *
 * @param r1 distance of each point to its nearest neighbour
 * @param r2 to its second nearest
 */
export function twonnRegression(
  r1: Float64Array,
  r2: Float64Array,
  {
    fraction = 0.9,
    intercept = false,
    dropLast = 2,
    cdf = 'i/N',
    exclude = 'degenerate',
  }: RegressionOptions = {},
): RegressionEstimate {
  const ratios = logRatios(r1, r2, exclude);
  const {n, nZero, nTied, sorted} = ratios;
  const nValid = sorted.length;
  const nFit = Math.max(0, Math.min(Math.floor(fraction * nValid), nValid - dropLast));
  const none = {n, nZero, nTied, nValid, nFit, dimension: null, standardError: null, intercept: null};
  const nothing = {...none, pearson: null, log10P: null, r2Uncentred: null};
  if (ratios.constant) return {status: 'constant', ...nothing};

  const x = sorted.subarray(0, nFit);
  const shift = cdf === 'i/N' ? 1 : 0;
  const y = Float64Array.from(x, (_, i) => -Math.log1p(-(i + shift) / nValid));
  const xx = dot(x, x);
  if (nFit < 2 || !(xx > 0 && xx < Infinity)) return {status: 'insufficient', ...nothing};

  const r = pearson(x, y);
  if (intercept && r === null) return {status: 'insufficient', ...nothing};
  const line = intercept ? fitLine(x, y) : fitRay(x, y);
  return {
    status: 'ok',
    n,
    nZero,
    nTied,
    nValid,
    nFit,
    dimension: line.slope,
    standardError: line.standardError,
    intercept: line.intercept,
    pearson: r,
    log10P: r === null ? null : finite(logP10(r, nFit)),
    r2Uncentred: dot(x, y) ** 2 / (xx * dot(y, y)),
  };
}

export interface LikelihoodOptions extends RatioOptions {
  /** Shape and rate of the Gamma prior of the Bayesian estimate. Default 2 and 5. */
  readonly prior?: readonly [shape: number, rate: number] | undefined;
  /** Coverage of the interval. Default 0.95. */
  readonly confidence?: number | undefined;
  /** Share of the points, those with the largest ratios, that are left out; 0.01 in the R package intRinsic. Default 0. */
  readonly trim?: number | undefined;
}

export interface LikelihoodEstimate {
  readonly status: TwonnStatus;
  readonly n: number;
  /** Points left after the exclusion and the trimming: N. */
  readonly nValid: number;
  /** N / sum log mu. */
  readonly dimension: number | null;
  /** (N - 1) / sum log mu. */
  readonly unbiased: number | null;
  /** Central confidence interval: quantiles of Gamma(N, 1) / sum log mu. */
  readonly low: number | null;
  readonly high: number | null;
  /** Mean and standard deviation of the posterior Gamma(a + N, b + sum log mu). */
  readonly bayesMean: number | null;
  readonly bayesStd: number | null;
}

/** TwoNN by maximum likelihood, with its exact confidence interval and the Bayesian estimate (Denti, Doimo, Laio, Mira 2022). */
export function twonnLikelihood(
  r1: Float64Array,
  r2: Float64Array,
  {
    exclude = 'degenerate',
    prior: [shape, rate] = [2, 5],
    confidence = 0.95,
    trim = 0,
  }: LikelihoodOptions = {},
): LikelihoodEstimate {
  const {n, sorted: all, constant} = logRatios(r1, r2, exclude);
  const sorted = all.subarray(0, Math.floor((1 - trim) * all.length));
  const nValid = sorted.length;
  const sum = sorted.reduce((total, value) => total + value, 0);
  if (constant || nValid < 2 || !(sum > 0 && sum < Infinity)) {
    const status = constant ? 'constant' : 'insufficient';
    const nothing = {dimension: null, unbiased: null, low: null, high: null, bayesMean: null, bayesStd: null};
    return {status, n, nValid, ...nothing};
  }
  const tail = (1 - confidence) / 2;
  return {
    status: 'ok',
    n,
    nValid,
    dimension: nValid / sum,
    unbiased: (nValid - 1) / sum,
    low: gammaQuantile(nValid, tail) / sum,
    high: gammaQuantile(nValid, 1 - tail) / sum,
    bayesMean: (shape + nValid) / (rate + sum),
    bayesStd: Math.sqrt(shape + nValid) / (rate + sum),
  };
}

/** log mu of the points kept, ascending, and how many were what. */
function logRatios(r1: Float64Array, r2: Float64Array, exclude: 'degenerate' | 'none') {
  const kept: number[] = [];
  let nZero = 0;
  let nTied = 0;
  for (let i = 0; i < r1.length; i++) {
    const first = r1[i]!;
    const second = r2[i]!;
    if (first === 0) nZero++;
    if (first === second) nTied++;
    // 0/0 stands last with the infinite ratios.
    if (exclude === 'none') kept.push(first === 0 ? Infinity : Math.log1p((second - first) / first));
    // The logarithm of a ratio near 1 would lose the digits that their difference has.
    else if (first !== 0 && first !== second) kept.push(Math.log1p((second - first) / first));
  }
  const constant = r1.length > 0 && r2.every(r => r === 0);
  return {n: r1.length, nZero, nTied, constant, sorted: Float64Array.from(kept).sort()};
}

interface Line {
  readonly slope: number;
  readonly intercept: number | null;
  readonly standardError: number | null;
}

/** Least squares through the origin. */
function fitRay(x: Float64Array, y: Float64Array): Line {
  const xx = dot(x, x);
  const slope = dot(x, y) / xx;
  return {slope, intercept: null, standardError: standardError(x, y, slope, 1, xx)};
}

/** Least squares. */
function fitLine(x: Float64Array, y: Float64Array): Line {
  const meanX = mean(x);
  const meanY = mean(y);
  const dx = x.map(value => value - meanX);
  const dy = y.map(value => value - meanY);
  const xx = dot(dx, dx);
  const slope = dot(dx, dy) / xx;
  return {slope, intercept: meanY - slope * meanX, standardError: standardError(dx, dy, slope, 2, xx)};
}

function standardError(
  x: Float64Array,
  y: Float64Array,
  slope: number,
  parameters: number,
  xx: number,
): number | null {
  if (x.length < 3) return null;
  const squares = x.reduce((sum, value, i) => sum + (y[i]! - slope * value) ** 2, 0);
  return Math.sqrt(squares / (x.length - parameters) / xx);
}

/** p is 0, and has no logarithm, of points exactly on a line. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
