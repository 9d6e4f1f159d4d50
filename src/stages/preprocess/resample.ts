import type {PixelRecipe, RawImage} from '../ports.js';

/** A rectangle of the output, in pixels. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Interpolation = PixelRecipe['interpolation'];

/** Bits of the fraction of a fixed-point coefficient; 8-bit sums with overshoot then fit into 32 bits. */
const BITS = 22;
const HALF = 1 << (BITS - 1);

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Kernels by name: half width, and value at a distance. Bicubic is Keys' (1981) with a = -1/2. */
const KERNELS: Readonly<Record<Interpolation, {support: number; at(x: number): number}>> = {
  bilinear: {support: 1, at: x => Math.max(0, 1 - Math.abs(x))},
  bicubic: {
    support: 2,
    at: x => {
      const d = Math.abs(x);
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
      return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
    },
  },
  lanczos: {support: 3, at: x => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0)},
};

/** What each output position along an axis is made of, laid out as the kernels read it. */
interface Taps {
  /** Pairs of first input position and count. */
  readonly spans: Int32Array;
  /** `stride` coefficients a position, of which `count` are used. */
  readonly coefficients: Int32Array;
  readonly stride: number;
}

/** Taps for output positions `from` to `from + length` of an axis that goes from `input` to `output` pixels. */
function tapsOf(
  input: number,
  output: number,
  from: number,
  length: number,
  interpolation: Interpolation,
): Taps {
  const kernel = KERNELS[interpolation];
  const scale = input / output;
  // Shrinking widens the kernel over all the input pixels that an output pixel covers (antialias).
  const widen = Math.max(scale, 1);
  const support = kernel.support * widen;
  const stride = Math.ceil(support) * 2 + 1;
  const spans = new Int32Array(2 * length);
  const coefficients = new Int32Array(length * stride);
  const weights = new Float64Array(stride);
  for (let i = 0; i < length; i++) {
    const centre = (from + i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(input, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let x = low; x < high; x++) {
      const weight = kernel.at((x - centre + 0.5) * (1 / widen));
      weights[x - low] = weight;
      sum += weight;
    }
    spans[2 * i] = low;
    spans[2 * i + 1] = high - low;
    for (let t = 0; t < high - low; t++) {
      const fixed = (sum === 0 ? weights[t]! : weights[t]! / sum) * (1 << BITS);
      coefficients[i * stride + t] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
  }
  return {spans, coefficients, stride};
}

let kernels: WasmInstance | undefined;

/** Places of things in the memory of the kernels, one after another; vectors begin at multiples of 16. */
class Layout {
  #end = 0;
  place(bytes: number): number {
    const start = this.#end;
    this.#end = Math.ceil((start + bytes + SLACK) / 16) * 16;
    return start;
  }
  get size(): number {
    return this.#end;
  }
}

/**
 * Resizes an image with antialias, or a window of the resized image. Bit-exact with Pillow's `Image.resize` (without reducing
 * gap): separable, first along x, then along y, each rounded to 8 bits by 22-bit fixed-point coefficients; an axis that keeps its
 * length is left alone. A window gives the same bytes as cropping afterwards, but only the input that it needs is read.
 *
 * @param width - of the whole resized image, in pixels
 * @param height - of the whole resized image, in pixels
 * @param window - part of the resized image to compute; must lie within it. Default: all
 * @returns the window; its data are overwritten by the next call
 */
export function resample(
  image: RawImage,
  width: number,
  height: number,
  interpolation: Interpolation,
  window: Window = {x: 0, y: 0, width, height},
): RawImage {
TODO
}
