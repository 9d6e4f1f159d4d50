import {ColumnProducts, someColumns, stripesOf} from './column-products.js';
import type {Columns} from './columns.js';
import type {FloatArray, FloatType} from './matrix.js';
import {floatType} from './matrix.js';

/** Sessions wait for the next pair: all layers with each other are many products, and each is soon done. */
const waiting = new Map<string, ColumnProducts>();

function productsOf(type: FloatType, threads: number | undefined): ColumnProducts {
  const key = `${type} ${threads}`;
  const products = waiting.get(key) ?? new ColumnProducts(type, threads);
  waiting.set(key, products);
  return products;
}

interface Options {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Squared Frobenius norm of A^T B: products in the precision of the data (float64 if they differ), their sums over stretches of rows
 * in float64. Of A^T A half is computed.
 */
export async function crossProductNorm(
  a: Columns,
  b: Columns,
  {threads, signal}: Options = {},
): Promise<number> {
  const types = [a, b].map(({stretches}) => floatType(stretches[0]!.data));
  const [left, right] = types[0] === types[1] ? [a, b] : [widened(a), widened(b)];
  const products = productsOf(types.includes('float64') ? 'float64' : 'float32', threads);
  let sum = 0;
  for (const {start, end} of a === b ? stripesOf(a.cols) : [{start: 0, end: a.cols}]) {
    const limit = a === b ? end : b.cols;
    let total: FloatArray | undefined;
    for (const [s, stretch] of left.stretches.entries()) {
      signal?.throwIfAborted();
      const values = await products.of(
        someColumns(stretch, start, end),
        someColumns(right.stretches[s]!, 0, limit),
      );
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
}

function squares(values: FloatArray): number {
  // Four sums at a time, which overlap in the processor.
  const whole = values.length - (values.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! ** 2;
    b += values[i + 1]! ** 2;
    c += values[i + 2]! ** 2;
    d += values[i + 3]! ** 2;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! ** 2;
  return a + b + (c + d);
}

const widened = ({stretches, ...of}: Columns): Columns => ({
  ...of,
  stretches: stretches.map(s => ({...s, data: Float64Array.from(s.data)})),
});
