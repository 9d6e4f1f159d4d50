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

/** The same, block by block as they are read. */
export function unitVectors(x: Matrix | Vectors): Vectors {
  const {rows, cols, blocks} = vectorsOf(x);
  return {
    rows,
    cols,
    async *blocks() {
      for await (const data of blocks()) yield unitRows(data, cols);
    },
  };
}
