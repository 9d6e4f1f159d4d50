import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import type {Session} from '../onnx/session.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {floatTensor} from './tensors.js';

/** Rows of a product in a stripe: enough for its full rate. */
const STRIPE = 128;
const MOST_STRIPES = 8;

/** Rows of a symmetric product, in order, of which only what is left of the diagonal is computed: the columns to `end`. */
export interface Stripe {
  readonly start: number;
  readonly end: number;
}

export function stripesOf(size: number): Stripe[] {
  const count = Math.max(1, Math.min(MOST_STRIPES, Math.round(size / STRIPE)));
  const edge = (i: number): number => Math.round((i * size) / count);
  return Array.from({length: count}, (_, i) => ({start: edge(i), end: edge(i + 1)}));
}

/** Some columns of a matrix that is kept column by column. */
export const someColumns = ({cols, data}: Matrix, start: number, end: number): Matrix => ({
  rows: end - start,
  cols,
  data: data.subarray(start * cols, end * cols),
});

/** Products A^T B of matrices that are kept column by column, on one session that opens with the first. */
export class ColumnProducts {
  private session: Session | undefined;

  /** @param threads default: one per physical core */
  constructor(
    private readonly type: FloatType,
    private readonly threads?: number,
  ) {}

  /**
   * @param a, b columns as rows, of the type
   * @returns row-major, as many rows as A has columns
   */
  async of(a: Matrix, b: Matrix): Promise<FloatArray> {
    return (await (await this.opened()).run(feeds(a, b)))['product']!.data as FloatArray;
  }

  /** The same, written where it is wanted. */
  async into(to: FloatArray, a: Matrix, b: Matrix): Promise<void> {
    await (await this.opened()).run(feeds(a, b), {product: floatTensor(to, a.rows, b.rows)});
  }

  async release(): Promise<void> {
    await this.session?.release();
  }

  private async opened(): Promise<Session> {
    return (this.session ??= await openSession(productModel(this.type), {threads: this.threads}));
  }
}

const feeds = (a: Matrix, b: Matrix) => ({
  a: floatTensor(a.data, a.rows, a.cols),
  b: floatTensor(b.data, b.rows, b.cols),
});

function productModel(type: FloatType): Uint8Array {
  return buildModel({
    inputs: [
      {name: 'a', type, shape: ['a.cols', 'rows']},
      {name: 'b', type, shape: ['b.cols', 'rows']},
    ],
    nodes: [{op: 'Gemm', inputs: ['a', 'b'], outputs: ['product'], attributes: {transB: 1}}],
    outputs: [{name: 'product', type, shape: ['a.cols', 'b.cols']}],
  });
}
