import {WasmInstance} from './wasm-instance.js';
import {f64x2, i32, times, v128, wasmFunction} from './wasm.js';

const VECTOR = 16;
const DOUBLE = 8;
/** Numbers that are counted for at once: chains of divisions that overlap in the processor. */
const TOGETHER = 8;
const PIVOTS = ['p0', 'p1', 'p2', 'p3'] as const;
const SHIFTS = ['x0', 'x1', 'x2', 'x3'] as const;
const COUNTS = ['n0', 'n1', 'n2', 'n3'] as const;
const SLOPES = ['d0', 'd1', 'd2', 'd3'] as const;
const SUMS = ['s0', 's1', 's2', 's3'] as const;

/**
 * How many pivots of T - x are not negative, and the derivative of log |det(T - x)|, for eight numbers x. Of every row of T: its diagonal
 * and the square before it, each twice.
 */
const count = wasmFunction(
  'count',
  {
    params: ['rows', 'turns', 'shifts', 'counts', 'slopes'],
    ints: [],
    vectors: [...PIVOTS, ...SHIFTS, ...COUNTS, ...SLOPES, ...SUMS, 'diagonal', 'square', 'inverse', 'share'],
  },
  l => [
    ...SHIFTS.map((x, i) => l[x].set(v128.loadAfter(i * VECTOR)(l.shifts.get))),
    ...PIVOTS.map(p => l[p].set(f64x2.one)),
    times(l.turns, [
      l.diagonal.set(v128.load(l.rows.get)),
      l.square.set(v128.loadAfter(VECTOR)(l.rows.get)),
      // p = d - x - e^2 / before, and of its derivative with x the share p' / p of the one before.
      ...PIVOTS.flatMap((p, i) => [
        l.inverse.set(f64x2.div(f64x2.one, l[p].get)),
        l.share.set(f64x2.mul(l[SLOPES[i]!].get, l.inverse.get)),
        l[SUMS[i]!].set(f64x2.add(l[SUMS[i]!].get, l.share.get)),
        l.inverse.set(f64x2.mul(l.square.get, l.inverse.get)),
        l[p].set(f64x2.sub(f64x2.sub(l.diagonal.get, l[SHIFTS[i]!].get), l.inverse.get)),
        l[SLOPES[i]!].set(f64x2.sub(f64x2.mul(l.inverse.get, l.share.get), f64x2.one)),
      ]),
      ...COUNTS.map((n, i) =>
        l[n].set(v128.longSub(l[n].get, f64x2.lessOrEqual(f64x2.zero, l[PIVOTS[i]!].get))),
      ),
      l.rows.increase(i32.const(2 * VECTOR)),
    ]),
    ...COUNTS.map((n, i) => v128.storeAfter(i * VECTOR)(l.counts.get, l[n].get)),
    ...SUMS.map((sum, i) =>
      v128.storeAfter(i * VECTOR)(
        l.slopes.get,
        f64x2.add(l[sum].get, f64x2.div(l[SLOPES[i]!].get, l[PIVOTS[i]!].get)),
      ),
    ),
  ],
);

/** Stands in for the square of 0 beside the diagonal: far below all rounding, and a pivot of 0 before it leaves no 0 / 0. */
const NOTHING = 2 ** -1000;

let wasm: WasmInstance | undefined;

/** Share of a step of Newton's method by which it is overdone, so that it ends beyond the eigenvalue. */
const BEYOND = 2 ** -8;

/** Intervals of the largest eigenvalues, descending: those of several may be the same. */
class Intervals {
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  /** Where they are divided next, if not in the middle, and how far from where they were divided before. */
  private readonly aims: Float64Array;
  private readonly steps: Float64Array;

  constructor(
    count: number,
    bottom: number,
    top: number,
    private readonly tolerance: number,
  ) {
    this.low = new Float64Array(count).fill(bottom);
    this.high = new Float64Array(count).fill(top);
    this.aims = new Float64Array(count).fill(NaN);
    this.steps = new Float64Array(count);
  }

