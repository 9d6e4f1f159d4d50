import type {PixelRecipe} from '../ports.js';
import type {Window} from './resample.js';

/** Where the pixels of the tensor come from. */
export interface Geometry {
  /** Size of the whole resized image. */
  readonly width: number;
  readonly height: number;
  /** What the tensor shows of it; may reach beyond it, where pixels are 0. */
  readonly view: Window;
}

/**
 * Size after resizing and place of the centre crop, as torchvision's Resize and CenterCrop have them.
 *
 * @param width - of the image, in pixels
 * @param height - of the image, in pixels
 */
export function geometryOf({resize, crop}: PixelRecipe, width: number, height: number): Geometry {
  const [newHeight, newWidth] = resizedTo(resize, height, width);
  const [viewHeight, viewWidth] = crop ?? [newHeight, newWidth];
  const view = {
    x: cropStart(newWidth, viewWidth),
    y: cropStart(newHeight, viewHeight),
    width: viewWidth,
    height: viewHeight,
  };
  return {width: newWidth, height: newHeight, view};
}

function resizedTo(resize: PixelRecipe['resize'], height: number, width: number): readonly [number, number] {
  if (resize === null) return [height, width];
  if (typeof resize !== 'number') return resize;
  const long = (other: number, short: number): number => Math.trunc((resize * other) / short);
  return width <= height ? [long(height, width), resize] : [resize, long(width, height)];
}

/** Start of a centre crop: half of what is left over, a half pixel rounded to even; negative where the image is too small. */
function cropStart(size: number, crop: number): number {
  if (crop > size) return -Math.floor((crop - size) / 2);
  const left = size - crop;
  return left % 4 === 3 ? (left + 1) / 2 : Math.floor(left / 2);
}

/** Shape [channels, height, width] of the tensor of an image of some size. */
export function shapeOf(recipe: PixelRecipe, width: number, height: number): [number, number, number] {
  const {view} = geometryOf(recipe, width, height);
  return [recipe.channels === 'grey' ? 1 : 3, view.height, view.width];
}
