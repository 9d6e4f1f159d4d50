import {largestAbsolute} from './vector.js';

/**
 * Eigenvalues of a symmetric tridiagonal matrix by the QL method without square roots, on the squares of what is beside the
 * diagonal (Pal, Walker and Kahan; Parlett, The Symmetric Eigenvalue Problem, 1980, section 8.15). Each is within a few roundings of
 * the largest.
 *
 * @param diagonal n numbers; replaced by the eigenvalues, in no order
 * @param off n numbers, `off[i]` stands between i and i + 1, the last is not used; destroyed
 */
export function tridiagonalEigenvalues(diagonal: Float64Array, off: Float64Array): void {
  const n = diagonal.length;
  // Far below the rounding of the largest eigenvalue, and far above the numbers whose own rounding would keep it from an end.
  const least = 2 ** -100 * Math.max(largestAbsolute(diagonal), largestAbsolute(off.subarray(0, n - 1)));
  const squares = off;
  for (let i = 0; i < n - 1; i++) squares[i] = off[i]! * off[i]!;
  for (let l = 0; l < n; l++) {
    for (let m = split(l); m !== l; m = split(l)) {
      // Wilkinson's shift: the eigenvalue of the leading 2 x 2 that is nearer to its first entry.
      const root = Math.sqrt(squares[l]!);
      const half = (diagonal[l + 1]! - diagonal[l]!) / (2 * root);
      const shift = diagonal[l]! - root / (half + Math.sign(half || 1) * Math.hypot(half, 1));
      let c = 1;
      let s = 0;
      let gamma = diagonal[m]! - shift;
      let p = gamma * gamma;
      for (let i = m - 1; i >= l; i--) {
        const square = squares[i]!;
        const r = p + square;
        if (i < m - 1) squares[i + 1] = s * r;
        const before = c;
        c = p / r;
        s = square / r;
        const old = gamma;
        gamma = c * (diagonal[i]! - shift) - s * old;
        diagonal[i + 1] = old + (diagonal[i]! - gamma);
        p = c === 0 ? before * square : (gamma * gamma) / c;
      }
      squares[l] = s * p;
      diagonal[l] = shift + gamma;
    }
  }

  /** The first place from `l` on where the matrix falls apart; what is beside the diagonal there is set to 0. */
  function split(l: number): number {
    let m = l;
    for (; m < n - 1; m++) {
      const scale = Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!);
      if (squares[m]! > (Number.EPSILON * Math.max(scale, least)) ** 2) continue;
      squares[m] = 0;
      break;
    }
    return m;
  }
}
