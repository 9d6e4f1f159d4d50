import {WasmInstance} from './wasm-instance.js';
import {f64x2, i32, times, v128, wasmFunction, when} from './wasm.js';

const BYTES = 8;
/** Bytes of a vector: two numbers, and so two rows are worked on at once. */
const VECTOR = 16;

/**
 * The loop that takes the time, over the lower triangle of A as it is packed here: A -= v w^T + w v^T, and product += A next. Of a
 * number beside the diagonal the sum of its row takes what it does for one side, the product what it does for the other.
 */
const sweep = wasmFunction(
  'sweep',
  {
    params: ['row', 'pairs', 'v', 'w', 'next', 'product'],
    ints: [
      'second',
      'before',
      'turns',
      'vAt',
      'wAt',
      'nextAt',
      'productAt',
      'vRow',
      'wRow',
      'nextRow',
      'productRow',
    ],
    vectors: ['vs', 'ws', 'nexts', 'products', 'x', 'v0', 'w0', 'next0', 'sum0', 'v1', 'w1', 'next1', 'sum1'],
  },
  l => {
    const rows = [
      {at: l.row, v: l.v0, w: l.w0, next: l.next0, sum: l.sum0},
      {at: l.second, v: l.v1, w: l.w1, next: l.next1, sum: l.sum1},
    ];
    const columns = [
      {to: l.vs, at: l.vAt},
      {to: l.ws, at: l.wAt},
      {to: l.nexts, at: l.nextAt},
    ];
    const load = columns.map(({to, at}) => to.set(v128.load(at.get)));
    const update = ({at, v, w, sum}: (typeof rows)[number]) => [
      l.x.set(
        f64x2.sub(v128.load(at.get), f64x2.add(f64x2.mul(v.get, l.ws.get), f64x2.mul(w.get, l.vs.get))),
      ),
      v128.store(at.get, l.x.get),
      sum.set(f64x2.add(sum.get, f64x2.mul(l.x.get, l.nexts.get))),
    ];
    const forward = [l.row, l.second, l.vAt, l.wAt, l.nextAt, l.productAt].map(at =>
      at.increase(i32.const(VECTOR)),
    );
    const besideDiagonal = times(l.turns, [
      ...load,
      l.products.set(v128.load(l.productAt.get)),
      ...rows.flatMap(row => [
        ...update(row),
        l.products.set(f64x2.add(l.products.get, f64x2.mul(l.x.get, row.next.get))),
      ]),
      v128.store(l.productAt.get, l.products.get),
      ...forward,
    ]);
    const sums = f64x2.add(f64x2.firsts(l.sum0.get, l.sum1.get), f64x2.seconds(l.sum0.get, l.sum1.get));
    return [
      l.before.set(i32.const(0)),
      l.vRow.set(l.v.get),
      l.wRow.set(l.w.get),
      l.nextRow.set(l.next.get),
      l.productRow.set(l.product.get),
      times(l.pairs, [
        // A pair of rows has as many vectors as there are pairs before, and the one on the diagonal.
        l.second.set(i32.add(l.row.get, i32.mul(i32.add(l.before.get, i32.const(1)), i32.const(VECTOR)))),
        ...rows.flatMap(({v, w, next, sum}, r) => [
          ...[[v, l.vRow] as const, [w, l.wRow] as const, [next, l.nextRow] as const].map(([factor, at]) =>
            factor.set(f64x2.loadSplat(i32.add(at.get, i32.const(r * BYTES)))),
          ),
          sum.set(f64x2.zero),
        ]),
        l.vAt.set(l.v.get),
        l.wAt.set(l.w.get),
        l.nextAt.set(l.next.get),
        l.productAt.set(l.product.get),
        l.turns.set(l.before.get),
        when(i32.less(i32.const(0), l.turns.get), [besideDiagonal]),
        ...load,
        ...rows.flatMap(update),
        v128.store(l.productRow.get, f64x2.add(v128.load(l.productRow.get), sums)),
        ...[l.vRow, l.wRow, l.nextRow, l.productRow].map(at => at.increase(i32.const(VECTOR))),
        l.row.set(i32.add(l.second.get, i32.const(VECTOR))),
        l.before.increase(i32.const(1)),
      ]),
    ];
  },
);

/** Is told of a reflection I - tau v v^T of the first places, as many as v has; v is used again for another. */
export type Reflected = (v: Float64Array, tau: number) => void;

/** What has the eigenvalues of a matrix, divided by `scale`. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `off[i]` stands between i and i + 1; the last place is 0. */
  readonly off: Float64Array;
  /** The power of two that brings the largest entry to about 1, so that no square overflows or vanishes. */
  readonly scale: number;
}

