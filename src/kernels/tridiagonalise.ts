/**
 * A symmetric matrix with nothing beyond `bandwidth` places from its diagonal. Of its lower triangle, (r, c) with c <= r
 * stands at `(r + 1) * 2 * bandwidth + c`: as many places again lie free left of the band, for what the reduction fills in.
 */
export interface SymmetricBand {
  readonly size: number;
  /** 1 or more. */
  readonly bandwidth: number;
  readonly data: Float64Array;
}

/** A band of zeros. */
export function emptyBand(size: number, bandwidth: number): SymmetricBand {
  return {size, bandwidth, data: new Float64Array((size + 1) * 2 * bandwidth + size)};
}

/**
 * Turns a symmetric band matrix into a tridiagonal one with the same eigenvalues: column by column a Householder reflection
 * clears what lies below the subdiagonal, and the bulge that it raises is chased down the band by further ones (Murata and
 * Horikoshi 1975; Lang 1993). With the bandwidth of a full matrix, `size - 1`, nothing is raised and it is Householder's reduction.
 * About 6 size^2 bandwidth operations, or 4/3 size^3 for a full matrix.
 *
 * @param band destroyed
 * @param reflected is told of every reflection I - tau v v^T of the places from `start` on; v is used again for the next
 * @returns `off[i]` stands between i and i + 1; its last place is 0
 */
export function tridiagonalise(
  band: SymmetricBand,
  reflected?: (start: number, v: Float64Array, tau: number) => void,
): {diagonal: Float64Array; off: Float64Array} {
  const {size, bandwidth, data} = band;
  const stride = 2 * bandwidth;
  const reflector = new Float64Array(bandwidth);
  const work = new Float64Array(bandwidth);
  for (let first = 0; first < size - 2; first++) {
    let column = first;
    for (let start = first + 1; start < size - 1; start += bandwidth) {
      const length = Math.min(bandwidth, size - start);
      const v = length === bandwidth ? reflector : reflector.subarray(0, length);
      const tau = clear(data, stride, column, start, v);
      if (tau !== 0) {
        reflected?.(start, v, tau);
        fromLeft(data, stride, start, column + 1, start, v, tau, work);
        fromBothSides(data, stride, start, v, tau, work);
        fromRight(data, stride, start + length, Math.min(size, start + length + bandwidth), start, v, tau);
      }
      column = start;
    }
  }
  const at = (row: number, col: number): number => data[(row + 1) * stride + col]!;
  return {
    diagonal: Float64Array.from({length: size}, (_, i) => at(i, i)),
    off: Float64Array.from({length: size}, (_, i) => (i + 1 < size ? at(i + 1, i) : 0)),
  };
}

/**
 * Finds the reflection I - tau v v^T, v[0] = 1, that clears a column below its row `start`, and clears it.
 *
 * @returns tau; 0 if there is nothing to clear
 */
function clear(data: Float64Array, stride: number, column: number, start: number, v: Float64Array): number {
  const at = (start + 1) * stride + column;
  let squares = 0;
  for (let i = 1; i < v.length; i++) squares += data[at + i * stride]! ** 2;
  if (squares === 0) return 0;
  const head = data[at]!;
  const norm = Math.sqrt(head * head + squares);
  const result = head > 0 ? -norm : norm;
  v[0] = 1;
  for (let i = 1; i < v.length; i++) {
    v[i] = data[at + i * stride]! / (head - result);
    data[at + i * stride] = 0;
  }
  data[at] = result;
  return (result - head) / result;
}

/** H A on the rows from `start` on, in the columns from `from` to `to` (excluded). */
function fromLeft(
  data: Float64Array,
  stride: number,
  start: number,
  from: number,
  to: number,
  v: Float64Array,
  tau: number,
  sums: Float64Array,
): void {
  const width = to - from;
  sums.fill(0, 0, width);
  for (let i = 0; i < v.length; i++) {
    const at = (start + i + 1) * stride + from;
    const factor = tau * v[i]!;
    for (let c = 0; c < width; c++) sums[c]! += factor * data[at + c]!;
  }
  for (let i = 0; i < v.length; i++) {
    const at = (start + i + 1) * stride + from;
    const factor = v[i]!;
    for (let c = 0; c < width; c++) data[at + c]! -= factor * sums[c]!;
  }
}

/** H A H on the diagonal block from `start` on: A - v w^T - w v^T with w = tau (A v - tau/2 (v^T A v) v). */
function fromBothSides(
  data: Float64Array,
  stride: number,
  start: number,
  v: Float64Array,
  tau: number,
  w: Float64Array,
): void {
  const {length} = v;
  w.fill(0, 0, length);
  for (let i = 0; i < length; i++) {
    const at = (start + i + 1) * stride + start;
    const factor = v[i]!;
    let sum = data[at + i]! * factor;
    for (let c = 0; c < i; c++) {
      const value = data[at + c]!;
      sum += value * v[c]!;
      w[c]! += value * factor;
    }
    w[i]! += sum;
  }
  let along = 0;
  for (let i = 0; i < length; i++) along += v[i]! * w[i]!;
  for (let i = 0; i < length; i++) w[i] = tau * (w[i]! - (tau / 2) * along * v[i]!);
  for (let i = 0; i < length; i++) {
    const at = (start + i + 1) * stride + start;
    const a = v[i]!;
    const b = w[i]!;
    for (let c = 0; c <= i; c++) data[at + c]! -= a * w[c]! + b * v[c]!;
  }
}

/** A H on the rows from `from` to `to` (excluded), in the columns from `start` on. */
function fromRight(
  data: Float64Array,
  stride: number,
  from: number,
  to: number,
  start: number,
  v: Float64Array,
  tau: number,
): void {
  for (let row = from; row < to; row++) {
    const at = (row + 1) * stride + start;
    let sum = 0;
    for (let c = 0; c < v.length; c++) sum += data[at + c]! * v[c]!;
    sum *= tau;
    for (let c = 0; c < v.length; c++) data[at + c]! -= sum * v[c]!;
  }
}
