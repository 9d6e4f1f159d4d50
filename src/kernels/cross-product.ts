import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import {floatType} from './matrix.js';
import type {FloatType, Matrix} from './matrix.js';
import {floatTensor, rowBlocks} from './tensors.js';

/**
 * Squared Frobenius norm of A^T B: products in the precision of the data (float64 if they differ), their sums over blocks of rows
 * in float64. Holds three matrices of a.cols x b.cols.
 */
export async function crossProductNorm(
  a: Matrix,
  b: Matrix,
  {threads, signal}: {threads?: number | undefined; signal?: AbortSignal | undefined} = {},
): Promise<number> {
  if (floatType(a.data) !== floatType(b.data)) [a, b] = [widened(a), widened(b)];
  const session = await openSession(productModel(floatType(a.data)), {threads});
  const total = new Float64Array(a.cols * b.cols);
  try {
    for (const [start, end] of rowBlocks(a.rows, Math.max(a.cols, b.cols))) {
      signal?.throwIfAborted();
      const rows = ({data, cols}: Matrix) =>
        floatTensor(data.subarray(start * cols, end * cols), end - start, cols);
      const {product} = await session.run({a: rows(a), b: rows(b)});
      const values = product!.data as typeof a.data;
      for (let i = 0; i < total.length; i++) total[i]! += values[i]!;
    }
  } finally {
    await session.release();
  }
  return total.reduce((sum, value) => sum + value * value, 0);
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
