import {PAIRS} from './columns.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {floatType} from './matrix.js';
import type {Matrix64} from './product.js';
import {WasmInstance} from './wasm-instance.js';
import {f64x2, i32, times, v128, wasmFunction} from './wasm.js';

const VECTOR = 16;
const DOUBLE = 8;
/** Rows that are turned at once: their numbers of a column fill a line of the cache. */
const GROUP = 8;
const SECONDS = ['second0', 'second1', 'second2', 'second3'] as const;
/** Numbers of the rows that are copied in at once: they stay in the cache. */
const TILE = 2 ** 16;

/** A group of rows, by pairs of columns: moved, and written column after column. */
const turn = (type: FloatType) => {
  const {bytes, load} = PAIRS[type];
  return wasmFunction(
    type,
    {
      params: ['data', 'stride', 'pairs', 'shift', 'out', 'outStride'],
      ints: ['at'],
      vectors: ['less', 'row', 'next', ...SECONDS],
    },
    l => [
      times(l.pairs, [
        l.less.set(v128.load(l.shift.get)),
        l.at.set(l.data.get),
        ...SECONDS.flatMap((second, pair) => [
          ...[l.row, l.next].flatMap(row => [
            row.set(f64x2.sub(load(l.at.get), l.less.get)),
            l.at.increase(l.stride.get),
          ]),
          v128.storeAfter(pair * VECTOR)(l.out.get, f64x2.firsts(l.row.get, l.next.get)),
          l[second].set(f64x2.seconds(l.row.get, l.next.get)),
        ]),
        l.out.increase(l.outStride.get),
        ...SECONDS.map((second, pair) => v128.storeAfter(pair * VECTOR)(l.out.get, l[second].get)),
        l.out.increase(l.outStride.get),
        l.data.increase(i32.const(bytes)),
        l.shift.increase(i32.const(VECTOR)),
      ]),
    ],
  );
};

/** Rows moved and turned in a memory of their own, where products read them. */
export class TurnedRows {
  readonly #memory = new WasmInstance([turn('float32'), turn('float64')]);

  /**
   * The columns of some rows moved by `-shift`, one after another, in float64.
   *
   * @returns cols x rows; to be used before others are turned
   */
  turn({rows, cols, data}: Matrix, shift: Float64Array): Matrix64 {
    const memory = this.#memory;
    memory.clear();
    const type = floatType(data);
    const bytes = data.BYTES_PER_ELEMENT;
    const pairs = Math.ceil(cols / 2);
    const step = Math.max(GROUP, Math.floor(TILE / cols / GROUP) * GROUP);
    const at = {
      out: memory.place((2 * pairs * rows + GROUP) * DOUBLE),
      shift: memory.place(2 * pairs * DOUBLE),
      tile: memory.place(step * cols * bytes),
    };
    memory.floats(at.shift, cols).set(shift);
    // From the last rows to the first: where a group is not full, it spoils the head of the next column, which is written after it.
    for (let start = Math.floor((rows - 1) / step) * step; start >= 0; start -= step) {
      const height = Math.min(step, rows - start);
      const tile: FloatArray =
        type === 'float32' ? memory.singles(at.tile, height * cols) : memory.floats(at.tile, height * cols);
      tile.set(data.subarray(start * cols, (start + height) * cols));
      for (let r = Math.floor((height - 1) / GROUP) * GROUP; r >= 0; r -= GROUP)
        memory.call(
          type,
          ...[at.tile + r * cols * bytes, cols * bytes, pairs],
          ...[at.shift, at.out + (start + r) * DOUBLE, rows * DOUBLE],
        );
    }
    return {rows: cols, cols: rows, data: memory.floats(at.out, cols * rows)};
  }
}
