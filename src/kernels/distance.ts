import type {FloatArray} from './matrix.js';

/**
 * Euclidean distances of one row to others by direct differences: d = sqrt(sum over the columns, ascending, of
 * (a - b)^2), every operation in float64 on the data as given. All exact distances of the project come from here, so
 * that equal differences give equal distances, to the last bit, wherever they are computed.
 *
 * @param data rows of `cols` numbers
 * @param others row numbers; the first `count` count
 * @param out receives `count` distances
 * @param points what the others are rows of, if not of `data`
 */
export function distancesTo(
  data: FloatArray,
  cols: number,
  row: number,
  others: Int32Array,
  count: number,
  out: Float64Array,
  points: FloatArray = data,
): void {
  const a = row * cols;
  let n = 0;
  // Four at a time: each sum keeps its order while the four chains of additions overlap in the processor.
  for (; n + 4 <= count; n += 4) {
    const b0 = others[n]! * cols;
    const b1 = others[n + 1]! * cols;
    const b2 = others[n + 2]! * cols;
    const b3 = others[n + 3]! * cols;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let c = 0; c < cols; c++) {
      const value = data[a + c]!;
      const d0 = value - points[b0 + c]!;
      const d1 = value - points[b1 + c]!;
      const d2 = value - points[b2 + c]!;
      const d3 = value - points[b3 + c]!;
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    out[n] = Math.sqrt(s0);
    out[n + 1] = Math.sqrt(s1);
    out[n + 2] = Math.sqrt(s2);
    out[n + 3] = Math.sqrt(s3);
  }
  for (; n < count; n++) {
    const b = others[n]! * cols;
    let s = 0;
    for (let c = 0; c < cols; c++) {
      const d = data[a + c]! - points[b + c]!;
      s += d * d;
    }
    out[n] = Math.sqrt(s);
  }
}
