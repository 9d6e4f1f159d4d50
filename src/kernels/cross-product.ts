import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import {gramModel, stripesOf} from './gram.js';
import {floatType} from './matrix.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {floatTensor} from './tensors.js';

/** Rows of one product: few enough that rounding in float32 stays near 1e-6 of the whole. */
const ROWS = 16_384;

interface Options {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Squared Frobenius norm of A^T B: products in the precision of the data (float64 if they differ), their sums over blocks of rows
 * in float64.
 */
export async function crossProductNorm(a: Matrix, b: Matrix, options: Options = {}): Promise<number> {
  if (a === b) return selfProductNorm(a, options);
  if (floatType(a.data) !== floatType(b.data)) [a, b] = [widened(a), widened(b)];
  const {product} = await sumOfProducts(productModel(floatType(a.data)), {a, b}, options);
  return squares(product!);
}

/** The same of A^T A, of which the half is computed. */
async function selfProductNorm(x: Matrix, options: Options): Promise<number> {
  const stripes = stripesOf(x.cols);
  const products = await sumOfProducts(gramModel(stripes, floatType(x.data)), {x}, options);
  let sum = 0;
  for (const {name, start, end} of stripes) {
    const stripe = products[name]!;
    let diagonal = 0;
    for (let at = start; at < stripe.length; at += end)
      diagonal += squares(stripe.subarray(at, at + end - start));
    sum += 2 * squares(stripe) - diagonal;
  }
  return sum;
}

/** The outputs of a model of products, summed over blocks of rows. */
async function sumOfProducts(
  model: Uint8Array,
  of: Readonly<Record<string, Matrix>>,
  {threads, signal}: Options,
): Promise<Readonly<Record<string, FloatArray>>> {
  const session = await openSession(model, {threads});
  const {rows} = Object.values(of)[0]!;
  const totals: Record<string, FloatArray> = {};
  try {
    for (let start = 0; start < rows; start += ROWS) {
      signal?.throwIfAborted();
      const end = Math.min(start + ROWS, rows);
      const block = ({data, cols}: Matrix) =>
        floatTensor(data.subarray(start * cols, end * cols), end - start, cols);
      const feeds = Object.fromEntries(Object.entries(of).map(([name, x]) => [name, block(x)]));
      for (const [name, product] of Object.entries(await session.run(feeds))) {
        const values = product.data as FloatArray;
        const total = totals[name];
        if (total === undefined) totals[name] = rows > ROWS ? Float64Array.from(values) : values;
        else for (let i = 0; i < total.length; i++) total[i]! += values[i]!;
      }
    }
  } finally {
    await session.release();
  }
  return totals;
}

function squares(values: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

const widened = (x: Matrix): Matrix => ({...x, data: Float64Array.from(x.data)});

function productModel(type: FloatType): Uint8Array {
  return buildModel({
    inputs: [
      {name: 'a', type, shape: ['rows', 'a.cols']},
      {name: 'b', type, shape: ['rows', 'b.cols']},
    ],
    nodes: [{op: 'Gemm', inputs: ['a', 'b'], outputs: ['product'], attributes: {transA: 1}}],
    outputs: [{name: 'product', type, shape: ['a.cols', 'b.cols']}],
  });
}
