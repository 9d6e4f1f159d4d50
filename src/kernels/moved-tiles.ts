import type {FloatArray, Matrix} from './matrix.js';
import type {Matrix64} from './product.js';
import type {Vectors} from './vectors.js';
import {readAll, stretches, vectorsOf} from './vectors.js';

/** Numbers of a tile. */
const TILE = 2 ** 19;
/** Numbers of the columns that are held at once, where columns are what is wanted of rows that come one after another. */
const HELD = 2 ** 25;

/**
 * The vectors moved by `-shift`, in float64, in tiles whose products t^T t add up to the smaller product of the whole: some rows at
 * a time; or where rows are fewer than columns, some columns, turned to rows. Then the vectors are read as often as it takes to
 * hold a number of columns. Vectors of the same shape come in the same tiles.
 */
export async function* movedTiles(x: Matrix | Vectors, shift: Float64Array): AsyncGenerator<Matrix64> {
  const {rows, cols} = x;
  if (cols <= rows) {
    for await (const data of tallTiles(x)) yield {rows: data.length / cols, cols, data: moved(data, shift)};
    return;
  }
  const step = Math.max(1, Math.floor(TILE / rows));
  for await (const {first, columns} of bands(x))
    for (let start = 0; start < columns.cols; start += step)
      yield turned(columns, start, Math.min(start + step, columns.cols), shift.subarray(first));
}

/** Some rows at a time, the same however the vectors come. */
export async function* tallTiles(x: Matrix | Vectors): AsyncGenerator<FloatArray> {
  for await (const {data} of stretches(vectorsOf(x), Math.max(1, Math.floor(TILE / x.cols)))) yield data;
}

function moved(data: FloatArray, shift: Float64Array): Float64Array {
  const values = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += shift.length)
    for (let c = 0; c < shift.length; c++) values[at + c] = data[at + c]! - shift[c]!;
  return values;
}

/** Columns from `start` to `end` as rows, moved. */
function turned({rows, cols, data}: Matrix, start: number, end: number, shift: Float64Array): Matrix64 {
  const values = new Float64Array((end - start) * rows);
  for (let c = start; c < end; c++)
    for (let r = 0; r < rows; r++) values[(c - start) * rows + r] = data[r * cols + c]! - shift[c]!;
  return {rows: end - start, cols: rows, data: values};
}

/** Some columns of all rows, from column `first` on. */
export interface Band {
  readonly first: number;
  readonly columns: Matrix;
}

/** The columns in bands, for each of which the vectors are read; all at once if there is room. A band is overwritten by the next. */
export async function* bands(x: Matrix | Vectors): AsyncGenerator<Band> {
  const {rows, cols, blocks} = vectorsOf(x);
  const most = Math.max(1, Math.floor(HELD / rows));
  if (most >= cols) {
    yield {first: 0, columns: await readAll(x)};
    return;
  }
  let held: FloatArray | undefined;
  for (let first = 0; first < cols; first += most) {
    const width = Math.min(most, cols - first);
    let to = 0;
    for await (const data of blocks()) {
      held ??= data instanceof Float32Array ? new Float32Array(rows * most) : new Float64Array(rows * most);
      for (let at = first; at < data.length; at += cols, to += width)
        held.set(data.subarray(at, at + width), to);
    }
    yield {first, columns: {rows, cols: width, data: held!}};
  }
}
