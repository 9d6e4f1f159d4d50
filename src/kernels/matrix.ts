export type FloatArray = Float32Array | Float64Array;
export type FloatType = 'float32' | 'float64';

export const floatType = (data: FloatArray): FloatType =>
  data instanceof Float32Array ? 'float32' : 'float64';

/** Rows of numbers, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: FloatArray;
}

/** Mean of every column, accumulated in float64. Zeros if there are no rows. */
export function columnMeans(x: Matrix): Float64Array {
  const {rows, cols, data} = x;
  const means = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    const at = i * cols;
    for (let c = 0; c < cols; c++) means[c]! += data[at + c]!;
  }
  if (rows > 0) for (let c = 0; c < cols; c++) means[c]! /= rows;
  return means;
}

/** Whether all rows are equal, value by value: true of no rows and of one. */
export function isConstant(x: Matrix): boolean {
  const {cols, data} = x;
  const end = x.rows * cols;
  for (let i = cols; i < end; i++) if (data[i] !== data[i - cols]) return false;
  return true;
}
