import {WasmInstance} from './wasm-instance.js';
import {f64x2, i32, times, v128, wasmFunction, when} from './wasm.js';

const BYTES = 8;
/** Bytes of a vector: two numbers, and so two rows are worked on at once. */
const VECTOR = 16;

/** What the sweep needs of two columns, side by side: of v, of w, of the next v, and of the product. */
const [V, W, NEXT, PRODUCT] = [0, VECTOR, 2 * VECTOR, 3 * VECTOR] as const;
const TOGETHER = 4 * VECTOR;

/**
 * The loop that takes the time, over the lower triangle of A as it is packed here: A -= v w^T + w v^T, and product = A next. Of a
 * number beside the diagonal the sum of its row takes what it does for one side, the product what it does for the other.
 *
 * @param columns room for all vectors side by side, so that one address leads to what belongs together
 */
const sweep = wasmFunction(
  'sweep',
  {
    params: ['row', 'pairs', 'v', 'w', 'next', 'product', 'columns'],
    ints: ['second', 'before', 'turns', 'at', 'own', 'from'],
    vectors: ['vs', 'ws', 'nexts', 'x0', 'x1', 'v0', 'w0', 'next0', 'sum0', 'v1', 'w1', 'next1', 'sum1'],
  },
  l => {
    const rows = [
      {at: l.row, x: l.x0, v: l.v0, w: l.w0, next: l.next0, sum: l.sum0},
      {at: l.second, x: l.x1, v: l.v1, w: l.w1, next: l.next1, sum: l.sum1},
    ];
    const load = (turn: number) => [
      l.vs.set(v128.loadAfter(turn * TOGETHER + V)(l.at.get)),
      l.ws.set(v128.loadAfter(turn * TOGETHER + W)(l.at.get)),
      l.nexts.set(v128.loadAfter(turn * TOGETHER + NEXT)(l.at.get)),
    ];
    const update = (turn: number) =>
      rows.flatMap(({at, x, v, w, sum}) => [
        x.set(v128.loadAfter(turn * VECTOR)(at.get)),
        x.set(f64x2.relaxedNmadd(w.get, l.vs.get, f64x2.relaxedNmadd(v.get, l.ws.get, x.get))),
        v128.storeAfter(turn * VECTOR)(at.get, x.get),
        sum.set(f64x2.relaxedMadd(x.get, l.nexts.get, sum.get)),
      ]);
    const besideDiagonal = (turns: number) => [
      ...Array.from({length: turns}, (_, turn) => [
        ...load(turn),
        ...update(turn),
        v128.storeAfter(turn * TOGETHER + PRODUCT)(
          l.at.get,
          f64x2.relaxedMadd(
            l.x1.get,
            l.next1.get,
            f64x2.relaxedMadd(l.x0.get, l.next0.get, v128.loadAfter(turn * TOGETHER + PRODUCT)(l.at.get)),
          ),
        ),
      ]).flat(),
      l.at.increase(i32.const(turns * TOGETHER)),
      ...[l.row, l.second].map(at => at.increase(i32.const(turns * VECTOR))),
    ];
    const sums = f64x2.add(f64x2.firsts(l.sum0.get, l.sum1.get), f64x2.seconds(l.sum0.get, l.sum1.get));
    const sources = [
      [l.v, V],
      [l.w, W],
      [l.next, NEXT],
    ] as const;
    return [
      l.own.set(l.columns.get),
      l.turns.set(l.pairs.get),
      times(l.turns, [
        ...sources.flatMap(([from, to]) => [
          v128.storeAfter(to)(l.own.get, v128.load(from.get)),
          from.increase(i32.const(VECTOR)),
        ]),
        v128.storeAfter(PRODUCT)(l.own.get, f64x2.zero),
        l.own.increase(i32.const(TOGETHER)),
      ]),
      l.before.set(i32.const(0)),
      l.own.set(l.columns.get),
      times(l.pairs, [
        // A pair of rows has as many vectors as there are pairs before, and the one on the diagonal.
        l.second.set(i32.add(l.row.get, i32.mul(i32.add(l.before.get, i32.const(1)), i32.const(VECTOR)))),
        ...rows.flatMap(({v, w, next, sum}, r) => [
          ...[[v, V] as const, [w, W] as const, [next, NEXT] as const].map(([factor, of]) =>
            factor.set(f64x2.loadSplat(i32.add(l.own.get, i32.const(of + r * BYTES)))),
          ),
          sum.set(f64x2.zero),
        ]),
        l.at.set(l.columns.get),
        when(i32.and(l.before.get, i32.const(1)), besideDiagonal(1)),
        l.turns.set(i32.shiftRight(l.before.get, i32.const(1))),
        when(i32.less(i32.const(0), l.turns.get), [times(l.turns, besideDiagonal(2))]),
        ...load(0),
        ...update(0),
        v128.storeAfter(PRODUCT)(l.own.get, f64x2.add(v128.loadAfter(PRODUCT)(l.own.get), sums)),
        l.own.increase(i32.const(TOGETHER)),
        l.row.set(i32.add(l.second.get, i32.const(VECTOR))),
        l.before.increase(i32.const(1)),
      ]),
      l.own.set(l.columns.get),
      times(l.before, [
        v128.store(l.product.get, v128.loadAfter(PRODUCT)(l.own.get)),
        l.product.increase(i32.const(VECTOR)),
        l.own.increase(i32.const(TOGETHER)),
      ]),
    ];
  },
);

