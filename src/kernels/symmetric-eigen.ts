import {tridiagonalEigen} from './tridiagonal.js';
import {tridiagonalise} from './tridiagonalise.js';

export interface Eigen {
  /** Descending. */
  readonly values: Float64Array;
  /** Unit vectors, one after another, in the order of the values. The sign of each is arbitrary. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder's reduction and implicit QL, in float64.
 *
 * @param matrix finite, row-major, size x size; only the lower triangle is read
 */
export function symmetricEigen(size: number, matrix: Float64Array): Eigen {
  const reflections: {v: Float64Array; tau: number}[] = [];
  const {diagonal, off, scale} = tridiagonalise(size, matrix, (v, tau) =>
    reflections.push({v: v.slice(), tau}),
  );
  const basis = new Float64Array(size * size);
  for (let i = 0; i < size; i++) basis[i * size + i] = 1;
  tridiagonalEigen(diagonal, off, basis);

  reflections.reverse();
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]!);
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => {
    const vector = vectors.subarray(to * size, (to + 1) * size);
    vector.set(basis.subarray(from * size, (from + 1) * size));
    for (const {v, tau} of reflections) {
      let along = 0;
      for (let i = 0; i < v.length; i++) along += v[i]! * vector[i]!;
      along *= tau;
      for (let i = 0; i < v.length; i++) vector[i]! -= along * v[i]!;
    }
  });
  return {values: Float64Array.from(order, at => diagonal[at]! * scale), vectors};
}
