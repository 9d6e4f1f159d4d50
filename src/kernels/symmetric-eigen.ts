import {inverseIteration} from './inverse-iteration.js';
import {Reflections} from './reflections.js';
import {tridiagonalEigen} from './tridiagonal.js';
import {tridiagonalEigenvalues} from './tridiagonal-eigenvalues.js';
import type {Tridiagonal} from './tridiagonalise.js';
import {tridiagonalise} from './tridiagonalise.js';

/** Up to this share of the vectors inverse iteration is sooner done than QL, which has all of them. */
const FEW = 0.5;

export interface Eigen {
  /** All, descending. */
  readonly values: Float64Array;
  /**
   * Unit vectors of the first so many values, one after another. The sign of each is arbitrary, and so is which vectors stand for
   * equal values.
   */
  readonly vectors: (count: number) => Float64Array;
}

/**
 * Eigenvalues of a symmetric matrix, and eigenvectors of as many of the largest as are asked for: Householder's reduction, QL, and for
 * few vectors inverse iteration, in float64 (Golub and Van Loan, Matrix Computations, 2013, section 8.3; Peters and Wilkinson 1971).
 * The reduction takes 4/3 size^3 operations, a few vectors 2 size^2 each, all of them about 8 size^3.
 *
 * Errors of the values, and residuals |A v - value v|, are within a few times size * 1e-16 of the value that is farthest from 0;
 * products of the vectors differ no more from 0 and 1.
 *
 * @param matrix finite, row-major, size x size; only the lower triangle is read
 */
export function symmetricEigen(size: number, matrix: Float64Array): Eigen {
  const reflections = new Reflections();
  const tridiagonal = tridiagonalise(size, matrix, reflections.add);
  const {diagonal, off, scale} = tridiagonal;
  const values = diagonal.slice();
  tridiagonalEigenvalues(values, off.slice());
  values.sort().reverse();
  return {
    values: values.map(value => value * scale),
    vectors(count) {
      const vectors =
        count <= FEW * size
          ? inverseIteration(diagonal, off, values.subarray(0, count))
          : allVectors(tridiagonal).slice(0, count * size);
      for (let i = 0; i < vectors.length; i += size) reflections.apply(vectors.subarray(i, i + size));
      return vectors;
    },
  };
}

/** Eigenvectors of the tridiagonal matrix, one after another, those of the largest values first. */
function allVectors({diagonal, off}: Tridiagonal): Float64Array {
  const size = diagonal.length;
  const values = diagonal.slice();
  const basis = new Float64Array(size * size);
  for (let i = 0; i < size; i++) basis[i * size + i] = 1;
  tridiagonalEigen(values, off.slice(), basis);
  const order = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => vectors.set(basis.subarray(from * size, (from + 1) * size), to * size));
  return vectors;
}
