import {setImmediate} from 'node:timers/promises';
import type {FloatArray} from '../ports.js';

/** Rows in a block. */
const BLOCK = 4096;

/** Vectors of one length and type as the batches of a single layer. */
export async function* vectorBlocks(
  vectors: readonly FloatArray[],
  signal: AbortSignal,
): AsyncGenerator<readonly FloatArray[]> {
  for (let from = 0; from < vectors.length; from += BLOCK) {
    signal.throwIfAborted();
    const part = vectors.slice(from, from + BLOCK);
    const first = part[0]!;
    const block =
      first instanceof Float32Array
        ? new Float32Array(part.length * first.length)
        : new Float64Array(part.length * first.length);
    part.forEach((v, i) => block.set(v, i * first.length));
    yield [block];
    // Lets an abort be heard between blocks.
    await setImmediate();
  }
}
