import type {FloatArray, Matrix} from './matrix.js';
import type {Vectors} from './vectors.js';
import {vectorsOf} from './vectors.js';

/**
 * Rows brought to length 1 in float64, so that the distance between two of them is sqrt(2 - 2 cosine). A row of zeros stays one.
 *
 * @param unit what they are written to, of zeros; or the data themselves
 */
export function unitRows(data: FloatArray, cols: number, unit = new Float64Array(data.length)): Float64Array {
  for (let at = 0; at < data.length; at += cols) {
    let largest = 0;
    for (let c = at; c < at + cols; c++) largest = Math.max(largest, Math.abs(data[c]!));
    if (largest === 0) continue;
    // A power of two: no square overflows or vanishes, and nothing is rounded.
    const scale = 2 ** -Math.floor(Math.log2(largest));
    let squares = 0;
    for (let c = at; c < at + cols; c++) squares += (data[c]! * scale) ** 2;
    const length = Math.sqrt(squares);
    for (let c = at; c < at + cols; c++) unit[c] = (data[c]! * scale) / length;
  }
  return unit;
}

/** Numbers that are brought to length 1 at once. */
const PART = 2 ** 22;

/** The same, block by block as they are read, of large blocks a part at a time. */
export function unitVectors(x: Matrix | Vectors): Vectors {
  const {rows, cols, blocks} = vectorsOf(x);
  return {
    rows,
    cols,
    async *blocks() {
      const part = Math.max(1, Math.floor(PART / cols)) * cols;
      for await (const data of blocks())
        for (let at = 0; at < data.length; at += part) yield unitRows(data.subarray(at, at + part), cols);
    },
  };
}
