import type {FloatArray, Matrix} from './matrix.js';

/** Rows of a stretch: few enough that a sum over them in float32 stays within 1e-6 of the whole. */
const ROWS = 16_384;
/** Side of the squares that are turned one after another, which stay in the cache. */
const SIDE = 32;

/** A matrix column by column, as products of columns take it fastest: cols x rows, in stretches of its rows. */
export interface Columns {
  readonly rows: number;
  readonly cols: number;
  readonly stretches: readonly Matrix[];
}

const alike = (data: FloatArray, length: number): FloatArray =>
  data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);

/**
 * The columns of a matrix, moved by `-shift` and scaled in float64, then rounded to the precision of the data.
 *
 * @returns with the squared lengths of its rows as they are then
 */
export function columnsOf(
  {rows, cols, data}: Matrix,
  shift: Float64Array,
  scale: number,
): {readonly columns: Columns; readonly squares: Float64Array} {
  const squares = new Float64Array(rows);
  const stretches = Array.from({length: Math.ceil(rows / ROWS)}, (_, s): Matrix => {
    const first = s * ROWS;
    const count = Math.min(ROWS, rows - first);
    const turned = alike(data, cols * count);
    for (let r0 = 0; r0 < count; r0 += SIDE)
      for (let c0 = 0; c0 < cols; c0 += SIDE) {
        const [r1, c1] = [Math.min(r0 + SIDE, count), Math.min(c0 + SIDE, cols)];
        for (let r = r0; r < r1; r++) {
          const at = (first + r) * cols;
          let square = squares[first + r]!;
          for (let c = c0; c < c1; c++) {
            const to = c * count + r;
            turned[to] = (data[at + c]! - shift[c]!) * scale;
            const value = turned[to];
            square += value * value;
          }
          squares[first + r] = square;
        }
      }
    return {rows: cols, cols: count, data: turned};
  });
  return {columns: {rows, cols, stretches}, squares};
}

/** The matrix row by row again. */
export function rowsOf({rows, cols, stretches}: Columns): Matrix {
  const data = alike(stretches[0]!.data, rows * cols);
  let first = 0;
  for (const {cols: count, data: turned} of stretches) {
    for (let r0 = 0; r0 < count; r0 += SIDE)
      for (let c = 0; c < cols; c++)
        for (let r = r0; r < Math.min(r0 + SIDE, count); r++)
          data[(first + r) * cols + c] = turned[c * count + r]!;
    first += count;
  }
  return {rows, cols, data};
}
