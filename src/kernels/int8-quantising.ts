import type {FloatArray} from './matrix.js';
import type {Quantised} from './quantised.js';
import {Quantiser, quantisedRows} from './quantised.js';

/** Rows that several threads quantise, in memory that they share. */
export interface QuantiserTask {
  readonly shift: Float64Array;
  readonly scale: number;
  readonly data: FloatArray;
  /** Room for what becomes of them. */
  readonly quantised: Quantised;
  /** How many rows were begun with, and how many are done. */
  readonly progress: Int32Array;
}

const [BEGUN, DONE] = [0, 1];
/** Rows that a thread takes at once. */
const TAKEN = 256;

/** Takes rows that no thread has begun with until none is left: whether all are done then. */
export function quantiseTogether(
  {shift, scale, data, quantised, progress}: QuantiserTask,
  quantiser?: Quantiser,
): boolean {
  const {rows} = quantised;
  const cols = shift.length;
  for (;;) {
    const from = Atomics.add(progress, BEGUN, TAKEN);
    if (from >= rows) return Atomics.load(progress, DONE) === rows;
    quantiser ??= new Quantiser(shift, scale);
    const to = Math.min(from + TAKEN, rows);
    quantiser.quantise(data.subarray(from * cols, to * cols), quantisedRows(quantised, from, to));
    Atomics.add(progress, DONE, to - from);
  }
}
