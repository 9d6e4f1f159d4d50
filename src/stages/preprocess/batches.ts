import {fail} from '../../diagnostics/diagnostic.js';
import {type ImageReader, type ImageRef, openImages} from '../load/images.js';
import type {PixelRecipe, Pixels, RawImage} from '../ports.js';
import {shapeOf} from './geometry.js';
import {tensorWriter} from './tensor.js';

export type Shape = readonly [channels: number, height: number, width: number];

/** Tensors of `count` samples from `start` on, [count, channels, height, width]. */
export interface PixelBatch {
  readonly start: number;
  readonly count: number;
  /** Overwritten by the next batch. */
  readonly data: Float32Array;
}

export interface BatchOptions {
  /** Samples in a batch; the last may have fewer. */
  readonly batchSize: number;
  readonly signal: AbortSignal;
  /** Most threads that decode and resize, ahead of the reader by up to two batches. Default: half the processors. */
  readonly workers?: number;
}

/** Sources of raw records: to read one takes microseconds, where an image file takes milliseconds. */
const RAW = new Set(['shapes', 'idx', 'cifar']);
/** Raw images of this many pixels in all are done before a thread would have started. */
const FEW_PIXELS = 64 * 224 * 224;

/**
 * Shape [channels, height, width] of every tensor: from the recipe if it fixes the size, else from the first image.
 *
 * Errors: E303 without samples, and those of reading an image.
 */
export async function pixelShape({samples, origin, recipe}: Pixels): Promise<Shape> {
  const {resize, crop} = recipe;
  if (crop !== null || (resize !== null && typeof resize !== 'number')) return shapeOf(recipe, 1, 1);
  const [first] = samples.rows;
  if (first === undefined) fail('E303', 'no samples, so the pixels have no shape');
  const reader = await openImages(origin);
  try {
    const {width, height} = await reader.read(first);
    return shapeOf(recipe, width, height);
  } finally {
    reader.close();
  }
}

/**
 * The tensors of all samples, batch by batch in sample order.
 *
 * Errors: those of reading an image, and E501 for an image whose tensor has another shape than the first; the earliest sample in
 * trouble is the one named.
 */
export async function* pixelBatches(pixels: Pixels, options: BatchOptions): AsyncGenerator<PixelBatch> {
  options.signal.throwIfAborted();
  if (pixels.samples.rows.length === 0) return;
  const shape = await pixelShape(pixels);
  const work = shape[1] * shape[2] * pixels.samples.rows.length;
  const here = RAW.has(pixels.origin.source) && (pixels.recipe.resize === null || work <= FEW_PIXELS);
  if (here) {
    yield* batchesHere(pixels, shape, options);
  } else {
    const {batchesFromPool} = await import('./pixel-pool.js');
    yield* batchesFromPool(pixels, shape, options);
  }
}

async function* batchesHere(
  {samples, origin, recipe}: Pixels,
  shape: Shape,
  {batchSize, signal}: BatchOptions,
): AsyncGenerator<PixelBatch> {
  const {rows} = samples;
  const length = shape[0] * shape[1] * shape[2];
  const data = new Float32Array(Math.min(batchSize, rows.length) * length);
  const reader = await openImages(origin);
  const write = imageWriter(reader, recipe, shape);
  try {
    for (let start = 0; start < rows.length; start += batchSize) {
      signal.throwIfAborted();
      const count = Math.min(batchSize, rows.length - start);
      for (let i = 0; i < count; i++)
        await write(rows[start + i]!, data.subarray(i * length, (i + 1) * length));
      yield {start, count, data: data.subarray(0, count * length)};
    }
  } finally {
    reader.close();
  }
}

/** Reads a sample's image and writes its tensor, which must have the shape given. */
export function imageWriter(
  reader: ImageReader,
  recipe: PixelRecipe,
  shape: Shape,
): (sample: ImageRef, out: Float32Array) => Promise<void> {
  const write = tensorWriter(recipe);
  return async (sample, out) => {
    const image = await reader.read(sample);
    checkShape(sample, image, recipe, shape);
    write(image, out);
  };
}

function checkShape(sample: ImageRef, {width, height}: RawImage, recipe: PixelRecipe, shape: Shape): void {
  const own = shapeOf(recipe, width, height);
  if (own.every((size, axis) => size === shape[axis])) return;
  fail(
    'E501',
    `image ${sample.id}: ${width} x ${height} pixels become ${own.join(' x ')}, the first image ${shape.join(' x ')}`,
    {
      hint: 'give the preprocess stage a crop, or a resize to [height, width]',
    },
  );
}
