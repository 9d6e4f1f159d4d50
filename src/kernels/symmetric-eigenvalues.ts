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
