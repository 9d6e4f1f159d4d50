import type {FloatArray} from './matrix.js';
import {Rotation} from './rotation.js';

/** Rows turned by one rotation and written as a scale times integers in [-127, 127]. */
export interface Quantised {
  readonly rows: number;
  /** rows x `width` integers. */
  readonly integers: Int8Array;
  readonly scales: Float32Array;
  /** How far, at most, a row is from its scale times its integers, in the units of the quantiser. */
  readonly errors: Float64Array;
  /** Squared length of the scale times the integers, exact but for the rounding of float64. */
  readonly squares: Float64Array;
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

const LARGEST = 127;
/** Added to a small number and taken away again it leaves the nearest integer. */
const WHOLE = 1.5 * 2 ** 52;
/** Rows that are turned at once. */
const BATCH = 64;
/** More than anything that underflows in float32 adds up to. */
const UNDERFLOW = 2 ** -120;

/**
 * Writes rows as 8-bit integers with a bound on what that loses.
 *
 * A row is moved by `-shift` and scaled by a power of two in float64, rounded to float32, rotated, and divided by a scale of its own.
 * The bound holds for the row as given: it has the residual, measured in float64, and what the roundings before can move.
 */
export class Quantiser {
  readonly #rotation: Rotation;
  readonly #batch: Float32Array;
  /** Integers of a row. */
  readonly width: number;

  /**
   * @param shift subtracted from every row; any will do, their mean makes the bounds tight
   * @param scale a power of two that makes the largest of the moved numbers about 1
   */
  constructor(
    private readonly shift: Float64Array,
    readonly scale: number,
  ) {
    this.#rotation = new Rotation(shift.length);
    this.width = this.#rotation.width;
    this.#batch = new Float32Array(BATCH * this.width);
  }

  /** @param data whole rows of finite numbers */
  quantise(data: FloatArray): Quantised {
    const {width, shift, scale} = this;
    const cols = shift.length;
    const rows = data.length / cols;
    // In shared memory, so that threads can be given parts of it.
    const place = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(rows * bytes);
    const quantised = {
      rows,
      integers: new Int8Array(place(width)),
      scales: new Float32Array(place(4)),
      errors: new Float64Array(place(8)),
      squares: new Float64Array(place(8)),
    };
    for (let from = 0; from < rows; from += BATCH) {
      const count = Math.min(BATCH, rows - from);
      const batch = this.#batch.subarray(0, count * width);
      for (let r = 0; r < count; r++) {
        const at = (from + r) * cols;
        const to = r * width;
        for (let c = 0; c < cols; c++) batch[to + c] = (data[at + c]! - shift[c]!) * scale;
        batch.fill(0, to + cols, to + width);
      }
      this.#rotation.apply(batch);
      for (let r = 0; r < count; r++) this.#round(batch, r * width, quantised, from + r);
    }
    return quantised;
  }

  /** Rounds the row that begins at `start` of a batch. */
  #round(
    batch: Float32Array,
    start: number,
    {integers, scales, errors, squares}: Quantised,
    at: number,
  ): void {
    const {width} = this;
    let largest = 0;
    for (let c = start; c < start + width; c++) {
      const size = Math.abs(batch[c]!);
      if (size > largest) largest = size;
    }
    const scale = Math.fround(largest / LARGEST);
    const inverse = scale === 0 ? 0 : 1 / scale;
    const to = at * width - start;
    let length = 0;
    let lost = 0;
    let sum = 0;
    for (let c = start; c < start + width; c++) {
      const value = batch[c]!;
      // Nothing exceeds LARGEST by more than a rounding of its own.
      const integer = value * inverse + WHOLE - WHOLE;
      const residual = value - integer * scale;
      integers[to + c] = integer;
      length += value * value;
      lost += residual * residual;
      sum += integer * integer;
    }
    scales[at] = scale;
    squares[at] = sum * scale * scale;
    // Of the sums themselves float64 loses far less than the rotation.
    errors[at] = Math.sqrt(lost) * (1 + 2 ** -20) + Math.sqrt(length) * 2 * Rotation.ROUNDING + UNDERFLOW;
  }
}
