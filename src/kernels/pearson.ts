import {logIncompleteBeta} from './incomplete-beta.js';

/** Pearson's correlation coefficient of two columns of equal length; null if either is constant or shorter than 2. */
export function pearson(x: Float64Array, y: Float64Array): number | null {
  const n = x.length;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[i]! / n;
    meanY += y[i]! / n;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (n < 2 || isConstant(x) || isConstant(y)) return null;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/**
 * log10 of the two-sided p-value of a correlation r of n points against no correlation: I_{1 - r^2}(n/2 - 1, 1/2), that is
 * Student's t with n - 2 degrees of freedom. Finite where p itself underflows (p = 10^-3000 is usual in a TwoNN fit).
 * 0, that is p = 1, for n = 2, where r says nothing. -Infinity for |r| = 1.
 */
export function logP10(r: number, n: number): number {
  if (n < 3) return 0;
  return logIncompleteBeta(n / 2 - 1, 0.5, (1 - r) * (1 + r)) / Math.LN10;
}

const isConstant = (values: Float64Array): boolean => values.every(v => v === values[0]);
