import type {FloatArray, Matrix} from './matrix.js';
import {columnMeans, isConstant} from './matrix.js';

/** Rows with the column means removed, and their squared lengths. */
export interface Centred {
  readonly x: Matrix;
  readonly squares: Float64Array;
}

/** Removes the column means in float64 and rounds to the precision of the data. Of equal rows nothing is left. */
export function centred(x: Matrix): Centred {
  const {rows, cols} = x;
  const means = columnMeans(x);
  const data: FloatArray = x.data instanceof Float64Array ? new Float64Array(x.data.length) : new Float32Array(x.data.length);
  const squares = new Float64Array(rows);
  if (isConstant(x)) return {x: {rows, cols, data}, squares};
  for (let i = 0; i < rows; i++) {
    const at = i * cols;
    let sum = 0;
    for (let c = 0; c < cols; c++) {
      const value = x.data[at + c]! - means[c]!;
      data[at + c] = value;
      sum += value * value;
    }
    squares[i] = sum;
  }
  return {x: {rows, cols, data}, squares};
}
