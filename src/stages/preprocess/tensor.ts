import type {PixelRecipe, RawImage} from '../ports.js';
import {geometryOf} from './geometry.js';
import {resample} from './resample.js';

/** Which channel of an RGB image each channel of the tensor is. */
const ORDER = {rgb: [0, 1, 2], bgr: [2, 1, 0], grey: [0]} as const;
/** The same for a grey image. */
const GREY = [0, 0, 0] as const;

/** Luma of an RGB image (ITU-R BT.601) by Pillow's fixed-point coefficients. */
export function toGrey({width, height, data}: RawImage): RawImage {
  const grey = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < grey.length; i++, p += 3) {
    grey[i] = (19595 * data[p]! + 38470 * data[p + 1]! + 7471 * data[p + 2]! + 0x8000) >> 16;
  }
  return {width, height, channels: 1, data: grey};
}

/**
 * Makes images into tensors by a recipe: to grey if asked, resize, centre crop, then per channel (x * scale - mean) / std, computed
 * in float64 and rounded once to float32. Grey images are copied to all channels.
 *
 * @returns writes one image into `out` [channels, height, width], which has the length that `shapeOf` tells
 */
export function tensorWriter(recipe: PixelRecipe): (image: RawImage, out: Float32Array) => void {
  const order = ORDER[recipe.channels];
  const tables = order.map((_, c) =>
    Float32Array.from({length: 256}, (_, byte) => (byte * recipe.scale - recipe.mean[c]!) / recipe.std[c]!),
  );
  const [red, green, blue] = tables as [Float32Array, Float32Array, Float32Array];
  return (image, out) => {
    const source = recipe.channels === 'grey' && image.channels === 3 ? toGrey(image) : image;
    const {width, height, view} = geometryOf(recipe, source.width, source.height);
    // The part of the view that lies within the image.
    const left = Math.max(0, view.x);
    const top = Math.max(0, view.y);
    const seen = {
      x: left,
      y: top,
      width: Math.min(width, view.x + view.width) - left,
      height: Math.min(height, view.y + view.height) - top,
    };
    const {data, channels} = resample(source, width, height, recipe.interpolation, seen);
    const plane = view.width * view.height;
    const padded = seen.width < view.width || seen.height < view.height;
    if (padded) tables.forEach((table, c) => out.fill(table[0]!, c * plane, (c + 1) * plane));
    const [i, j = 0, k = 0] = channels === 1 ? GREY : order;
    for (let y = 0; y < seen.height; y++) {
      let p = y * seen.width * channels;
      let o = (top - view.y + y) * view.width + (left - view.x);
      const end = o + seen.width;
      if (tables.length === 1) {
        for (; o < end; o++, p += channels) out[o] = red[data[p]!]!;
        continue;
      }
      for (; o < end; o++, p += channels) {
        out[o] = red[data[p + i]!]!;
        out[o + plane] = green[data[p + j]!]!;
        out[o + 2 * plane] = blue[data[p + k]!]!;
      }
    }
  };
}
