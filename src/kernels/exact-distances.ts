import type {FloatArray} from './matrix.js';
import type {SharedMemory} from './wasm-instance.js';
import {functionsOn, placed, sharedMemory} from './wasm-instance.js';
import type {Code} from './wasm.js';
import {f32x4, f64x2, i32, times, v128, wasmFunction} from './wasm.js';

/** Points that are measured at once: as many chains of additions as overlap in the processor. */
const TOGETHER = 8;
/** Points that are measured at once in float32. */
const FILTERED = 4;
const POINTS = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'] as const;
const SUMS = ['s0', 's1', 's2', 's3'] as const;
const ROW = ['r0', 'r1'] as const;
const VECTOR = 16;
const DOUBLE = 8;
/** Bytes of what is measured at once. */
const OUT = 64;

/**
 * Distances of a row to eight points, two in a vector, so that every sum is that of `distancesTo`: over the columns in order, in
 * float64. What fills up the last vector of a row is zero in all of them and adds nothing.
 *
 * @param pairs pairs of columns in a vector of the data
 * @param load one of these pairs of a point, in float64
 */
const distances = (name: string, pairs: number, load: (point: Code, pair: number) => Code) =>
  wasmFunction(
    name,
    {params: ['row', ...POINTS, 'turns', 'out'], ints: [], vectors: [...SUMS, ...ROW, 'd', 'e']},
    l => {
      const row = ROW.slice(0, pairs).map(name => l[name]);
      return [
        times(l.turns, [
          ...row.map((value, c) => value.set(v128.loadAfter(c * VECTOR)(l.row.get))),
          ...SUMS.flatMap((sum, s) =>
            row.flatMap((value, c) => [
              l.d.set(f64x2.sub(value.get, load(l[POINTS[2 * s]!].get, c))),
              l.e.set(f64x2.sub(value.get, load(l[POINTS[2 * s + 1]!].get, c))),
              l.d.set(f64x2.mul(l.d.get, l.d.get)),
              l.e.set(f64x2.mul(l.e.get, l.e.get)),
              l[sum].set(f64x2.add(l[sum].get, v128.pick([0, 1, 4, 5])(l.d.get, l.e.get))),
              l[sum].set(f64x2.add(l[sum].get, v128.pick([2, 3, 6, 7])(l.d.get, l.e.get))),
            ]),
          ),
          ...POINTS.map(point => l[point].increase(i32.const(VECTOR))),
          l.row.increase(i32.const(pairs * VECTOR)),
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

const FUNCTIONS = [
  distances('distances32', 2, (point, pair) => f64x2.ofFloats(v128.load64Zero(pair * DOUBLE)(point))),
  distances('distances64', 1, point => v128.load(point)),
  squares,
];

/** A block of points in a memory that threads share, in which each has room of its own for a row. */
export interface PointBlock {
  readonly memory: SharedMemory;
  /** Whether the points are held in float32. */
  readonly single: boolean;
  readonly cols: number;
  readonly points: number;
}

/** Where things are in the memory of a block: first the points, each in whole vectors with zeros at its end. */
function layout({single, cols, points}: Omit<PointBlock, 'memory'>, thread: number) {
  const inVector = single ? VECTOR / 4 : VECTOR / DOUBLE;
  const turns = Math.ceil(cols / inVector);
  const stride = turns * VECTOR;
  const row =
    placed(points * stride) + thread * (placed(turns * inVector * DOUBLE) + placed(stride) + placed(OUT));
  const row32 = row + placed(turns * inVector * DOUBLE);
  const out = row32 + placed(stride);
  return {inVector, turns, stride, row, row32, out, end: out + placed(OUT)};
}

/**
 * Puts points where threads can measure distances to them.
 *
 * @param data whole rows of `cols` numbers; `heldRows` of a block are there already
 * @param used a memory that is needed no more: it is taken if it is large enough
 */
export function holdPoints(data: FloatArray, cols: number, threads: number, used?: SharedMemory): PointBlock {
  const single = data instanceof Float32Array;
  const points = data.length / cols;
  const {inVector, turns, end} = layout({single, cols, points}, threads - 1);
  const memory = used !== undefined && used.buffer.byteLength >= end ? used : sharedMemory(end);
  const block = {memory, single, cols, points};
  if (data.buffer === memory.buffer) return block;
  const width = inVector * turns;
  const held = numbersOf(block, points * width);
  if (width === cols) held.set(data);
  else
    for (let r = 0; r < points; r++) {
      held.set(data.subarray(r * cols, (r + 1) * cols), r * width);
      held.fill(0, r * width + cols, (r + 1) * width);
    }
  return block;
}

const numbersOf = ({memory: {buffer}, single}: PointBlock, length: number): FloatArray =>
  single ? new Float32Array(buffer, 0, length) : new Float64Array(buffer, 0, length);

/** The points where they are held; null if they do not lie there one after another. */
export function heldRows(block: PointBlock): FloatArray | null {
  const {inVector, turns} = layout(block, 0);
  return inVector * turns === block.cols ? numbersOf(block, block.points * block.cols) : null;
}

/** Exact distances of a row to some of the points of a block: those of `distancesTo`, to the last bit, in a quarter of its time. */
export class ExactDistances {
  readonly #single: boolean;
  readonly #cols: number;
  readonly #functions: ReturnType<typeof functionsOn>;
  readonly #at: ReturnType<typeof layout>;
  #filters = false;
  readonly #row: Float64Array;
  readonly #row32: Float32Array;
  readonly #distances: Float64Array;
  readonly #sums: Float32Array;

  /** @param thread which of the threads that share the block this is */
  constructor(block: PointBlock, thread: number) {
    const {memory, single, cols} = block;
    this.#single = single;
    this.#cols = cols;
    this.#functions = functionsOn(FUNCTIONS, memory);
    const at = (this.#at = layout(block, thread));
    const width = at.inVector * at.turns;
    this.#row = new Float64Array(memory.buffer, at.row, width).fill(0);
    this.#row32 = new Float32Array(memory.buffer, at.row32, single ? width : 0).fill(0);
    this.#distances = new Float64Array(memory.buffer, at.out, TOGETHER);
    this.#sums = new Float32Array(memory.buffer, at.out, VECTOR);
  }

  /** Measures from here on from the row that begins at `from`. */
  from(data: FloatArray, from: number): void {
    const row = data.subarray(from, from + this.#cols);
    this.#row.set(row);
    this.#filters = this.#single && row instanceof Float32Array;
    if (this.#filters) this.#row32.set(row);
  }

  /** To the points that stand from `start` to `end` of a list, numbered within the block: into the same places of `out`. */
  to(points: Int32Array, start: number, end: number, out: Float64Array): void {
    const {stride, row, turns, out: at} = this.#at;
    const address = (n: number): number => points[Math.min(n, end - 1)]! * stride;
    const measure = this.#functions[this.#single ? 'distances32' : 'distances64']!;
    const distances = this.#distances;
    for (let n = start; n < end; n += TOGETHER) {
      measure(
        row,
        address(n),
        address(n + 1),
        address(n + 2),
        address(n + 3),
        address(n + 4),
        address(n + 5),
        address(n + 6),
        address(n + 7),
        turns,
        at,
      );
      const taken = Math.min(TOGETHER, end - n);
      for (let t = 0; t < taken; t++) out[n + t] = distances[t]!;
    }
  }

  /**
   * Of the points that stand from `start` to `end` of a list keeps those that may be within `limit`: all but what float32 proves to be
   * farther. Each of the four sums of squares has a term a turn and is off by at most (turns + 8) 2^-24 of itself (Higham 2002, section
   * 3.1). A row that float32 does not hold is not filtered for.
   *
   * @returns where those that are kept end, in order
   */
  within(limit: number, points: Int32Array, start: number, end: number): number {
    if (!this.#filters || limit === Infinity) return end;
    const {stride, row32, turns, out} = this.#at;
    const most = limit * limit * (1 + 2 * (turns + 16) * 2 ** -24) + 2 ** -100;
    const address = (n: number): number => points[Math.min(n, end - 1)]! * stride;
    const sums = this.#sums;
    const squares = this.#functions['squares']!;
    let kept = start;
    for (let n = start; n < end; n += FILTERED) {
      squares(row32, address(n), address(n + 1), address(n + 2), address(n + 3), turns, out);
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
