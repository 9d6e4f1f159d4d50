/** The gamma function and the gamma distribution (NIST Digital Library of Mathematical Functions, chapters 5 and 8). */

/** Coefficients of Stirling's series: B_2n / (2n (2n - 1)). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];
const LARGE = 15;

/** log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), for x >= 15 (DLMF 5.11.1). */
export function stirlingError(x: number): number {
  let sum = 0;
  for (let i = STIRLING.length - 1; i >= 0; i--) sum = sum / (x * x) + STIRLING[i]!;
  return sum / x;
}

/** log Gamma(x), x > 0. */
export function logGamma(x: number): number {
  let shift = 1;
  let z = x;
  for (; z < LARGE; z++) shift *= z;
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + stirlingError(z) - Math.log(shift);
}

/** log(Gamma(a) / Gamma(a + b)), a, b > 0: without the cancellation that the difference of two logarithms would have. */
export function logGammaRatio(a: number, b: number): number {
  let shift = 1;
  let z = a;
  for (; z < LARGE; z++) shift *= (z + b) / z;
  const large =
    b - b * Math.log(z + b) - (z - 0.5) * Math.log1p(b / z) + stirlingError(z) - stirlingError(z + b);
  return large + Math.log(shift);
}

/** Lower regularised incomplete gamma function P(a, x), a > 0, x >= 0: the Gamma(a, 1) distribution function. */
export function gammaCdf(a: number, x: number): number {
  if (x <= 0) return 0;
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/** The x with P(a, x) = p, 0 < p < 1. */
export function gammaQuantile(a: number, p: number): number {
  // Bracket, then bisect in the middle and close with Newton steps that stay inside.
  let low = 0;
  let high = a + 1;
  while (gammaCdf(a, high) < p) high *= 2;
  let x = high / 2;
  for (let i = 0; i < 200; i++) {
    const excess = gammaCdf(a, x) - p;
    if (excess > 0) high = x;
    else low = x;
    const newton = x - (excess * x) / Math.exp(logPower(a, x));
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-15 * x) return next;
    x = next;
  }
  return x;
}

/** log(x^a e^-x / Gamma(a)). */
function logPower(a: number, x: number): number {
  if (a < LARGE) return a * Math.log(x) - x - logGamma(a);
  const t = (x - a) / a;
  return a * (Math.log1p(t) - t) + 0.5 * Math.log(a / (2 * Math.PI)) - stirlingError(a);
}

/** DLMF 8.11.4 */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * Math.exp(logPower(a, x));
}

/** DLMF 8.9.2, by Lentz's method. */
function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 100_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / nonZero(an * d + b);
    c = nonZero(b + an / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return h * Math.exp(logPower(a, x));

  function nonZero(value: number): number {
    return Math.abs(value) < tiny ? tiny : value;
  }
}
