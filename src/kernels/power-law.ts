/** How eigenvalues decay with their rank: lambda_n ~ n^-alpha, ranks counted from 1. */

/** Eigenvalues up to this share of the largest are rounding, whose logarithm means nothing. */
export const NOISE = 1e-12;

/**
 * `weighted`: least squares of log lambda on log n with the weights 1/n, so that every octave of ranks counts about alike
 * (Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019); `unweighted`: without; `robust`: median of the slopes of unweighted
 * lines over windows that start at every rank of the range and reach a tenth of it further, beyond its end too (released with Agrawal,
 * Mondal, Ghosh, Richards 2022).
 */
export type PowerLawFit = 'weighted' | 'unweighted' | 'robust';

export interface PowerLaw {
  /** `insufficient`: fewer than three eigenvalues of the range are above rounding. Then the numbers are null. */
  readonly status: 'ok' | 'insufficient';
  readonly alpha: number | null;
  /** log lambda of the line at rank 1. */
  readonly intercept: number | null;
  /** Share of the variance of log lambda over the ranks fitted that the line explains; below 0 if it is worse than their mean. */
  readonly r2: number | null;
  /** Of alpha, by least squares: it sees the scatter about the line. Null of a robust fit. */
  readonly standardError: number | null;
  /** The ranks fitted, both included: the range asked for, less what is rounding. */
  readonly first: number;
  readonly last: number;
}

/**
 * Fits a power law to eigenvalues.
 *
 * @param values descending, not negative
 * @param range ranks of the first and the last to fit
 */
export function fitPowerLaw(
  values: Float64Array,
  [first, to]: readonly [first: number, last: number],
  fit: PowerLawFit = 'weighted',
): PowerLaw {
  const usable = countUsable(values);
  const last = Math.min(to, usable);
  if (last - first < 2) {
    const nothing = {alpha: null, intercept: null, r2: null, standardError: null};
    return {status: 'insufficient', ...nothing, first, last: Math.max(first, last)};
  }
  const line =
    fit === 'robust'
      ? windowedLine(values, first, last, usable)
      : fitLine(values, first, last, fit === 'weighted' ? rank => 1 / rank : () => 1);
  return {status: 'ok', ...line, r2: explained(values, line, first, last), first, last};
}

/** How many eigenvalues, from the first on, are above rounding. */
export function countUsable(values: Float64Array): number {
  const end = values.findIndex(value => value <= NOISE * values[0]!);
  return end < 0 ? values.length : end;
}

interface Line {
  readonly alpha: number;
  readonly intercept: number;
  readonly standardError: number | null;
}

/** R^2 of log lambda over some ranks, both included, by a given line. Null if they are all equal. */
export function explained(
  values: Float64Array,
  {alpha, intercept}: {readonly alpha: number; readonly intercept: number},
  first: number,
  last: number,
): number | null {
  if (values[first - 1] === values[last - 1]) return null;
  let mean = 0;
  for (let n = first; n <= last; n++) mean += Math.log(values[n - 1]!) / (last - first + 1);
  let residual = 0;
  let total = 0;
  for (let n = first; n <= last; n++) {
    const y = Math.log(values[n - 1]!);
    residual += (y - intercept + alpha * Math.log(n)) ** 2;
    total += (y - mean) ** 2;
  }
  return 1 - residual / total;
}

/** Weighted least squares of log lambda on log n over the ranks from `first` to `last`. */
function fitLine(values: Float64Array, first: number, last: number, weight: (rank: number) => number): Line {
  let total = 0;
  let meanX = 0;
  let meanY = 0;
  for (let n = first; n <= last; n++) {
    const w = weight(n);
    total += w;
    meanX += w * Math.log(n);
    meanY += w * Math.log(values[n - 1]!);
  }
  meanX /= total;
  meanY /= total;
  let xx = 0;
  let xy = 0;
  for (let n = first; n <= last; n++) {
    const x = Math.log(n) - meanX;
    xx += weight(n) * x * x;
    xy += weight(n) * x * (Math.log(values[n - 1]!) - meanY);
  }
  const alpha = -xy / xx;
  const intercept = meanY + alpha * meanX;
  let squares = 0;
  for (let n = first; n <= last; n++)
    squares += weight(n) * (Math.log(values[n - 1]!) - intercept + alpha * Math.log(n)) ** 2;
  const freedom = last - first - 1;
  return {alpha, intercept, standardError: freedom > 0 ? Math.sqrt(squares / freedom / xx) : null};
}

/** How many ranks a window of the robust fit reaches from its first. */
export const robustReach = (first: number, last: number): number =>
  Math.max(1, Math.floor((last - first) / 10));

/** The median of the slopes of the windows, and of what the eigenvalues are above such a line through rank 1. */
function windowedLine(values: Float64Array, first: number, last: number, usable: number): Line {
  const reach = robustReach(first, last);
  const slopes: number[] = [];
  for (let start = first; start <= last && start + reach <= usable; start++)
    slopes.push(fitLine(values, start, start + reach, () => 1).alpha);
  const alpha = median(slopes);
  const offsets = Array.from({length: last - first + 1}, (_, i) => {
    const rank = first + i;
    return Math.log(values[rank - 1]!) + alpha * Math.log(rank);
  });
  return {alpha, intercept: median(offsets), standardError: null};
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
