import {ColumnProducts, someColumns, stripesOf} from './column-products.js';
import type {Matrix} from './matrix.js';
import type {Matrix64} from './product.js';
import {TurnedRows} from './turned-rows.js';

/** Numbers of one side of a product. */
const TILE = 2 ** 20;
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
  const size = of === 'columns' ? x.cols : x.rows;
  const data = new Float64Array(size * size);
  const sums = new GramSums(size, threads);
  try {
    await (of === 'columns' ? sums.addColumns(x, shift, data) : sums.addRows(x, shift, data));
  } finally {
    await sums.release();
  }
  mirror(size, data);
  return {size, data};
}

/** Those that no product is made of, each with a memory of its own, which takes longer to make than small products. */
const idle: TurnedRows[] = [];

/**
 * Symmetric products, added to lower triangles, on one session that opens when there is much to do. Of what is above the diagonal
 * nothing is promised.
 */
export class GramSums {
  private readonly products: ColumnProducts;
  private turned: TurnedRows | undefined;
  /** What is multiplied, and a stripe of what comes of it. */
  private factor = new Float64Array(0);
  private stripe = new Float64Array(0);
  private sums: Float64Array | undefined;

  /** @param size rows of the products */
  constructor(
    private readonly size: number,
    threads?: number,
  ) {
    this.products = new ColumnProducts('float64', threads);
  }

  /**
   * Adds X^T X of a matrix of `size` columns moved by `-shift`, or puts it in the place of what is there.
   *
   * @param sums to which the sums of its columns as they are then are added
   */
  async addColumns(
    {rows, cols, data}: Matrix,
    shift: Float64Array,
    to: Float64Array,
    {sums, replace = false}: {readonly sums?: Float64Array | undefined; readonly replace?: boolean} = {},
  ): Promise<void> {
    const step = Math.max(1, Math.floor(TILE / cols));
    for (let start = 0; start < rows; start += step) {
      const end = Math.min(start + step, rows);
      const turned = (this.turned ??= idle.pop() ?? new TurnedRows()).turn(
        {rows: end - start, cols, data: data.subarray(start * cols, end * cols)},
        shift,
      );
      if (sums !== undefined) addSums(turned, sums);
      await this.add(turned, to, replace && start === 0);
    }
  }

  /** Adds X X^T of a matrix of `size` rows moved by `-shift`. */
  async addRows({rows, cols, data}: Matrix, shift: Float64Array, to: Float64Array): Promise<void> {
    const step = Math.max(1, Math.floor(TILE / rows));
    for (let start = 0; start < cols; start += step) {
      const width = Math.min(step, cols - start);
      const some = this.factorOf(rows, width);
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < width; c++)
          some.data[r * width + c] = data[r * cols + start + c]! - shift[start + c]!;
      await this.add(some, to);
    }
  }

  /** For a product, the same place every time: fresh memory costs more than the sums. */
  get room(): Float64Array {
    return (this.sums ??= new Float64Array(this.size ** 2));
  }

  async release(): Promise<void> {
    if (this.turned !== undefined) idle.push(this.turned);
    this.turned = undefined;
    await this.products.release();
  }

  private factorOf(rows: number, cols: number): Matrix64 {
    if (this.factor.length < rows * cols) this.factor = new Float64Array(rows * cols);
    return {rows, cols, data: this.factor.subarray(0, rows * cols)};
  }

  private async add(x: Matrix64, to: Float64Array, replace = false): Promise<void> {
    const {size} = this;
    if (size * size * x.cols <= FEW) {
      if (replace) to.fill(0);
      addProduct(x, to);
      return;
    }
    for (const {start, end} of stripesOf(size)) {
      const length = (end - start) * end;
      if (this.stripe.length < length) this.stripe = new Float64Array(length);
      const product = this.stripe.subarray(0, length);
      await this.products.into(product, someColumns(x, start, end), someColumns(x, 0, end));
      (replace ? putStripe : addStripe)(product, start, end, to, size);
    }
  }
}

/** Side of the squares that are mirrored one after another, which stay in the cache. */
const SIDE = 32;

/** Copies the lower triangle to the upper. */
export function mirror(size: number, data: Float64Array): void {
  for (let top = 0; top < size; top += SIDE)
    for (let left = 0; left <= top; left += SIDE)
      for (let r = top; r < Math.min(top + SIDE, size); r++)
        for (let c = left; c < Math.min(left + SIDE, r); c++) data[c * size + r] = data[r * size + c]!;
}

/** Adds rows of a product, as long as the columns go that were computed, to a lower triangle. */
function addStripe(product: Float64Array, start: number, end: number, to: Float64Array, size: number): void {
  for (let r = start, at = 0; r < end; r++, at += end)
    for (let c = 0; c <= r; c++) to[r * size + c]! += product[at + c]!;
}

/** Puts them there. */
function putStripe(product: Float64Array, start: number, end: number, to: Float64Array, size: number): void {
  for (let r = start, at = 0; r < end; r++, at += end) to.set(product.subarray(at, at + r + 1), r * size);
}

/** Adds the sums of the rows, each on its own first: a sum of many numbers alike would lose digits. */
function addSums({rows, cols, data}: Matrix64, to: Float64Array): void {
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let at = r * cols; at < (r + 1) * cols; at++) sum += data[at]!;
    to[r]! += sum;
  }
}

/** Adds the lower triangle of X X^T. */
function addProduct({rows, cols, data}: Matrix64, to: Float64Array): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += data[i * cols + c]! * data[j * cols + c]!;
      to[i * rows + j]! += sum;
    }
}
