import type {Matrix} from '../../src/kernels/matrix.js';

/** Turns the plane of two columns. */
export function turned({rows, cols, data}: Matrix, a: number, b: number, angle: number): Matrix {
  const out = Float64Array.from(data);
  for (let i = 0; i < rows; i++) {
    const [p, q] = [data[i * cols + a]!, data[i * cols + b]!];
    out[i * cols + a] = Math.cos(angle) * p - Math.sin(angle) * q;
    out[i * cols + b] = Math.sin(angle) * p + Math.cos(angle) * q;
  }
  return {rows, cols, data: out};
}

/** The rows in another order. */
export function reordered({cols, data}: Matrix, order: readonly number[]): Matrix {
  const rows = order.map(i => [...data.subarray(i * cols, (i + 1) * cols)]);
  return {rows: order.length, cols, data: Float64Array.from(rows.flat())};
}

/** All orders of the numbers from 0 to n - 1. */
export function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap(order =>
    Array.from({length: n}, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}
