/** Mean, standard deviation (ddof 0) and skewness of some numbers; null where not defined. */
export interface Moments {
  readonly n: number;
  readonly mean: number | null;
  readonly std: number | null;
  /** Fisher and Pearson's coefficient g1 = m3 / m2^(3/2). Null if the values are (nearly) equal: m2 <= 1e-30. */
  readonly skewness: number | null;
  /** G1 = g1 sqrt(n (n - 1)) / (n - 2), corrected for bias under normality. Null below three values. */
  readonly skewnessCorrected: number | null;
}

/** Standard error of the mean of independent values: their standard deviation (ddof 1) over sqrt(n). Null below two values. */
export function standardError(values: ArrayLike<number>): number | null {
  const {n, std} = moments(values);
  return n < 2 ? null : std! / Math.sqrt(n - 1);
}

export function moments(values: ArrayLike<number>): Moments {
  const n = values.length;
  if (n === 0) return {n, mean: null, std: null, skewness: null, skewnessCorrected: null};
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i]!;
  mean /= n;
  let m2 = 0;
  let m3 = 0;
  for (let i = 0; i < n; i++) {
    const d = values[i]! - mean;
    m2 += d * d;
    m3 += d * d * d;
  }
  m2 /= n;
  m3 /= n;
  const skewness = m2 <= 1e-30 ? null : m3 / (m2 * Math.sqrt(m2));
  const corrected = skewness === null || n < 3 ? null : (skewness * Math.sqrt(n * (n - 1))) / (n - 2);
  return {n, mean, std: Math.sqrt(m2), skewness, skewnessCorrected: corrected};
}
