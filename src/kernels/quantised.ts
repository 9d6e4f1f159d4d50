import type {FloatArray} from './matrix.js';
import {
  GATHER,
  INVERSE,
  LARGEST,
  LENGTH,
  LOST,
  ROUNDING_BYTES,
  SCALE,
  SQUARE,
  largest,
  round,
} from './int8-rounding.js';
import {ROTATION, Rotation, widthOf} from './rotation.js';
import {WasmInstance} from './wasm-instance.js';

/** Rows turned by one rotation and written as a scale times 8-bit integers. */
export interface Quantised {
  readonly rows: number;
  /** rows x `width` integers in [-127, 127], so small that no sum of their products leaves 32 bits. */
  readonly integers: Int8Array;
  readonly scales: Float32Array;
  /** How far, at most, a row is from its scale times its integers, in the units of the quantiser. */
  readonly errors: Float64Array;
  /** Squared length of the scale times the integers, exact but for the rounding of float64. */
  readonly squares: Float64Array;
}

/** Room for rows, in memory that threads share. */
export function quantisedRoom(rows: number, cols: number): Quantised {
  const place = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(rows * bytes);
  return {
    rows,
    integers: new Int8Array(place(widthOf(cols))),
    scales: new Float32Array(place(4)),
    errors: new Float64Array(place(8)),
    squares: new Float64Array(place(8)),
  };
}

/** Rows `from` to `to`, the latter excluded. */
export function quantisedRows(all: Quantised, from: number, to: number): Quantised {
  const width = all.integers.length / all.rows;
  return {
    rows: to - from,
    integers: all.integers.subarray(from * width, to * width),
    scales: all.scales.subarray(from, to),
    errors: all.errors.subarray(from, to),
    squares: all.squares.subarray(from, to),
  };
}

/** Numbers of the rows that are turned at once, and how many rows. */
const BATCH = 2 ** 18;
const BATCH_ROWS = 64;
const [BYTES, DOUBLE] = [4, 8];
/** More than anything that underflows in float32 adds up to. */
const UNDERFLOW = 2 ** -120;
/** A scale that float32 holds with all its bits, and its inverse too. */
const LEAST_SCALE = 2 ** -125;

/**
 * Writes rows as 8-bit integers with a bound on what that loses.
 *
 * A row is moved by `-shift` and scaled by a power of two in float64, rounded to float32, rotated, and divided by a scale of its own.
 * The bound holds for the row as given: it has the residual, measured in float64, and what the roundings before can move.
 */
export class Quantiser {
  readonly #memory = new WasmInstance([...ROTATION, ...GATHER, largest, round]);
  readonly #rotation: Rotation;
  /** Rows that are turned at once. */
  readonly #most: number;
  /** The largest integer. */
  readonly #largest: number;
  /**
   * Addresses: of a row; for every number that the rotation is given, of its column as bytes, of what is subtracted from it and what it
   * is multiplied by; of what becomes of the row.
   */
  readonly #at: Readonly<
    Record<'row' | 'columns32' | 'columns64' | 'shifts' | 'factors' | 'integers' | 'numbers', number>
  >;
  /** What the memory holds of a row. */
  readonly #integers: Uint8Array;
  readonly #singles: Float32Array;
  readonly #doubles: Float64Array;
  /** Integers of a row. */
  readonly width: number;

  /**
   * @param shift subtracted from every row; any will do, their mean makes the bounds tight
   * @param scale a power of two that makes the largest of the moved numbers about 1
   */
  constructor(
    readonly shift: Float64Array,
    readonly scale: number,
  ) {
    const cols = shift.length;
    const memory = this.#memory;
    const width = (this.width = widthOf(cols));
    this.#largest = Math.min(127, Math.floor(Math.sqrt((2 ** 31 - 1) / width)));
    this.#most = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH / width)));
    this.#rotation = new Rotation(cols, this.#most, memory);
    const {order, factors} = this.#rotation;
    // What fills up a row is 0, whatever it is made of.
    const columns = order.map(col => (col < cols ? col : 0));
    const at = (this.#at = {
      row: memory.place(cols * DOUBLE),
      columns32: memory.put(columns.map(col => col * BYTES)),
      columns64: memory.put(columns.map(col => col * DOUBLE)),
      shifts: memory.put(Float64Array.from(columns, col => shift[col]!)),
      factors: memory.put(Float64Array.from(order, (col, c) => (col < cols ? factors[c]! * scale : 0))),
      integers: memory.place(width),
      numbers: memory.place(ROUNDING_BYTES),
    });
    this.#integers = memory.bytes(at.integers, width);
    this.#singles = memory.singles(at.numbers, ROUNDING_BYTES / BYTES);
    this.#doubles = memory.floats(at.numbers, ROUNDING_BYTES / DOUBLE);
  }

  /**
   * @param data whole rows of finite numbers
   * @param quantised room for as many; default: new
   */
  quantise(
    data: FloatArray,
    quantised: Quantised = quantisedRoom(data.length / this.shift.length, this.shift.length),
  ): Quantised {
    const {width} = this;
    const cols = this.shift.length;
    const {rows} = quantised;
    const single = data instanceof Float32Array;
    const {row, columns32, columns64, shifts, factors} = this.#at;
    const held = single ? this.#memory.singles(row, cols) : this.#memory.floats(row, cols);
    const gather = single ? 'gather32' : 'gather64';
    const columns = single ? columns32 : columns64;
    for (let from = 0; from < rows; from += this.#most) {
      const count = Math.min(this.#most, rows - from);
      for (let r = 0; r < count; r++) {
        held.set(data.subarray((from + r) * cols, (from + r + 1) * cols));
        const to = this.#rotation.rows + r * width * BYTES;
        this.#memory.call(gather, row, to, columns, shifts, factors, width / 4);
      }
      const turned = this.#rotation.turn(count);
      for (let r = 0; r < count; r++) this.#round(turned + r * width * BYTES, quantised, from + r);
    }
    return quantised;
  }

  /** Rounds the row at an address. */
  #round(row: number, {integers, scales, errors, squares}: Quantised, at: number): void {
    const {width} = this;
    const turns = width / 4;
    const {integers: rounded, numbers} = this.#at;
    const singles = this.#singles;
    const doubles = this.#doubles;
    const sum = (at: number): number => doubles[at / DOUBLE]! + doubles[at / DOUBLE + 1]!;
    this.#memory.call('largest', row, turns, numbers);
    if (singles[LARGEST / BYTES] === Infinity) {
      // Too far from the rest for float32: nothing is known of it.
      errors[at] = Infinity;
      return;
    }
    const scale = Math.fround(singles[LARGEST / BYTES]! / this.#largest);
    doubles[SCALE / DOUBLE] = scale;
    // Without an inverse all integers are 0 and all of the row is lost.
    singles[INVERSE / BYTES] = scale < LEAST_SCALE ? 0 : 1 / scale;
    this.#memory.call('round', row, turns, numbers, rounded);
    integers.set(this.#integers, at * width);
    scales[at] = scale;
    squares[at] = sum(SQUARE) * scale * scale;
    // Of the sums themselves float64 loses far less than the rotation.
    errors[at] =
      Math.sqrt(sum(LOST)) * (1 + 2 ** -20) + Math.sqrt(sum(LENGTH)) * 2 * Rotation.ROUNDING + UNDERFLOW;
  }
}
