/** What HSIC needs of a kernel matrix besides its inner products with others. */
export interface Margins {
  readonly n: number;
  readonly diagonal: Float64Array;
  readonly rowSums: Float64Array;
}

/** Hilbert-Schmidt independence criterion, up to the factor 1 / (n - 1)^2 of the biased and 1 / (n (n - 3)) of the unbiased form. */
export interface Hsic {
  /** tr(K H L H), H = I - 1/n (Gretton, Bousquet, Smola, Schölkopf 2005, eq. 9). */
  readonly biased: number;
  /** Inner product of the U-centred matrices (Song et al. 2012, eq. 5; Székely, Rizzo 2014). May be negative. Null below four rows. */
  readonly unbiased: number | null;
}

/**
 * Mean of the biased HSIC over all orders of the rows of one: tr(H K H) tr(H L H) / (n - 1), as each entry of the one matrix then meets
 * every entry of the other, on the diagonal or off it. The mean of the unbiased is 0.
 */
export function shuffledHsic(a: Margins, b: Margins): number {
  const trace = ({n, diagonal, rowSums}: Margins): number =>
    diagonal.reduce((sum, value, i) => sum + value - rowSums[i]! / n, 0);
  return (trace(a) * trace(b)) / (a.n - 1);
}

/** HSIC from the inner product of two kernel matrices, the sum over all i and j of K_ij L_ij. */
export function hsic(inner: number, a: Margins, b: Margins): Hsic {
  const {n} = a;
  let rows = 0;
  let sumA = 0;
  let sumB = 0;
  let diagonal = 0;
  let hollowRows = 0;
  let hollowA = 0;
  let hollowB = 0;
  for (let i = 0; i < n; i++) {
    const [k, l] = [a.rowSums[i]!, b.rowSums[i]!];
    const [kii, lii] = [a.diagonal[i]!, b.diagonal[i]!];
    rows += k * l;
    sumA += k;
    sumB += l;
    diagonal += kii * lii;
    hollowRows += (k - kii) * (l - lii);
    hollowA += k - kii;
    hollowB += l - lii;
  }
  return {
    biased: inner - (2 / n) * rows + (sumA / n) * (sumB / n),
    unbiased:
      n < 4
        ? null
        : inner - diagonal - (2 / (n - 2)) * hollowRows + (hollowA / (n - 1)) * (hollowB / (n - 2)),
  };
}
