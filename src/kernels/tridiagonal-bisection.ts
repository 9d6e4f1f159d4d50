import {WasmInstance} from './wasm-instance.js';
import {f64x2, i32, times, v128, wasmFunction} from './wasm.js';

const VECTOR = 16;
const DOUBLE = 8;
/** Numbers that are counted for at once: chains of divisions that overlap in the processor. */
const TOGETHER = 8;
const PIVOTS = ['p0', 'p1', 'p2', 'p3'] as const;
const SHIFTS = ['x0', 'x1', 'x2', 'x3'] as const;
const COUNTS = ['n0', 'n1', 'n2', 'n3'] as const;

/** How many pivots of T - x are not negative, for eight numbers x. Of every row of T: its diagonal and the square before it, each twice. */
const count = wasmFunction(
  'count',
  {
    params: ['rows', 'turns', 'shifts', 'counts'],
    ints: [],
    vectors: [...PIVOTS, ...SHIFTS, ...COUNTS, 'diagonal', 'square'],
  },
  l => [
    ...SHIFTS.map((x, i) => l[x].set(v128.loadAfter(i * VECTOR)(l.shifts.get))),
    ...PIVOTS.map(p => l[p].set(f64x2.one)),
    times(l.turns, [
      l.diagonal.set(v128.load(l.rows.get)),
      l.square.set(v128.loadAfter(VECTOR)(l.rows.get)),
      ...PIVOTS.map((p, i) =>
        l[p].set(f64x2.sub(f64x2.sub(l.diagonal.get, l[SHIFTS[i]!].get), f64x2.div(l.square.get, l[p].get))),
      ),
      ...COUNTS.map((n, i) =>
        l[n].set(v128.longSub(l[n].get, f64x2.lessOrEqual(f64x2.zero, l[PIVOTS[i]!].get))),
      ),
      l.rows.increase(i32.const(2 * VECTOR)),
    ]),
    ...COUNTS.map((n, i) => v128.storeAfter(i * VECTOR)(l.counts.get, l[n].get)),
  ],
);

/** Stands in for the square of 0 beside the diagonal: far below all rounding, and a pivot of 0 before it leaves no 0 / 0. */
const NOTHING = 2 ** -1000;

let wasm: WasmInstance | undefined;

/**
 * The largest eigenvalues of a symmetric tridiagonal matrix by bisection: as many are at least x as pivots of T - x are not negative
 * (Givens 1954; Golub and Van Loan, Matrix Computations, 2013, section 8.4.1). Each is within a few roundings of the largest in absolute
 * value.
 *
 * @param diagonal n numbers, about 1 at most
 * @param off n numbers, `off[i]` stands between i and i + 1, the last is not used
 * @param wanted how many, at most n
 * @param least share of the largest
 * @returns them, descending, and how many eigenvalues there are of at least that share
 */
export function largestByBisection(
  diagonal: Float64Array,
  off: Float64Array,
  wanted: number,
  least: number,
): {readonly values: Float64Array; readonly above: number} {
  const n = diagonal.length;
  const memory = (wasm ??= new WasmInstance([count]));
  memory.clear();
  const at = {
    rows: memory.place(n * 2 * VECTOR),
    shifts: memory.place(TOGETHER * DOUBLE),
    counts: memory.place(TOGETHER * DOUBLE),
  };
  const rows = memory.floats(at.rows, 4 * n);
  let [bottom, top] = [Infinity, -Infinity];
  for (let i = 0; i < n; i++) {
    const before = i === 0 ? 0 : Math.abs(off[i - 1]!);
    const beside = before + (i === n - 1 ? 0 : Math.abs(off[i]!));
    bottom = Math.min(bottom, diagonal[i]! - beside);
    top = Math.max(top, diagonal[i]! + beside);
    rows.fill(diagonal[i]!, 4 * i, 4 * i + 2);
    rows.fill(i === 0 ? 0 : Math.max(before * before, NOTHING), 4 * i + 2, 4 * i + 4);
  }
  const tolerance = Number.EPSILON * Math.max(Math.abs(bottom), Math.abs(top));
  // Gershgorin's bounds, and what rounding may leave outside of them.
  const low = new Float64Array(wanted).fill(bottom - n * tolerance);
  const high = new Float64Array(wanted).fill(top + n * tolerance);
  const shifts = memory.floats(at.shifts, TOGETHER);
  const counts = memory.ints(at.counts, 2 * TOGETHER);
  const open = (i: number): boolean => high[i]! - low[i]! > 2 * tolerance;
  for (let first = 0; first < wanted;) {
    if (!open(first)) {
      first++;
      continue;
    }
    // Numbers that divide the first open intervals, each once; the very first more often if there are few.
    let found = 0;
    for (let i = first; i < wanted && found < TOGETHER; i++)
      if (open(i) && (i === first || low[i] !== low[i - 1])) shifts[found++] = (low[i]! + high[i]!) / 2;
    const spare = TOGETHER - found;
    for (let s = 1; s <= spare; s++)
      shifts[found++] = low[first]! + (s / (spare + 1)) * (high[first]! - low[first]!);
    memory.call('count', at.rows, n, at.shifts, at.counts);
    for (const [s, x] of shifts.entries()) {
      const above = counts[2 * s]!;
      for (let i = Math.min(above, wanted) - 1; i >= first && low[i]! < x; i--) low[i] = x;
      for (let i = Math.max(above, first); i < wanted && high[i]! > x; i++) high[i] = x;
    }
  }
  const values = low.map((value, i) => (value + high[i]!) / 2);
  shifts.fill(least * values[0]!);
  memory.call('count', at.rows, n, at.shifts, at.counts);
  return {values, above: counts[0]!};
}
