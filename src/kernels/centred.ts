import type {FloatArray, Matrix} from './matrix.js';
import type {ColumnStatistics} from './column-statistics.js';
import {columnStatistics} from './column-statistics.js';
import {isConstant} from './matrix.js';

/** Rows with the column means removed, and the squared lengths of what is left. */
export interface Centred {
  readonly x: Matrix;
  readonly squares: Float64Array;
}

/** The power of two by which the largest number, less the mean of its column, becomes about 1; 1 if all become 0. */
export function scaleToOne({means, least, most}: ColumnStatistics): number {
  let largest = 0;
  for (const [c, mean] of means.entries()) largest = Math.max(largest, most[c]! - mean, mean - least[c]!);
  return largest === 0 ? 1 : 2 ** -Math.max(-1000, Math.floor(Math.log2(largest)));
}

/**
 * Removes the column means in float64, scales by a power of two that makes the largest number about 1, so that no product of
 * them overflows, and rounds to the precision of the data. Of equal rows nothing is left.
 */
export function centred(x: Matrix, statistics: ColumnStatistics = columnStatistics(x)): Centred {
  const {rows, cols} = x;
  const {means} = statistics;
  const data: FloatArray =
    x.data instanceof Float64Array ? new Float64Array(x.data.length) : new Float32Array(x.data.length);
  const squares = new Float64Array(rows);
  if (isConstant(x)) return {x: {rows, cols, data}, squares};
  const scale = scaleToOne(statistics);
  for (let i = 0; i < rows; i++) {
    const at = i * cols;
    let sum = 0;
    for (let c = 0; c < cols; c++) {
      data[at + c] = (x.data[at + c]! - means[c]!) * scale;
      sum += data[at + c]! ** 2;
    }
    squares[i] = sum;
  }
  return {x: {rows, cols, data}, squares};
}
