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

/** Whether all rows are equal, value by value: true of no rows and of one. */
export function isConstant(x: Matrix): boolean {
  const {cols, data} = x;
  const end = x.rows * cols;
  for (let i = cols; i < end; i++) if (data[i] !== data[i - cols]) return false;
  return true;
}
