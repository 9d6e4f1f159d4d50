import type {FloatArray, Matrix} from './matrix.js';

/** Rows of numbers that can be read in order, again and again, and need not fit into memory. */
export interface Vectors {
  readonly rows: number;
  readonly cols: number;
  /** Whole rows at a time, as many as the source likes; what was given may be overwritten by the next. */
  readonly blocks: () => AsyncIterable<FloatArray> | Iterable<FloatArray>;
}

/** Some rows, from row `first` on. */
export interface Stretch {
  readonly first: number;
  readonly data: FloatArray;
}

export const isMatrix = (x: Matrix | Vectors): x is Matrix => 'data' in x;

/** A matrix as a source of one block. */
export const vectorsOf = (x: Matrix | Vectors): Vectors =>
  isMatrix(x) ? {rows: x.rows, cols: x.cols, blocks: () => [x.data]} : x;

/** The rows in stretches of `most` and a last one of what is left; views where a block holds all of it, copies elsewhere. */
export async function* stretches({rows, cols, blocks}: Vectors, most: number): AsyncGenerator<Stretch> {
  let held: FloatArray | undefined;
  let filled = 0;
  let first = 0;
  for await (const data of blocks())
    for (let at = 0; at < data.length;) {
      const size = Math.min(most, rows - first) * cols;
      const taken = Math.min(data.length - at, size - filled);
      const part = data.subarray(at, at + taken);
      at += taken;
      if (taken === size) {
        yield {first, data: part};
        first += size / cols;
        continue;
      }
      held ??= data instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
      held.set(part, filled);
      filled += taken;
      if (filled < size) continue;
      yield {first, data: held};
      first += size / cols;
      filled = 0;
      held = undefined;
    }
}

/** All rows at once. */
export async function readAll(x: Matrix | Vectors): Promise<Matrix> {
  if (isMatrix(x)) return x;
  const {rows, cols} = x;
  for await (const {data} of stretches(x, Math.max(1, rows))) return {rows, cols, data};
  return {rows, cols, data: new Float32Array(0)};
}
