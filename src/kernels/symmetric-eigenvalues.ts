import {tridiagonalEigen} from './tridiagonal.js';
import {emptyBand, tridiagonalise} from './tridiagonalise.js';
import {largestAbsolute} from './vector.js';

/**
 * All eigenvalues of a symmetric matrix, descending: Householder's reduction and implicit QL, in float64. Each is within a few
 * times size * 1e-16 of the largest in absolute value, so that the small ones of a wide spectrum are rounding.
 *
 * @param matrix finite, row-major, size x size; only the lower triangle is read
 */
export function symmetricEigenvalues(size: number, matrix: Float64Array): Float64Array {
  const {diagonal, off, scale} = reduced(size, matrix);
  tridiagonalEigen(diagonal, off, new Float64Array(size));
  return diagonal
    .sort()
    .reverse()
    .map(value => value * scale);
}

/** The tridiagonal matrix whose eigenvalues times `scale` are those of a symmetric one; for `reflected` see `tridiagonalise`. */
export function reduced(
  size: number,
  matrix: Float64Array,
  reflected?: (start: number, v: Float64Array, tau: number) => void,
): {diagonal: Float64Array; off: Float64Array; scale: number} {
  // Squares of the entries must neither overflow nor vanish; a power of two rounds nothing.
  const scale = 2 ** Math.floor(Math.log2(largestAbsolute(matrix) || 1));
  const bandwidth = Math.max(1, size - 1);
  const band = emptyBand(size, bandwidth);
  for (let r = 0; r < size; r++) {
    const to = (r + 1) * 2 * bandwidth;
    for (let c = 0; c <= r; c++) band.data[to + c] = matrix[r * size + c]! / scale;
  }
  return {...tridiagonalise(band, reflected), scale};
}
