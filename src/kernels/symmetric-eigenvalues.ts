import {largestByBisection} from './tridiagonal-bisection.js';
import {tridiagonalEigenvalues} from './tridiagonal-eigenvalues.js';
import {tridiagonalise} from './tridiagonalise.js';

/**
 * All eigenvalues of a symmetric matrix, descending: Householder's reduction and the QL method, in float64. Each is within a few
 * times size * 1e-16 of the largest in absolute value, so that the small ones of a wide spectrum are rounding.
 *
 * @param matrix finite, row-major, size x size; only the lower triangle is read
 */
export function symmetricEigenvalues(size: number, matrix: Float64Array): Float64Array {
  const {diagonal, off, scale} = tridiagonalise(size, matrix);
  tridiagonalEigenvalues(diagonal, off);
  return diagonal
    .sort()
    .reverse()
    .map(value => value * scale);
}

/** Share of the eigenvalues up to which bisection finds them sooner than the QL method finds all. */
const FEW = 1 / 3;

export interface Leading {
  /** Descending. */
  readonly values: Float64Array;
  /** How many of all eigenvalues have at least the share of the largest that was asked for. */
  readonly above: number;
}

/** Whether `leadingEigenvalues` is cheaper than all eigenvalues are. */
export const fewEnough = (count: number, size: number): boolean => count <= FEW * size;

/**
 * The largest `count` eigenvalues, as `symmetricEigenvalues` gives them, and how many there are of at least the share `least` of the
 * largest.
 */
export function leadingEigenvalues(
  size: number,
  matrix: Float64Array,
  count: number,
  least: number,
): Leading {
  const {diagonal, off, scale} = tridiagonalise(size, matrix);
  const {values, above} = largestByBisection(diagonal, off, count, least);
  return {values: values.map(value => value * scale), above};
}
