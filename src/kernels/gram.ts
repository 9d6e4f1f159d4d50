import {buildModel} from '../onnx/build.js';
import type {NodeSpec} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import type {Session} from '../onnx/session.js';
import type {Matrix} from './matrix.js';
import type {Matrix64} from './product.js';
import {floatTensor} from './tensors.js';

/** Numbers of one side of a product. */
const TILE = 2 ** 21;
/** Multiplications that are done sooner than a session is opened. */
const FEW = 2 ** 22;
/** Rows of the product in a stripe: enough for the full rate of a product. */
const STRIPE = 192;
const MOST_STRIPES = 8;

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
  const step = Math.max(1, Math.min(other, Math.floor(TILE / size)));
  const sums = new GramSums(size, threads);
  try {
    for (let start = 0; start < other; start += step)
      await sums.add(centredBlock(x, shift, start, Math.min(start + step, other), byColumns), data);
  } finally {
    await sums.release();
  }
  mirror(size, data);
  return {size, data};
}

/** Adds products X^T X of blocks of rows to lower triangles, on one session that opens when there is much to do. */
export class GramSums {
  private session: Session | undefined;

  /** @param size columns */
  constructor(
    private readonly size: number,
    private readonly threads?: number,
  ) {}

  /** @param to size x size; of what is above the diagonal nothing is promised */
  async add(x: Matrix64, to: Float64Array): Promise<void> {
    const {size} = this;
    if (size * size * x.rows <= FEW) {
      addProduct(x, to);
      return;
    }
    const stripes = stripesOf(size);
    this.session ??= await openSession(gramModel(stripes), {threads: this.threads});
    const products = await this.session.run({x: floatTensor(x.data, x.rows, size)});
    for (const {name, start, end} of stripes) {
      const product = products[name]!.data as Float64Array;
      for (let r = start, at = 0; r < end; r++, at += end)
        for (let c = 0; c <= r; c++) to[r * size + c]! += product[at + c]!;
    }
  }

  async release(): Promise<void> {
    await this.session?.release();
  }
}

/** Copies the lower triangle to the upper. */
export function mirror(size: number, data: Float64Array): void {
  for (let r = 1; r < size; r++) for (let c = 0; c < r; c++) data[c * size + r] = data[r * size + c]!;
}

/** Rows (or columns, as rows) from `start` to `end` of the data, moved: `end - start` rows of the smaller side. */
function centredBlock(
  x: Matrix,
  shift: Float64Array,
  start: number,
  end: number,
  byColumns: boolean,
): Matrix64 {
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

/** Adds the lower triangle of X^T X. */
function addProduct({rows, cols, data}: Matrix64, to: Float64Array): void {
  for (let r = 0; r < rows; r++) {
    const at = r * cols;
    for (let i = 0; i < cols; i++) {
      const value = data[at + i]!;
      for (let j = 0; j <= i; j++) to[i * cols + j]! += value * data[at + j]!;
    }
  }
}

export interface Stripe {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The rows of the product in stripes, of which only what is left of the diagonal is computed. */
export function stripesOf(size: number): Stripe[] {
  const count = Math.max(1, Math.min(MOST_STRIPES, Math.round(size / STRIPE)));
  const edge = (i: number): number => Math.round((i * size) / count);
  return Array.from({length: count}, (_, i) => ({name: `gram.${i}`, start: edge(i), end: edge(i + 1)}));
}

/** X^T X in stripes: the columns of each to its end. */
function gramModel(stripes: readonly Stripe[]): Uint8Array {
  const number = (value: number) => ({data: BigInt64Array.of(BigInt(value))});
  const slice = (from: string, to: string, out: string): NodeSpec => ({
    op: 'Slice',
    inputs: ['x', from, to, 'columns'],
    outputs: [out],
  });
  return buildModel({
    inputs: [{name: 'x', type: 'float64', shape: ['rows', 'cols']}],
    initializers: {
      columns: number(1),
      first: number(0),
      ...Object.fromEntries(
        stripes.flatMap(({name, start, end}) => [
          [`${name}.start`, number(start)],
          [`${name}.end`, number(end)],
        ]),
      ),
    },
    nodes: stripes.flatMap(({name}): NodeSpec[] => [
      slice(`${name}.start`, `${name}.end`, `${name}.own`),
      slice('first', `${name}.end`, `${name}.left`),
      {op: 'Gemm', inputs: [`${name}.own`, `${name}.left`], outputs: [name], attributes: {transA: 1}},
    ]),
    outputs: stripes.map(({name, start, end}) => ({name, type: 'float64', shape: [end - start, end]})),
  });
}
