import {fewOf, largestEigenvalues} from './largest-eigenvalues.js';
import type {LargestOptions} from './largest-eigenvalues.js';
import type {Matrix} from './matrix.js';
import {NOISE} from './power-law.js';
import type {Scatter, ScatterOptions} from './scatter.js';
import {scatter} from './scatter.js';
import {fewEnough, leadingEigenvalues, symmetricEigenvalues} from './symmetric-eigenvalues.js';

export interface Spectrum {
  /** `constant`: all rows are equal, or so nearly that the variance is too small for float64; `insufficient`: fewer than two rows. Then there are no values. */
  readonly status: 'ok' | 'constant' | 'insufficient';
  /** All min(rows, cols) eigenvalues of the covariance (ddof 1) that can differ from 0, or the largest; descending, none negative. */
  readonly values: Float64Array;
  /** Sum of the eigenvalues that are left out, if any are. */
  readonly rest?: number;
  /** How many there are above rounding, those that are left out among them; not given if that is not known, or none is left out. */
  readonly usable?: number;
}

/**
 * Eigenvalues of the covariance of the rows, by way of the smaller of the products of the centred rows and columns. The mean is
 * removed in float64. Absolute errors are about 1e-14 of the largest eigenvalue; what is smaller is rounding.
 *
 * @throws E305 if a value is not finite
 */
export async function covarianceSpectrum(x: Matrix, options: ScatterOptions = {}): Promise<Spectrum> {
  return spectrumOf(await scatter(x, options));
}

/** The same of a scatter that is there already. */
export function spectrumOf({status, rows, size, data}: Scatter): Spectrum {
  if (status !== 'ok') return {status, values: new Float64Array(0)};
  const values = symmetricEigenvalues(size, data).map(value => Math.max(0, value / (rows - 1)));
  return values[0]! > 0 ? {status, values} : {status: 'constant', values: new Float64Array(0)};
}

/**
 * The same, of which no more than the first `count` are needed: these alone where that is sooner done, of a large scatter within
 * 1e-10 of each or 2e-16 * size of the largest.
 */
export async function leadingSpectrum(
  scatter: Scatter,
  count: number,
  options: LargestOptions = {},
): Promise<Spectrum> {
  const {status, rows, size, data} = scatter;
  if (status !== 'ok') return spectrumOf(scatter);
  const largest = fewOf(count, size) ? await largestEigenvalues(size, data, count, options) : null;
  if (largest === null && !fewEnough(count, size)) return spectrumOf(scatter);
  const leading = largest === null ? leadingEigenvalues(size, data, count, NOISE) : {values: largest};
  const values = leading.values.map(value => Math.max(0, value / (rows - 1)));
  if (!(values[0]! > 0)) return {status: 'constant', values: new Float64Array(0)};
  let rest = 0;
  for (let i = 0; i < size; i++) rest += data[i * size + i]! / (rows - 1);
  for (const value of values) rest -= value;
  return {status, values, rest: Math.max(0, rest), ...('above' in leading && {usable: leading.above})};
}
