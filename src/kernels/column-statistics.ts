import {LARGEST, requireFinite} from './finite.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {floatType} from './matrix.js';
import type {Vectors} from './vectors.js';
import {vectorsOf} from './vectors.js';
import {WasmInstance} from './wasm-instance.js';
import type {Code} from './wasm.js';
import {f32x4, f64x2, i32, times, v128, wasmFunction} from './wasm.js';

/** What there is to say of every column. */
export interface ColumnStatistics {
  /** Accumulated in float64, in the order of the rows. Zeros if there are no rows. */
  readonly means: Float64Array;
  /** The smallest and the largest number. Infinity and -Infinity if there are no rows. */
  readonly least: FloatArray;
  readonly most: FloatArray;
}

const VECTOR = 16;
const DOUBLE = 8;
/** Bytes of the rows that are copied at once: they stay in the cache. */
const TILE = 2 ** 18;

/**
 * Adds rows to sums, minima and maxima that lie as the columns do, each filled up to whole vectors.
 *
 * @param halves pairs of columns in a vector
 * @param half one of them in float64
 */
const statistics = (
  name: FloatType,
  {min, max}: Record<'min' | 'max', (...operands: Code[]) => Code>,
  halves: readonly ((value: Code) => Code)[],
) =>
  wasmFunction(
    name,
    {
      params: ['data', 'stride', 'rows', 'vectors', 'sums', 'least', 'most'],
      ints: ['at', 'turn', 'sum', 'low', 'high'],
      vectors: ['value'],
    },
    l => {
      const sumOf = (half: number) => i32.add(l.sum.get, i32.const(half * VECTOR));
      return [
        times(l.rows, [
          l.at.set(l.data.get),
          l.turn.set(l.vectors.get),
          l.sum.set(l.sums.get),
          l.low.set(l.least.get),
          l.high.set(l.most.get),
          times(l.turn, [
            l.value.set(v128.load(l.at.get)),
            ...halves.map((half, h) =>
              v128.store(sumOf(h), f64x2.add(v128.load(sumOf(h)), half(l.value.get))),
            ),
            v128.store(l.low.get, min(v128.load(l.low.get), l.value.get)),
            v128.store(l.high.get, max(v128.load(l.high.get), l.value.get)),
            ...[l.at, l.low, l.high].map(at => at.increase(i32.const(VECTOR))),
            l.sum.increase(i32.const(halves.length * VECTOR)),
          ]),
          l.data.increase(l.stride.get),
        ]),
      ];
    },
  );

const FUNCTIONS = [
  statistics('float32', f32x4, [
    value => f64x2.ofFloats(value),
    value => f64x2.ofFloats(v128.pick([2, 3, 2, 3])(value, value)),
  ]),
  statistics('float64', f64x2, [value => value]),
];

let wasm: WasmInstance | undefined;

/** Sums, minima and maxima of columns so far. */
interface Running {
  readonly sums: Float64Array;
  readonly least: FloatArray;
  readonly most: FloatArray;
}

const nothing = (cols: number, type: FloatType): Running => {
  const array = (): FloatArray => (type === 'float32' ? new Float32Array(cols) : new Float64Array(cols));
  return {
    sums: new Float64Array(cols),
    least: array().fill(Infinity),
    most: array().fill(-Infinity),
  };
};

/** Takes rows in, one after another, so that it does not matter how they are cut into blocks. */
function take({rows, cols, data}: Matrix, running: Running): void {
  const memory = (wasm ??= new WasmInstance(FUNCTIONS));
  memory.clear();
  const type = floatType(data);
  const bytes = data.BYTES_PER_ELEMENT;
  const vectors = Math.ceil((cols * bytes) / VECTOR);
  const width = (vectors * VECTOR) / bytes;
  const step = Math.max(1, Math.floor(TILE / (cols * bytes)));
  const sums = memory.place(width * DOUBLE);
  const least = memory.place(vectors * VECTOR);
  const most = memory.place(vectors * VECTOR);
  // The last row is read to the end of its last vector.
  const tile = memory.place(Math.min(step, rows) * cols * bytes + VECTOR);
  const numbers = (at: number, length: number): FloatArray =>
    type === 'float32' ? memory.singles(at, length) : memory.floats(at, length);
  memory.floats(sums, cols).set(running.sums);
  numbers(least, cols).set(running.least);
  numbers(most, cols).set(running.most);
  for (let start = 0; start < rows && cols > 0; start += step) {
    const end = Math.min(start + step, rows);
    numbers(tile, (end - start) * cols).set(data.subarray(start * cols, end * cols));
    memory.call(type, tile, cols * bytes, end - start, vectors, sums, least, most);
  }
  running.sums.set(memory.floats(sums, cols));
  running.least.set(numbers(least, cols));
  running.most.set(numbers(most, cols));
}

const meansOf = ({sums}: Running, rows: number): Float64Array =>
  rows === 0 ? sums : sums.map(s => s / rows);

function checkFinite(x: Matrix, {least, most}: Pick<Running, 'least' | 'most'>, firstRow: number): void {
  const within = (value: number): boolean => Math.abs(value) <= LARGEST;
  if (x.rows > 0 && !(least.every(within) && most.every(within))) requireFinite(x, firstRow);
}

export function columnStatistics(x: Matrix): ColumnStatistics {
  const running = nothing(x.cols, floatType(x.data));
  take(x, running);
  return {means: meansOf(running, x.rows), least: running.least, most: running.most};
}

/**
 * The same of finite numbers.
 *
 * @param firstRow number of the first row, where the rows are part of more
 * @throws E305 naming the first row and column (0-based) of a value that is not finite, or whose square is not
 */
export function finiteStatistics(x: Matrix, firstRow = 0): ColumnStatistics {
  const found = columnStatistics(x);
  checkFinite(x, found, firstRow);
  return found;
}

/** The statistics of finite rows that come block by block, however they are cut. */
export class RunningStatistics {
  /** So far. */
  rows = 0;
  private readonly running: Running;

  constructor(private readonly cols: number) {
    this.running = nothing(cols, 'float64');
  }

  /**
   * @param data whole rows
   * @throws E305 as `finiteStatistics`
   */
  add(data: FloatArray): void {
    const {cols, running} = this;
    const x = {rows: data.length / cols, cols, data};
    take(x, running);
    checkFinite(x, running, this.rows);
    this.rows += x.rows;
  }

  /** Of all so far. */
  get statistics(): ColumnStatistics {
    const {least, most} = this.running;
    return {means: meansOf(this.running, this.rows), least, most};
  }

  /** Whether all rows so far are equal, value by value: true of no rows and of one. */
  get constant(): boolean {
    const {least, most} = this.running;
    return this.rows === 0 || least.every((value, c) => value === most[c]);
  }
}

/** @throws E305 as `finiteStatistics` */
export async function readStatistics(x: Matrix | Vectors): Promise<RunningStatistics> {
  const {cols, blocks} = vectorsOf(x);
  const running = new RunningStatistics(cols);
  for await (const data of blocks()) running.add(data);
  return running;
}

/** Mean of every column, accumulated in float64. Zeros if there are no rows. */
export const columnMeans = (x: Matrix): Float64Array => columnStatistics(x).means;
