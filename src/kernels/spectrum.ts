import {requireFinite} from './finite.js';
import {smallerGram} from './gram.js';
import {columnMeans, isConstant} from './matrix.js';
import type {Matrix} from './matrix.js';
import {standardised} from './standardised.js';
import {symmetricEigenvalues} from './symmetric-eigenvalues.js';

export interface Spectrum {
  /** `constant`: all rows are equal, or so nearly that the variance is too small for float64; `insufficient`: fewer than two rows. Then there are no values. */
  readonly status: 'ok' | 'constant' | 'insufficient';
  /** All min(rows, cols) eigenvalues of the covariance (ddof 1) that can differ from 0, descending, none negative. */
  readonly values: Float64Array;
}

export interface SpectrumOptions {
  /** Whether every column is divided by its standard deviation (ddof 0) first; a constant one becomes 0. Default false. */
  readonly standardise?: boolean | undefined;
  /** Threads of the products. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/**
 * Eigenvalues of the covariance of the rows, by way of the smaller of the products of the centred rows and columns. The mean is
 * removed in float64. Absolute errors are about 1e-14 of the largest eigenvalue; what is smaller is rounding.
 *
 * @throws E305 if a value is not finite
 */
export async function covarianceSpectrum(
  x: Matrix,
  {standardise = false, threads}: SpectrumOptions = {},
): Promise<Spectrum> {
  requireFinite(x);
  if (x.rows < 2) return {status: 'insufficient', values: new Float64Array(0)};
  if (isConstant(x)) return {status: 'constant', values: new Float64Array(0)};
  const used = standardise ? standardised(x) : x;
  const {size, data} = await smallerGram(used, columnMeans(used), threads);
  const freedom = x.rows - 1;
  const values = symmetricEigenvalues(size, data).map(value => Math.max(0, value / freedom));
  return values[0]! > 0 ? {status: 'ok', values} : {status: 'constant', values: new Float64Array(0)};
}
