import type {Context, Output} from '../define.js';
import type {FloatArray, Pixels, StorageType} from '../ports.js';
import {pixelBatches, pixelShape} from '../preprocess/batches.js';
import {batchSize} from './batch-size.js';

/** The pixels themselves as one layer, `input`: channels, rows and columns in a line. The baseline of every profile. */
export async function flatPixels(pixels: Pixels, storage: StorageType, ctx: Context): Promise<Output> {
  const shape = await pixelShape(pixels);
  const rows = pixels.samples.rows.length;
  const dim = shape.reduce((product, size) => product * size, 1);
  async function* batches(): AsyncGenerator<FloatArray[]> {
    for await (const {start, count, data} of pixelBatches(pixels, {
      batchSize: batchSize(shape),
      signal: ctx.signal,
    })) {
      yield [data];
      ctx.progress(start + count, rows);
    }
  }
  return {
    type: 'activations',
    layers: [{name: 'input', depth: 0, rows, tokens: 1, dim, dtype: storage}],
    batches: batches(),
  };
}
