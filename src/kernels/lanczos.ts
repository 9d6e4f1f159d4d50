import {tridiagonalEigen} from './tridiagonal.js';
import {addScaled, dot} from './vector.js';

/** Residual at which an eigenvalue counts as found, relative to it: the eigenvalue is at least as accurate. */
const TOLERANCE = 1e-12;

/**
 * Largest eigenvalue of a positive semidefinite symmetric matrix by the Lanczos method with full reorthogonalisation (Golub
 * and Van Loan, Matrix Computations, 2013, section 10.3), from a fixed start. The residual of the Ritz pair bounds the error.
 *
 * @param size rows of the matrix
 * @param multiply its product with a vector
 */
export async function largestEigenvalue(
  size: number,
  multiply: (vector: Float64Array) => Float64Array | Promise<Float64Array>,
): Promise<number> {
  const basis = [startVector(size)];
  const diagonal: number[] = [];
  const off: number[] = [];
  for (let next = 4; ;) {
    const v = basis[basis.length - 1]!;
    const w = await multiply(v);
    diagonal.push(dot(v, w));
    // Twice is enough (Giraud, Langou, Rozloznik 2005).
    for (let pass = 0; pass < 2; pass++) for (const q of basis) addScaled(w, q, -dot(w, q));
    const norm = Math.sqrt(dot(w, w));
    off.push(norm);
    const steps = diagonal.length;
    if (steps === size || steps === next || norm <= Number.EPSILON * Math.max(...diagonal)) {
      const {value, residual} = largestRitz(diagonal, off);
      if (steps === size || residual <= TOLERANCE * value) return Math.max(0, value);
      next = Math.ceil(steps * 1.25);
    }
    basis.push(w.map(x => x / norm));
  }
}

/** The largest eigenvalue of the tridiagonal matrix, and the residual in the whole space. */
function largestRitz(diagonal: readonly number[], off: readonly number[]): {value: number; residual: number} {
  const n = diagonal.length;
  const values = Float64Array.from(diagonal);
  const last = new Float64Array(n);
  last[n - 1] = 1;
  tridiagonalEigen(values, Float64Array.from(off), last);
  const best = values.indexOf(Math.max(...values));
  return {value: values[best]!, residual: off[n - 1]! * Math.abs(last[best]!)};
}

/** A unit vector that no structure of the data has a reason to be orthogonal to: fractional parts of multiples of sqrt(2). */
function startVector(size: number): Float64Array {
  const v = Float64Array.from({length: size}, (_, i) => ((i + 1) * Math.SQRT2) % 1);
  const norm = Math.sqrt(dot(v, v));
  return v.map(x => x / norm);
}
