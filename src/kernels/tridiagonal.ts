import {largestAbsolute} from './vector.js';

/**
 * Eigenvalues of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift (Golub and Van Loan, Matrix
 * Computations, 2013, section 8.3).
 *
 * @param diagonal n numbers; replaced by the eigenvalues, in no order
 * @param off n numbers, `off[i]` stands between i and i + 1, the last is not used; destroyed
 * @param basis n vectors of equal length, one after another: the columns of any matrix; replaced by those of its product with the
 * matrix of eigenvectors, in the order of the eigenvalues. Of the unit matrix these are the eigenvectors
 */
export function tridiagonalEigen(diagonal: Float64Array, off: Float64Array, basis: Float64Array): void {
  const n = diagonal.length;
  const width = basis.length / n;
  off[n - 1] = 0;
  // Far below the rounding of the largest eigenvalue, and far above the numbers whose own rounding would keep it from an end.
  const least = 2 ** -100 * Math.max(largestAbsolute(diagonal), largestAbsolute(off));
  for (let l = 0; l < n; l++) {
    for (let m = split(l); m !== l; m = split(l)) {
      const half = (diagonal[l + 1]! - diagonal[l]!) / (2 * off[l]!);
      let g = diagonal[m]! - diagonal[l]! + off[l]! / (half + Math.sign(half || 1) * Math.hypot(half, 1));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * off[i]!;
        const b = c * off[i]!;
        const r = Math.hypot(f, g);
        off[i + 1] = r;
        if (r === 0) break;
        s = f / r;
        c = g / r;
        g = diagonal[i + 1]! - p;
        const t = (diagonal[i]! - g) * s + 2 * c * b;
        p = s * t;
        diagonal[i + 1] = g + p;
        g = c * t - b;
        for (let at = i * width, next = at + width, end = next; at < end; at++, next++) {
          const y = basis[at]!;
          const z = basis[next]!;
          basis[next] = s * y + c * z;
          basis[at] = c * y - s * z;
        }
      }
      diagonal[i < l ? l : i + 1]! -= p;
      if (i < l) off[l] = g;
      off[m] = 0;
    }
  }

  /** The first place from `l` on where the matrix falls apart. */
  function split(l: number): number {
    let m = l;
    for (; m < n - 1; m++) {
      const scale = Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!);
      if (Math.abs(off[m]!) <= Number.EPSILON * Math.max(scale, least)) break;
    }
    return m;
  }
}
