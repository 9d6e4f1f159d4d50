import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import type {Columns} from './columns.js';
import {stripesOf} from './gram.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {floatType} from './matrix.js';
import {floatTensor} from './tensors.js';

interface Options {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Squared Frobenius norm of A^T B: products in the precision of the data (float64 if they differ), their sums over stretches of rows
 * in float64. Of A^T A half is computed.
 */
export async function crossProductNorm(a: Columns, b: Columns, options: Options = {}): Promise<number> {
  const types = [a, b].map(({stretches}) => floatType(stretches[0]!.data));
  const [left, right] = types[0] === types[1] ? [a, b] : [widened(a), widened(b)];
  const session = await openSession(productModel(types.includes('float64') ? 'float64' : 'float32'), options);
  try {
    let sum = 0;
    for (const {start, end} of a === b ? stripesOf(a.cols) : [{start: 0, end: a.cols}]) {
      const limit = a === b ? end : b.cols;
      let total: FloatArray | undefined;
      for (const [s, stretch] of left.stretches.entries()) {
        options.signal?.throwIfAborted();
        const feeds = {a: someRows(stretch, start, end), b: someRows(right.stretches[s]!, 0, limit)};
        const values = (await session.run(feeds))['product']!.data as FloatArray;
        if (total === undefined) total = left.stretches.length > 1 ? Float64Array.from(values) : values;
        else for (let i = 0; i < total.length; i++) total[i]! += values[i]!;
      }
      sum += squares(total!) * (a === b ? 2 : 1);
      // What stands on both sides of the diagonal has been counted twice.
      if (a === b)
        for (let at = start; at < total!.length; at += end)
          sum -= squares(total!.subarray(at, at + end - start));
    }
    return sum;
  } finally {
    await session.release();
  }
}

const someRows = ({cols, data}: Matrix, start: number, end: number) =>
  floatTensor(data.subarray(start * cols, end * cols), end - start, cols);

function squares(values: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

const widened = ({stretches, ...of}: Columns): Columns => ({
  ...of,
  stretches: stretches.map(s => ({...s, data: Float64Array.from(s.data)})),
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