let wasm: WasmInstance | undefined;

/**
 * Householder's reduction of a symmetric matrix to a tridiagonal one with the same eigenvalues, from the last row upwards (Golub
 * and Van Loan, Matrix Computations, 2013, section 8.3.1): 4/3 size^3 operations. The matrix is gone through once for each row:
 * what the reflection before changes is subtracted where the product with the next one is taken.
 *
 * @param matrix finite, row-major, size x size; only the lower triangle is read
 * @param reflected is told of every reflection, in order
 */
export function tridiagonalise(size: number, matrix: Float64Array, reflected?: Reflected): Tridiagonal {
  const memory = (wasm ??= new WasmInstance([sweep]));
  memory.clear();
  const pairs = Math.ceil(size / 2);
  const start = memory.place(startOf(2 * pairs) * BYTES);
  const places = Array.from({length: 4}, () => memory.place(pairs * VECTOR));
  const a = memory.floats(start, startOf(2 * pairs)).fill(0);
  const scale = pack(size, matrix, a);
  /** A vector of zeros, and its address. */
  const vector = (at: number): Vector => ({at, values: memory.floats(at, 2 * pairs).fill(0)});
  // A becomes A - v w^T - w v^T; v and w of the reflection before, and those that are being made.
  let [v, w, nextV, nextW] = places.map(vector) as [Vector, Vector, Vector, Vector];
  const diagonal = new Float64Array(size);
  const off = new Float64Array(size);

  for (let last = size - 1; last >= 0; last--) {
    const row = a.subarray(startOf(last), startOf(last) + last + 1);
    subtract(row, v.values, w.values);
    diagonal[last] = row[last]!;
    if (last === 0) break;
    const {end, tau} = reflect(row.subarray(0, last), nextV.values);
    off[last - 1] = end;
    if (tau !== 0) reflected?.(nextV.values.subarray(0, last), tau);

    // What the sweep makes of the row that is done, the second of a pair, counts no more: its factors are 0.
    nextV.values.fill(0, last);
    const product = nextW.values.fill(0);
    memory.call('sweep', start, Math.ceil(last / 2), v.at, w.at, nextV.at, nextW.at);
    let along = 0;
    for (let c = 0; c < last; c++) along += nextV.values[c]! * product[c]!;
    for (let c = 0; c < last; c++) product[c] = tau * (product[c]! - (tau / 2) * along * nextV.values[c]!);
    product.fill(0, last);
    [v, w, nextV, nextW] = [nextV, nextW, v, w];
  }
  return {diagonal, off, scale};
}

/** Where a row begins: rows 2p and 2p + 1 have 2p + 2 places each, so that the blocks of two by two on the diagonal are whole. */
function startOf(row: number): number {
  const pair = row >> 1;
  return 2 * pair * (pair + 1) + (row & 1) * (2 * pair + 2);
}

/** Copies the lower triangle, divided by the scale, which it returns. */
function pack(size: number, from: Float64Array, to: Float64Array): number {
  let largest = 0;
  for (let r = 0; r < size; r++)
    for (let at = r * size; at <= r * size + r; at++) largest = Math.max(largest, Math.abs(from[at]!));
  const scale = 2 ** Math.floor(Math.log2(largest || 1));
  for (let r = 0; r < size; r++) {
    const at = startOf(r);
    for (let c = 0; c <= r; c++) to[at + c] = from[r * size + c]! / scale;
    if (r % 2 === 1) to[startOf(r - 1) + r] = to[at + r - 1]!;
  }
  return scale;
}

interface Vector {
  readonly at: number;
  readonly values: Float64Array;
}

/** The last row of A - v w^T - w v^T, to the diagonal. */
function subtract(row: Float64Array, v: Float64Array, w: Float64Array): void {
  const last = row.length - 1;
  for (let c = 0; c <= last; c++) row[c]! -= v[last]! * w[c]! + w[last]! * v[c]!;
}

/** The reflection I - tau v v^T that leaves of a row only its end. If nothing else is there to begin with, v and tau are 0. */
function reflect(row: Float64Array, v: Float64Array): {end: number; tau: number} {
  const before = row.length - 1;
  const head = row[before]!;
  let squares = 0;
  for (let c = 0; c < before; c++) squares += row[c]! * row[c]!;
  if (squares === 0) {
    v.fill(0, 0, row.length);
    return {end: head, tau: 0};
  }
  const norm = Math.sqrt(head * head + squares);
  const end = head > 0 ? -norm : norm;
  for (let c = 0; c < before; c++) v[c] = row[c]! / (head - end);
  v[before] = 1;
  return {end, tau: (end - head) / end};
}