/** y = factors[0] y + factors[1] x */
const combine = wasmFunction(
  'combine',
  {params: ['y', 'x', 'pairs', 'factors'], ints: [], vectors: ['own', 'other']},
  l => [
    l.own.set(f64x2.loadSplat(l.factors.get)),
    l.other.set(f64x2.loadSplat(i32.add(l.factors.get, i32.const(BYTES)))),
    times(l.pairs, [
      v128.store(
        l.y.get,
        f64x2.relaxedMadd(v128.load(l.x.get), l.other.get, f64x2.mul(v128.load(l.y.get), l.own.get)),
      ),
      ...[l.y, l.x].map(at => at.increase(i32.const(VECTOR))),
    ]),
  ],
);

/** The inner product of x and y, as two numbers that are left to be added. */
const dot = wasmFunction('dot', {params: ['x', 'y', 'pairs', 'out'], ints: [], vectors: ['sum']}, l => [
  times(l.pairs, [
    l.sum.set(f64x2.relaxedMadd(v128.load(l.x.get), v128.load(l.y.get), l.sum.get)),
    ...[l.x, l.y].map(at => at.increase(i32.const(VECTOR))),
  ]),
  v128.store(l.out.get, l.sum.get),
]);

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
  const memory = (wasm ??= new WasmInstance([sweep, combine, dot]));
  memory.clear();
  const pairs = Math.ceil(size / 2);
  const start = memory.place(startOf(2 * pairs) * BYTES);
  const places = Array.from({length: 4}, () => memory.place(pairs * VECTOR));
  const numbers = memory.place(VECTOR);
  const columns = memory.place(pairs * TOGETHER);
  const a = memory.floats(start, startOf(2 * pairs));
  const scale = pack(size, matrix, a);
  /** A vector of zeros, and its address. */
  const vector = (at: number): Vector => ({at, values: memory.floats(at, 2 * pairs).fill(0)});
  // A becomes A - v w^T - w v^T; v and w of the reflection before, and those that are being made.
  let [v, w, nextV, nextW] = places.map(vector) as [Vector, Vector, Vector, Vector];
  const pair = memory.floats(numbers, 2);
  const combined = (y: number, x: number, length: number, own: number, other: number): void => {
    pair[0] = own;
    pair[1] = other;
    memory.call('combine', y, x, Math.ceil(length / 2), numbers);
  };
  const inner = (x: number, y: number, length: number): number => {
    memory.call('dot', x, y, Math.ceil(length / 2), numbers);
    return pair[0]! + pair[1]!;
  };
  const diagonal = new Float64Array(size);
  const off = new Float64Array(size);

  for (let last = size - 1; last >= 0; last--) {
    const row = start + startOf(last) * BYTES;
    const [lastV, lastW] = [v.values[last]!, w.values[last]!];
    if (lastV !== 0 || lastW !== 0) {
      combined(row, v.at, last + 1, 1, -lastW);
      combined(row, w.at, last + 1, 1, -lastV);
    }
    diagonal[last] = a[startOf(last) + last]!;
    if (last === 0) break;

    // The reflection I - tau v v^T that leaves of the row only its end. If nothing else is there to begin with, v and tau are 0.
    const head = a[startOf(last) + last - 1]!;
    combined(nextV.at, row, last - 1, 0, 1);
    // What is read is whole pairs: a number more where they are odd.
    nextV.values[last - 1] = 0;
    nextV.values[last] = 0;
    const squares = last === 1 ? 0 : inner(nextV.at, nextV.at, last - 1);
    const norm = Math.sqrt(head * head + squares);
    const end = squares === 0 ? head : head > 0 ? -norm : norm;
    const tau = squares === 0 ? 0 : (end - head) / end;
    off[last - 1] = end;
    if (squares !== 0) {
      combined(nextV.at, nextV.at, last - 1, 1 / (head - end), 0);
      nextV.values[last - 1] = 1;
      reflected?.(nextV.values.subarray(0, last), tau);
    }

    // What the sweep makes of the row that is done, the second of a pair, counts no more: its factors are 0.
    memory.call('sweep', start, Math.ceil(last / 2), v.at, w.at, nextV.at, nextW.at, columns);
    const along = inner(nextV.at, nextW.at, last);
    combined(nextW.at, nextV.at, last, tau, -(tau * tau * along) / 2);
    nextW.values[last] = 0;
    [v, w, nextV, nextW] = [nextV, nextW, v, w];
  }
  return {diagonal, off, scale};
}

/** Of a power of two whose inverse float64 holds. */
const LEAST_SCALE = -1000;

/** Where a row begins: rows 2p and 2p + 1 have 2p + 2 places each, so that the blocks of two by two on the diagonal are whole. */
function startOf(row: number): number {
  const pair = row >> 1;
  return 2 * pair * (pair + 1) + (row & 1) * (2 * pair + 2);
}

/** Copies the lower triangle, divided by the scale, which it returns. */
function pack(size: number, from: Float64Array, to: Float64Array): number {
  let largest = 0;
  for (let r = 0; r < size; r++)
    for (let at = r * size; at <= r * size + r; at++) {
      const value = Math.abs(from[at]!);
      if (value > largest) largest = value;
    }
  const scale = 2 ** Math.max(LEAST_SCALE, Math.floor(Math.log2(largest || 1)));
  const inverse = 1 / scale;
  // An odd last row is half of a pair.
  if (size % 2 === 1) to.fill(0, startOf(size - 1));
  for (let r = 0; r < size; r++) {
    const at = startOf(r);
    for (let c = 0; c <= r; c++) to[at + c] = from[r * size + c]! * inverse;
    if (r % 2 === 1) to[startOf(r - 1) + r] = to[at + r - 1]!;
  }
  return scale;
}

interface Vector {
  readonly at: number;
  readonly values: Float64Array;
}
