import {ColumnProducts, someColumns, stripesOf} from './column-products.js';
import {columnsOf} from './columns.js';
import type {Matrix} from './matrix.js';

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
  const {rows, cols} = x;
  const [size, other] = of === 'columns' ? [cols, rows] : [rows, cols];
  const data = new Float64Array(size * size);
  const step = Math.max(1, Math.min(other, Math.floor(TILE / size)));
  const sums = new GramSums(size, threads);
  try {
    for (let start = 0; start < other; start += step) {
      const end = Math.min(start + step, other);
      if (of === 'rows') await sums.add(movedRows(x, shift, start, end), data);
      else {
        const some = {rows: end - start, cols, data: x.data.subarray(start * cols, end * cols)};
        for (const stretch of columnsOf(some, shift, 1, true).columns.stretches)
          await sums.add(stretch, data);
      }
    }
  } finally {
    await sums.release();
  }
  mirror(size, data);
  return {size, data};
}

/** Symmetric products, added to lower triangles, on one session that opens when there is much to do. */
export class GramSums {
  private readonly products: ColumnProducts;

  /** @param size rows of the products */
  constructor(
    private readonly size: number,
    threads?: number,
  ) {
    this.products = new ColumnProducts('float64', threads);
  }

  /**
   * Adds X X^T.
   *
   * @param x float64
   * @param to size x size; of what is above the diagonal nothing is promised
   */
  async add(x: Matrix, to: Float64Array): Promise<void> {
    const {size} = this;
    if (size * size * x.cols <= FEW) {
      addProduct(x, to);
      return;
    }
    for (const {start, end} of stripesOf(size)) {
      const product = await this.products.of(someColumns(x, start, end), someColumns(x, 0, end));
      for (let r = start, at = 0; r < end; r++, at += end)
        for (let c = 0; c <= r; c++) to[r * size + c]! += product[at + c]!;
    }
  }

  async release(): Promise<void> {
    await this.products.release();
  }
}

/** Copies the lower triangle to the upper. */
export function mirror(size: number, data: Float64Array): void {
  for (let r = 1; r < size; r++) for (let c = 0; c < r; c++) data[c * size + r] = data[r * size + c]!;
}

/** Columns from `start` to `end` of all rows, moved by `-shift`. */
function movedRows({rows, cols, data}: Matrix, shift: Float64Array, start: number, end: number): Matrix {
  const width = end - start;
  const values = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < width; c++) values[r * width + c] = data[r * cols + start + c]! - shift[start + c]!;
  return {rows, cols: width, data: values};
}

/** Adds the lower triangle of X X^T. */
function addProduct({rows, cols, data}: Matrix, to: Float64Array): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += data[i * cols + c]! * data[j * cols + c]!;
      to[i * rows + j]! += sum;
    }
}
