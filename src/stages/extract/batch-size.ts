import type {Shape} from '../preprocess/batches.js';

/** Numbers in the pixels of one batch: 32 images of 3 x 224 x 224. */
const NUMBERS = 32 * 3 * 224 * 224;
const MOST = 256;

/** Samples in one pass of a model: bounded by the size of their pixels, never by the data set. */
export function batchSize([channels, height, width]: Shape): number {
  return Math.max(1, Math.min(MOST, Math.floor(NUMBERS / (channels * height * width))));
}
