import type {Matrix} from './matrix.js';

/** The rows of a matrix at the given numbers, in their order. A copy. */
export function takeRows({cols, data}: Matrix, rows: ArrayLike<number>): Matrix {
  const size = rows.length * cols;
  const taken = data instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
  for (let i = 0; i < rows.length; i++)
    taken.set(data.subarray(rows[i]! * cols, (rows[i]! + 1) * cols), i * cols);
  return {rows: rows.length, cols, data: taken};
}
