import type {FloatArray} from './matrix.js';
import type {WasmInstance} from './wasm-instance.js';
import type {Code} from './wasm.js';
import {f32x4, f64x2, i32, times, v128, wasmFunction} from './wasm.js';

/** Points that are measured at once: as many chains of additions as overlap in the processor. */
const TOGETHER = 8;
/** Points that are measured at once in float32. */
const FILTERED = 4;
const POINTS = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'] as const;
const SUMS = ['s0', 's1', 's2', 's3'] as const;
const ROW = ['r0', 'r1', 'r2', 'r3'] as const;
const VECTOR = 16;
const DOUBLE = 8;

/**
 * Distances of a row to eight points, two in a vector, so that every sum is that of `distancesTo`: over the columns in order, in
 * float64. What fills up the last vector of a row is zero in all of them and adds nothing.
 *
 * @param inVector columns in a vector of the data
 * @param pick the numbers of two points in one column of their vectors, in float64
 */
const distances = (name: string, inVector: number, pick: (a: Code, b: Code, col: number) => Code) =>
  wasmFunction(
    name,
    {params: ['row', ...POINTS, 'turns', 'out'], ints: [], vectors: [...SUMS, ...ROW, 'a', 'b', 'd']},
    l => {
      const row = ROW.slice(0, inVector).map(name => l[name]);
      return [
        times(l.turns, [
          ...row.map((value, c) => value.set(f64x2.loadSplat(i32.add(l.row.get, i32.const(c * DOUBLE))))),
          ...SUMS.flatMap((sum, s) => [
            l.a.set(v128.load(l[POINTS[2 * s]!].get)),
            l.b.set(v128.load(l[POINTS[2 * s + 1]!].get)),
            ...row.flatMap((value, c) => [
              l.d.set(f64x2.sub(value.get, pick(l.a.get, l.b.get, c))),
              l[sum].set(f64x2.add(l[sum].get, f64x2.mul(l.d.get, l.d.get))),
            ]),
          ]),
          ...POINTS.map(point => l[point].increase(i32.const(VECTOR))),
          l.row.increase(i32.const(inVector * DOUBLE)),
        ]),
        ...SUMS.map((sum, s) =>
          v128.store(i32.add(l.out.get, i32.const(s * VECTOR)), f64x2.sqrt(l[sum].get)),
        ),
      ];
    },
  );

/** Squared distances of a row to four points in float32: four sums of each, which are left to be added. */
const squares = wasmFunction(
  'squares',
  {params: ['row', 'p0', 'p1', 'p2', 'p3', 'turns', 'out'], ints: [], vectors: [...SUMS, 'r', 'd']},
  l => {
    const points = [l.p0, l.p1, l.p2, l.p3];
    return [
      times(l.turns, [
        l.r.set(v128.load(l.row.get)),
        ...points.flatMap((point, s) => [
          l.d.set(f32x4.sub(l.r.get, v128.load(point.get))),
          l[SUMS[s]!].set(f32x4.add(l[SUMS[s]!].get, f32x4.mul(l.d.get, l.d.get))),
        ]),
        ...[l.row, ...points].map(pointer => pointer.increase(i32.const(VECTOR))),
      ]),
      ...SUMS.map((sum, s) => v128.store(i32.add(l.out.get, i32.const(s * VECTOR)), l[sum].get)),
    ];
  },
);

export const EXACT_DISTANCES = [
  distances('distances32', 4, (a, b, c) => f64x2.ofFloats(v128.pick([c, 4 + c, c, c])(a, b))),
  distances('distances64', 2, (a, b, c) => v128.pick([2 * c, 2 * c + 1, 4 + 2 * c, 5 + 2 * c])(a, b)),
  squares,
];

/**
 * Exact distances of a row to some of the points of a block: those of `distancesTo`, to the last bit, in a quarter of its time.
 * Instances share a memory: what one places is gone when it is cleared.
 */
export class ExactDistances {
  readonly #single: boolean;
  /** Bytes from a point to the next, and vectors in it. */
  readonly #stride: number;
  readonly #turns: number;
  readonly #points: number;
  readonly #row: number;
  readonly #row32: number;
  readonly #out: number;
  #views: {row: Float64Array; row32: Float32Array; distances: Float64Array; sums: Float32Array} | undefined;

