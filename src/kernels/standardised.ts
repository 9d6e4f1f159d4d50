import {columnMeans} from './column-statistics.js';
import type {Matrix} from './matrix.js';

/**
 * A copy with every column moved to mean 0 and scaled to standard deviation 1 (ddof 0), in float64. A column whose values are all
 * equal becomes 0, whatever rounding its mean would leave of them; so does one whose squares are too small for float64.
 */
export function standardised(x: Matrix): Matrix {
  const {rows, cols, data} = x;
  const means = columnMeans(x);
  const squares = new Float64Array(cols);
  const varies = new Uint8Array(cols);
  for (let i = 0, c = 0; i < data.length; i++) {
    squares[c]! += (data[i]! - means[c]!) ** 2;
    if (data[i] !== data[c]) varies[c] = 1;
    if (++c === cols) c = 0;
  }
  const scales = squares.map((sum, c) => (varies[c] === 1 && sum > 0 ? Math.sqrt(rows / sum) : 0));
  const values = new Float64Array(data.length);
  for (let i = 0, c = 0; i < data.length; i++) {
    values[i] = (data[i]! - means[c]!) * scales[c]!;
    if (++c === cols) c = 0;
  }
  return {rows, cols, data: values};
}
