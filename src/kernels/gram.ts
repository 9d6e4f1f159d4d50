import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import type {Matrix} from './matrix.js';
import {floatTensor} from './tensors.js';

/** Numbers of one side of a product. */
const TILE = 2 ** 21;
/** Multiplications that are done sooner than a session is opened. */
const FEW = 2 ** 22;

/** A symmetric matrix, row-major, `size` x `size`. */
export interface Gram {
  readonly size: number;
  readonly data: Float64Array;
}

/** The smaller of the two products of `gram`. They have the same non-zero eigenvalues. */
export function smallerGram(x: Matrix, shift: Float64Array, threads?: number): Promise<Gram> {
  return gram(x, shift, x.cols <= x.rows ? 'columns' : 'rows', threads);
}

/**
 * A symmetric product of the rows moved by `-shift`: of the columns, X^T X (cols x cols), or of the rows, X X^T (rows x rows).
 * Float64 throughout, on the CPU, in blocks.
 */
export async function gram(
  x: Matrix,
  shift: Float64Array,
  of: 'rows' | 'columns',
  threads?: number,
): Promise<Gram> {
  const byColumns = of === 'columns';
  const size = byColumns ? x.cols : x.rows;
  const other = byColumns ? x.rows : x.cols;
  const data = new Float64Array(size * size);
  const add = (product: Float64Array): void => {
    for (let i = 0; i < data.length; i++) data[i]! += product[i]!;
  };
  const step = Math.max(1, Math.min(other, Math.floor(TILE / size)));
  const block = (start: number): Matrix =>
    centredBlock(x, shift, start, Math.min(start + step, other), byColumns);

  if (size * size * other <= FEW) {
    for (let start = 0; start < other; start += step) add(product(block(start)));
    return {size, data};
  }
  const session = await openSession(gramModel(), {threads});
  try {
    for (let start = 0; start < other; start += step) {
      const {rows, cols, data: values} = block(start);
      const {gram} = await session.run({x: floatTensor(values, rows, cols)});
      add(gram!.data as Float64Array);
    }
  } finally {
    await session.release();
  }
  return {size, data};
}

/** Rows (or columns, as rows) from `start` to `end` of the data, moved: `end - start` rows of the smaller side. */
function centredBlock(
  x: Matrix,
  shift: Float64Array,
  start: number,
  end: number,
  byColumns: boolean,
): Matrix {
  const {rows, cols, data} = x;
  const size = byColumns ? cols : rows;
  const values = new Float64Array((end - start) * size);
  for (let o = start; o < end; o++) {
    const to = (o - start) * size;
    if (byColumns) for (let c = 0; c < cols; c++) values[to + c] = data[o * cols + c]! - shift[c]!;
    else for (let r = 0; r < rows; r++) values[to + r] = data[r * cols + o]! - shift[o]!;
  }
  return {rows: end - start, cols: size, data: values};
}

/** X^T X. */
function product({rows, cols, data}: Matrix): Float64Array {
  const gram = new Float64Array(cols * cols);
  for (let r = 0; r < rows; r++) {
    const at = r * cols;
    for (let i = 0; i < cols; i++) {
      const value = data[at + i]!;
      for (let j = 0; j < cols; j++) gram[i * cols + j]! += value * data[at + j]!;
    }
  }
  return gram;
}

function gramModel(): Uint8Array {
  return buildModel({
    inputs: [{name: 'x', type: 'float64', shape: ['rows', 'cols']}],
    nodes: [{op: 'Gemm', inputs: ['x', 'x'], outputs: ['gram'], attributes: {transA: 1}}],
    outputs: [{name: 'gram', type: 'float64', shape: ['cols', 'cols']}],
  });
}
