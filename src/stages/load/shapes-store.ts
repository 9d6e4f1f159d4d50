import type {ImageStore} from './images.js';
import {drawShape, shapesSize} from './shapes-image.js';

/** Draws the images of the shapes data set; the uri is the position in it. */
export function openShapes(seed: number): ImageStore {
  return {
    bytes: uri => drawShape(seed, Number(uri)),
    decode: data => ({width: shapesSize, height: shapesSize, channels: 3, data}),
    close: () => undefined,
  };
}
