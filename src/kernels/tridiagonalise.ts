import {WasmInstance} from './wasm-instance.js';
import {f64x2, i32, times, v128, wasmFunction} from './wasm.js';

const BYTES = 8;
/** Rows that are worked on at once, numbers of each in a turn, and where in a turn its vectors begin. */
const ROWS = 2;
const TURN = 4;
const VECTORS = [0, 16] as const;
/** Scalars of a row: v, w, next, and two that its sum is left in. */
const SCALARS = 5;

/**
 * The loop that takes the time, on two rows: row -= v[r] w + w[r] v; then the sum of row * next, and product += next[r] row.
 * The scalars are in memory: `scalars` says where.
 */
const pass = wasmFunction(
  'pass',
  {
    params: ['row', 'second', 'v', 'w', 'next', 'product', 'turns', 'scalars'],
    ints: [],
    vectors: ['vs', 'ws', 'nexts', 'products', 'x', 'v0', 'w0', 'n0', 'sum0', 'v1', 'w1', 'n1', 'sum1'],
  },
  l => {
    const rows = [
      {at: l.row, v: l.v0, w: l.w0, next: l.n0, sum: l.sum0},
      {at: l.second, v: l.v1, w: l.w1, next: l.n1, sum: l.sum1},
    ];
    const scalar = (row: number, which: number) =>
      i32.add(l.scalars.get, i32.const((row * SCALARS + which) * BYTES));
    return [
      ...rows.flatMap(({v, w, next}, r) =>
        [v, w, next].map((factor, which) => factor.set(f64x2.loadSplat(scalar(r, which)))),
      ),
      times(l.turns, [
        ...VECTORS.flatMap(bytes => {
          const [load, store] = [v128.loadAfter(bytes), v128.storeAfter(bytes)];
          return [
            l.vs.set(load(l.v.get)),
            l.ws.set(load(l.w.get)),
            l.nexts.set(load(l.next.get)),
            l.products.set(load(l.product.get)),
            ...rows.flatMap(({at, v, w, next, sum}) => [
              l.x.set(
                f64x2.sub(load(at.get), f64x2.add(f64x2.mul(v.get, l.ws.get), f64x2.mul(w.get, l.vs.get))),
              ),
              store(at.get, l.x.get),
              sum.set(f64x2.add(sum.get, f64x2.mul(l.x.get, l.nexts.get))),
              l.products.set(f64x2.add(l.products.get, f64x2.mul(l.x.get, next.get))),
            ]),
            store(l.product.get, l.products.get),
          ];
        }),
        ...[l.row, l.second, l.v, l.w, l.next, l.product].map(pointer =>
          pointer.increase(i32.const(TURN * BYTES)),
        ),
      ]),
      ...rows.map(({sum}, r) => v128.store(scalar(r, 3), sum.get)),
    ];
  },
);
const FUNCTIONS = [pass];

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
  const memory = (wasm ??= new WasmInstance(FUNCTIONS));
  memory.clear();
  const start = memory.place(size * size * BYTES);
  const places = Array.from({length: 4}, () => memory.place(size * BYTES));
  const scalarsAt = memory.place(ROWS * SCALARS * BYTES);
  const a = memory.floats(start, size * size);
  const scalars = memory.floats(scalarsAt, ROWS * SCALARS);
  const scale = copyScaled(size, matrix, a);
  /** A vector of zeros, and its address. */
  const vector = (at: number): Vector => ({at, values: memory.floats(at, size).fill(0)});
  // A becomes A - v w^T - w v^T; v and w of the reflection before, and those that are being made.
  let [v, w, nextV, nextW] = places.map(vector) as [Vector, Vector, Vector, Vector];
  const off = new Float64Array(size);

  for (let last = size - 1; last > 0; last--) {
    subtract(a, last * size, last, v.values, w.values);
    const {end, tau} = reflect(a.subarray(last * size, last * size + last), nextV.values);
    off[last - 1] = end;
    if (tau !== 0) reflected?.(nextV.values.subarray(0, last), tau);

    const product = nextW.values.fill(0, 0, last);
    for (let row = 0; row < last; row += ROWS) multiply(row, Math.min(ROWS, last - row));
    let along = 0;
    for (let c = 0; c < last; c++) along += nextV.values[c]! * product[c]!;
    for (let c = 0; c < last; c++) product[c] = tau * (product[c]! - (tau / 2) * along * nextV.values[c]!);
    [v, w, nextV, nextW] = [nextV, nextW, v, w];
  }
  if (size > 0) subtract(a, 0, 0, v.values, w.values);
  return {diagonal: Float64Array.from({length: size}, (_, i) => a[i * size + i]!), off, scale};

  /** Subtracts from `count` rows what is due, and adds to the product of the matrix with the next reflection what they make of it. */
  function multiply(first: number, count: number): void {
    const turns = count === ROWS ? Math.floor(first / TURN) : 0;
    if (turns > 0) {
      for (let r = 0; r < ROWS; r++) {
        scalars[r * SCALARS] = v.values[first + r]!;
        scalars[r * SCALARS + 1] = w.values[first + r]!;
        scalars[r * SCALARS + 2] = nextV.values[first + r]!;
      }
      const at = start + first * size * BYTES;
      memory.call('pass', at, at + size * BYTES, v.at, w.at, nextV.at, nextW.at, turns, scalarsAt);
    }
    for (let r = 0; r < count; r++) {
      const row = first + r;
      const factor = nextV.values[row]!;
      let sum = turns > 0 ? scalars[r * SCALARS + 3]! + scalars[r * SCALARS + 4]! : 0;
      subtract(a, row * size, row, v.values, w.values, turns * TURN);
      for (let c = turns * TURN; c < row; c++) {
        sum += a[row * size + c]! * nextV.values[c]!;
        nextW.values[c]! += a[row * size + c]! * factor;
      }
      nextW.values[row]! += sum + a[row * size + row]! * factor;
    }
  }
}

/** Copies the lower triangle, divided by the scale, which it returns. */
function copyScaled(size: number, from: Float64Array, to: Float64Array): number {
  let largest = 0;
  for (let r = 0; r < size; r++)
    for (let at = r * size; at <= r * size + r; at++) largest = Math.max(largest, Math.abs(from[at]!));
  const scale = 2 ** Math.floor(Math.log2(largest || 1));
  for (let r = 0; r < size; r++) for (let at = r * size; at <= r * size + r; at++) to[at] = from[at]! / scale;
  return scale;
}

interface Vector {
  readonly at: number;
  readonly values: Float64Array;
}

/** Row `row` of A - v w^T - w v^T, from column `from` to the diagonal. */
function subtract(
  a: Float64Array,
  at: number,
  row: number,
  v: Float64Array,
  w: Float64Array,
  from = 0,
): void {
  for (let c = from; c <= row; c++) a[at + c]! -= v[row]! * w[c]! + w[row]! * v[c]!;
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
