/** Weights between pairs of points, each pair once: those of point i with `ends[e]` > i, for e from `starts[i]` to `starts[i + 1]`. */
export interface SymmetricGraph {
  readonly n: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly weights: Float64Array;
}

/** The first `k` of the `stride` neighbours that a table has of each of `n` points. */
export interface Directed {
  readonly n: number;
  readonly k: number;
  readonly stride: number;
  readonly indices: Int32Array;
  /** Weight from the point to each of the k: row-major, n x k. */
  readonly weights: Float64Array;
}

/**
 * Makes directed weights symmetric: a pair of points gets `combine(w_ij, w_ji)`, a missing weight being 0; pairs without a weight
 * either way are left out.
 */
export function symmetrised(
  {n, k, stride, indices, weights}: Directed,
  combine: (forth: number, back: number) => number,
): SymmetricGraph {
  // The edges that lead to each point, by its number.
  const counts = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) for (let t = 0; t < k; t++) counts[indices[i * stride + t]! + 1]!++;
  for (let i = 0; i < n; i++) counts[i + 1]! += counts[i]!;
  const next = counts.slice();
  const sources = new Int32Array(n * k);
  const incoming = new Float64Array(n * k);
  for (let i = 0; i < n; i++)
    for (let t = 0; t < k; t++) {
      const at = next[indices[i * stride + t]!]!++;
      sources[at] = i;
      incoming[at] = weights[i * k + t]!;
    }

  const starts = new Int32Array(n + 1);
  const ends = new Int32Array(n * k);
  const values = new Float64Array(n * k);
  const back = new Float64Array(n);
  let edges = 0;
  const add = (end: number, weight: number): void => {
    if (weight === 0) return;
    ends[edges] = end;
    values[edges++] = weight;
  };
  for (let i = 0; i < n; i++) {
    for (let at = counts[i]!; at < counts[i + 1]!; at++) back[sources[at]!] = incoming[at]!;
    for (let t = 0; t < k; t++) {
      const j = indices[i * stride + t]!;
      if (j > i) add(j, combine(weights[i * k + t]!, back[j]!));
      back[j] = 0;
    }
    for (let at = counts[i]!; at < counts[i + 1]!; at++) {
      const j = sources[at]!;
      if (j > i && back[j] !== 0) add(j, combine(0, back[j]!));
      back[j] = 0;
    }
    starts[i + 1] = edges;
  }
  return {n, starts, ends: ends.slice(0, edges), weights: values.slice(0, edges)};
}
