import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import {floatType} from './matrix.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {floatTensor} from './tensors.js';

/** Rows of one product: few enough that rounding in float32 stays near 1e-6 of the whole. */
const ROWS = 16_384;

/**
 * Squared Frobenius norm of A^T B: products in the precision of the data (float64 if they differ), their sums over blocks of rows
 * in float64.
 */
export async function crossProductNorm(
  a: Matrix,
  b: Matrix,
  {threads, signal}: {threads?: number | undefined; signal?: AbortSignal | undefined} = {},
): Promise<number> {
  if (floatType(a.data) !== floatType(b.data)) [a, b] = [widened(a), widened(b)];
  const session = await openSession(productModel(floatType(a.data)), {threads});
  let total: FloatArray = new Float64Array(0);
  try {
    for (let start = 0; start < a.rows; start += ROWS) {
      signal?.throwIfAborted();
      const end = Math.min(start + ROWS, a.rows);
      const rows = ({data, cols}: Matrix) =>
        floatTensor(data.subarray(start * cols, end * cols), end - start, cols);
      const {product} = await session.run({a: rows(a), b: rows(b)});
      const values = product!.data as FloatArray;
      if (start === 0) total = a.rows > ROWS ? Float64Array.from(values) : values;
      else for (let i = 0; i < total.length; i++) total[i]! += values[i]!;
    }
  } finally {
    await session.release();
  }
  let sum = 0;
  for (let i = 0; i < total.length; i++) sum += total[i]! * total[i]!;
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