  /** @param points whole rows of `cols` numbers */
  constructor(
    private readonly memory: WasmInstance,
    points: FloatArray,
    private readonly cols: number,
  ) {
    this.#single = points instanceof Float32Array;
    const bytes = points.BYTES_PER_ELEMENT;
    const inVector = VECTOR / bytes;
    this.#turns = Math.ceil(cols / inVector);
    this.#stride = this.#turns * VECTOR;
    const rows = points.length / cols;
    this.#points = memory.place(rows * this.#stride);
    this.#row = memory.place(this.#turns * inVector * DOUBLE);
    this.#row32 = memory.place(this.#stride);
    this.#out = memory.place(TOGETHER * DOUBLE);
    const width = this.#turns * inVector;
    const held = this.#single
      ? memory.singles(this.#points, rows * width)
      : memory.floats(this.#points, rows * width);
    if (width === cols) held.set(points);
    else
      for (let r = 0; r < rows; r++) {
        held.set(points.subarray(r * cols, (r + 1) * cols), r * width);
        held.fill(0, r * width + cols, (r + 1) * width);
      }
    memory.floats(this.#row, this.#turns * inVector).fill(0);
    memory.bytes(this.#row32, this.#stride).fill(0);
  }

  /** Looks at the memory once everything is placed in it: growing moves it. */
  open(): void {
    this.#views = {
      row: this.memory.floats(this.#row, this.cols),
      row32: this.memory.singles(this.#row32, this.#single ? this.cols : 0),
      distances: this.memory.floats(this.#out, TOGETHER),
      sums: this.memory.singles(this.#out, VECTOR),
    };
  }

  /** Measures from here on from the row that begins at `from`. */
  from(data: FloatArray, from: number): void {
    const row = data.subarray(from, from + this.cols);
    const {row: double, row32} = this.#views!;
    double.set(row);
    if (this.#single) row32.set(row);
  }

  /** To the points that stand from `start` to `end` of a list, numbered within the block: into the same places of `out`. */
  to(points: Int32Array, start: number, end: number, out: Float64Array): void {
    const address = (n: number): number => this.#points + points[Math.min(n, end - 1)]! * this.#stride;
    const {distances} = this.#views!;
    const name = this.#single ? 'distances32' : 'distances64';
    for (let n = start; n < end; n += TOGETHER) {
      this.memory.call(
        name,
        this.#row,
        address(n),
        address(n + 1),
        address(n + 2),
        address(n + 3),
        address(n + 4),
        address(n + 5),
        address(n + 6),
        address(n + 7),
        this.#turns,
        this.#out,
      );
      const taken = Math.min(TOGETHER, end - n);
      for (let t = 0; t < taken; t++) out[n + t] = distances[t]!;
    }
  }

  /**
   * Of the points that stand from `start` to `end` of a list keeps those that may be within `limit`: all but what float32 proves to be
   * farther. Their sum of squares is off by at most (cols + 8) 2^-24 of itself, whatever the order (Higham 2002, section 3.1).
   *
   * @returns where those that are kept end, in order
   */
  within(limit: number, points: Int32Array, start: number, end: number): number {
    if (!this.#single || limit === Infinity) return end;
    const most = limit * limit * (1 + 2 * (this.cols + 16) * 2 ** -24) + 2 ** -100;
    const address = (n: number): number => this.#points + points[Math.min(n, end - 1)]! * this.#stride;
    const {sums} = this.#views!;
    let kept = start;
    for (let n = start; n < end; n += FILTERED) {
      this.memory.call(
        'squares',
        this.#row32,
        address(n),
        address(n + 1),
        address(n + 2),
        address(n + 3),
        this.#turns,
        this.#out,
      );
      const taken = Math.min(FILTERED, end - n);
      for (let t = 0; t < taken; t++) {
        const square = sums[4 * t]! + sums[4 * t + 1]! + (sums[4 * t + 2]! + sums[4 * t + 3]!);
        // A sum that overflows proves nothing.
        if (square > most && square !== Infinity) continue;
        points[kept++] = points[n + t]!;
      }
    }
    return kept;
  }
}
