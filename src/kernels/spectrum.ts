import type {Matrix} from './matrix.js';
import type {Scatter, ScatterOptions} from './scatter.js';
import {scatter} from './scatter.js';
import {symmetricEigenvalues} from './symmetric-eigenvalues.js';

export interface Spectrum {
  /** `constant`: all rows are equal; `insufficient`: fewer than two rows. Then there are no values. */
  readonly status: 'ok' | 'constant' | 'insufficient';
  /** All min(rows, cols) eigenvalues of the covariance (ddof 1) that can differ from 0, descending, none negative. */
  readonly values: Float64Array;
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
  return {status, values: symmetricEigenvalues(size, data).map(value => Math.max(0, value / (rows - 1)))};
}
