import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {floatType} from './matrix.js';
import {WasmInstance} from './wasm-instance.js';
import type {Code} from './wasm.js';
import {f32x4, f64x2, i32, times, v128, wasmFunction} from './wasm.js';

/** Rows of a stretch: few enough that a sum over them in float32 stays within 1e-6 of the whole. */
const ROWS = 16_384;
/** Of what becomes of the rows that are turned at once: it stays in the cache. */
const TILE_BYTES = 3 * 2 ** 18;
const TILE_ROWS = 512;
/** Side of the squares that are turned back one after another. */
const SIDE = 32;
const VECTOR = 16;
const DOUBLE = 8;

/** A matrix column by column, as products of columns take it fastest: cols x rows, in stretches of its rows. */
export interface Columns {
  readonly rows: number;
  readonly cols: number;
  readonly stretches: readonly Matrix[];
}

const alike = (data: FloatArray, length: number): FloatArray =>
  data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);

/** How two numbers of a type are read, rounded to its precision and written. */
interface Pair {
  readonly bytes: number;
  readonly load: (address: Code) => Code;
  /** Rounded, as float64. */
  readonly rounded: (value: Code) => Code;
  readonly store: (address: Code, value: Code) => Code;
}

export const PAIRS: Readonly<Record<FloatType, Pair>> = {
  float32: {
    bytes: 8,
    load: address => f64x2.ofFloats(v128.load64Zero(0)(address)),
    rounded: value => f64x2.ofFloats(f32x4.ofDoubles(value)),
    store: (address, value) => v128.store64(address, f32x4.ofDoubles(value)),
  },
  float64: {bytes: 16, load: v128.load, rounded: value => value, store: v128.store},
};

/** Two rows and two columns at a time: moved, scaled, turned; and the squares of the rows as they are then, added in order. */
const turn = (type: FloatType) =>
  wasmFunction(
    type,
    {
      params: ['data', 'stride', 'rowPairs', 'columnPairs', 'shift', 'scale', 'out', 'outStride', 'squares'],
      ints: ['at', 'pairs', 'moved', 'column', 'second'],
      vectors: ['first', 'next', 'less', 'times', 'sum', 'square'],
    },
    l => [
      l.times.set(f64x2.loadSplat(l.scale.get)),
      times(l.rowPairs, [
        l.at.set(l.data.get),
        l.pairs.set(l.columnPairs.get),
        l.moved.set(l.shift.get),
        l.column.set(l.out.get),
        l.sum.set(f64x2.zero),
        times(l.pairs, [
          l.less.set(v128.load(l.moved.get)),
          ...[l.first, l.next].map((row, r) => {
            const address = r === 0 ? l.at.get : i32.add(l.at.get, l.stride.get);
            return row.set(f64x2.mul(f64x2.sub(PAIRS[type].load(address), l.less.get), l.times.get));
          }),
          ...[f64x2.firsts, f64x2.seconds].flatMap(ofColumn => [
            l.square.set(ofColumn(l.first.get, l.next.get)),
            PAIRS[type].store(l.column.get, l.square.get),
            l.square.set(PAIRS[type].rounded(l.square.get)),
            l.sum.set(f64x2.add(l.sum.get, f64x2.mul(l.square.get, l.square.get))),
            l.column.increase(l.outStride.get),
          ]),
          l.at.increase(i32.const(PAIRS[type].bytes)),
          l.moved.increase(i32.const(VECTOR)),
        ]),
        v128.store(l.squares.get, l.sum.get),
        l.squares.increase(i32.const(VECTOR)),
        l.out.increase(i32.const(PAIRS[type].bytes)),
        l.data.increase(i32.mul(l.stride.get, i32.const(2))),
      ]),
    ],
  );

const FUNCTIONS = [turn('float32'), turn('float64')];

let wasm: WasmInstance | undefined;

/** The columns one after another, moved by `-shift` and scaled in float64, then rounded to the precision of the data: cols x rows. */
function turned(
  {rows, cols, data}: Matrix,
  shift: Float64Array,
  scale: number,
  squares: Float64Array,
): Matrix {
  const memory = (wasm ??= new WasmInstance(FUNCTIONS));
  memory.clear();
  const type = floatType(data);
  const numbers = (at: number, length: number): FloatArray =>
    type === 'float32' ? memory.singles(at, length) : memory.floats(at, length);
  const bytes = data.BYTES_PER_ELEMENT;
  const step = 2 * Math.max(1, Math.min(TILE_ROWS, Math.floor(TILE_BYTES / (cols * bytes))) >> 1);
  const evenCols = cols + (cols % 2);
  // Columns a little farther apart than the rows of a tile: a power of two would crowd them into a part of the cache.
  const apart = step + 2;
  const at = {
    scale: memory.put(Float64Array.of(scale)),
    shift: memory.place(evenCols * DOUBLE),
    squares: memory.place(step * DOUBLE),
    tile: memory.place(step * evenCols * bytes),
    out: memory.place(evenCols * apart * bytes),
  };
  memory.floats(at.shift, evenCols).fill(0).set(shift);
  const tile = numbers(at.tile, step * evenCols).fill(0);
  const out = numbers(at.out, cols * apart);
  const to = alike(data, rows * cols);
  for (let start = 0; start < rows; start += step) {
    const height = Math.min(step, rows - start);
    // Columns come by pairs: where their number is odd, zeros make up the last.
    if (cols === evenCols) tile.set(data.subarray(start * cols, (start + height) * cols));
    else
      for (let r = 0; r < height; r++)
        tile.set(data.subarray((start + r) * cols, (start + r + 1) * cols), r * evenCols);
    memory.call(
      type,
      ...[at.tile, evenCols * bytes, Math.ceil(height / 2), evenCols / 2],
      ...[at.shift, at.scale, at.out, apart * bytes, at.squares],
    );
    squares.set(memory.floats(at.squares, height), start);
    for (let c = 0; c < cols; c++) to.set(out.subarray(c * apart, c * apart + height), c * rows + start);
  }
  return {rows: cols, cols: rows, data: to};
}

/** The columns, each number rounded to the precision of the data, and the squared lengths of the rows as they are then. */
export function columnsOf(
  x: Matrix,
  shift: Float64Array,
  scale: number,
): {readonly columns: Columns; readonly squares: Float64Array} {
  const {rows, cols, data} = x;
  const squares = new Float64Array(rows);
  const stretches = Array.from({length: Math.ceil(rows / ROWS)}, (_, s): Matrix => {
    const [start, end] = [s * ROWS, Math.min((s + 1) * ROWS, rows)];
    const some = {rows: end - start, cols, data: data.subarray(start * cols, end * cols)};
    return turned(some, shift, scale, squares.subarray(start, end));
  });
  return {columns: {rows, cols, stretches}, squares};
}

/** The matrix row by row again. */
export function rowsOf({rows, cols, stretches}: Columns): Matrix {
  const data = alike(stretches[0]!.data, rows * cols);
  let first = 0;
  for (const {cols: count, data: turned} of stretches) {
    for (let r0 = 0; r0 < count; r0 += SIDE)
      for (let c = 0; c < cols; c++)
        for (let r = r0; r < Math.min(r0 + SIDE, count); r++)
          data[(first + r) * cols + c] = turned[c * count + r]!;
    first += count;
  }
  return {rows, cols, data};
}