  isOpen = (i: number): boolean => this.width(i) > 2 * this.tolerance;

  width = (i: number): number => this.high[i]! - this.low[i]!;

  middle = (i: number): number => (this.low[i]! + this.high[i]!) / 2;

  /** Whether it is that of the one before. */
  isSame = (i: number): boolean => this.low[i] === this.low[i - 1];

  divisor = (i: number): number => (Number.isNaN(this.aims[i]) ? this.middle(i) : this.aims[i]!);

  /** Share of the way up. */
  at = (i: number, share: number): number => this.low[i]! + share * this.width(i);

  /** Learns how many eigenvalues there are from x on; those before `first` are known. */
  learn(x: number, above: number, first: number): void {
    const {low, high} = this;
    for (let i = Math.min(above, low.length) - 1; i >= first && low[i]! < x; i--) low[i] = x;
    for (let i = Math.max(above, first); i < high.length && high[i]! > x; i++) high[i] = x;
  }

  /**
   * Aims at the root that Newton's method finds from x, and a little beyond, if the interval holds one eigenvalue alone and is less than
   * half of what it was, or the steps fall off.
   */
  aim(i: number, x: number, slope: number, before: number): void {
    const step = -1 / slope;
    const aim = x + step + Math.sign(step) * Math.max(this.tolerance, BEYOND * Math.abs(step));
    const isNearer = this.width(i) <= before / 2 || Math.abs(step) <= this.steps[i]! / 4;
    const isWithin = aim > this.low[i]! && aim < this.high[i]!;
    this.aims[i] = isNearer && isWithin && !this.isSame(i) && !this.isSame(i + 1) ? aim : NaN;
    this.steps[i] = Math.abs(step);
  }
}

/**
 * The largest eigenvalues of a symmetric tridiagonal matrix by bisection: as many are at least x as pivots of T - x are not negative
 * (Givens 1954; Golub and Van Loan, Matrix Computations, 2013, section 8.4.1). An interval that holds one of them alone is divided where
 * Newton's method takes the root of the determinant to be. Each is within a few roundings of the largest in absolute value.
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
    slopes: memory.place(TOGETHER * DOUBLE),
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
  const intervals = new Intervals(wanted, bottom - n * tolerance, top + n * tolerance, tolerance);
  const shifts = memory.floats(at.shifts, TOGETHER);
  const counts = memory.ints(at.counts, 2 * TOGETHER);
  const slopes = memory.floats(at.slopes, TOGETHER);
  for (let first = 0; first < wanted;) {
    if (!intervals.isOpen(first)) {
      first++;
      continue;
    }
    // The first open intervals are divided, each once; the last more often if there are few: it holds most of the values.
    const divided: {i: number; width: number}[] = [];
    for (let i = first; i < wanted && divided.length < TOGETHER; i++)
      if (intervals.isOpen(i) && (i === first || !intervals.isSame(i)))
        divided.push({i, width: intervals.width(i)});
    const last = divided.at(-1)!.i;
    const spare = TOGETHER - divided.length;
    divided.forEach(({i}, s) => (shifts[s] = intervals.divisor(i)));
    for (let s = 1; s <= spare; s++) shifts[TOGETHER - s] = intervals.at(last, s / (spare + 1));
    memory.call('count', at.rows, n, at.shifts, at.counts, at.slopes);
    for (const [s, x] of shifts.entries()) intervals.learn(x, counts[2 * s]!, first);
    for (const [s, {i, width}] of divided.entries()) intervals.aim(i, shifts[s]!, slopes[s]!, width);
  }
  const values = Float64Array.from({length: wanted}, (_, i) => intervals.middle(i));
  shifts.fill(least * values[0]!);
  memory.call('count', at.rows, n, at.shifts, at.counts, at.slopes);
  return {values, above: counts[0]!};
}
