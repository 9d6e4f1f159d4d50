import type {PixelRecipe, RawImage} from '../ports.js';
import {BITS, RESAMPLE} from './resample-kernel.js';
import {WasmInstance} from '../../kernels/wasm-instance.js';

/** A rectangle of the output, in pixels. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Interpolation = PixelRecipe['interpolation'];

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

/** Rows `top` to `top + rows`, columns `left` to `left + width`, as they are. */
function cut(
  {data, channels, width: pitch}: RawImage,
  left: number,
  top: number,
  width: number,
  rows: number,
): Uint8Array {
  const out = new Uint8Array(rows * width * channels);
  for (let y = 0; y < rows; y++) {
    const from = ((top + y) * pitch + left) * channels;
    out.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return out;
}

let wasm: WasmInstance | undefined;

/**
 * Resizes an image with antialias, or a window of the resized image. Bit-exact with Pillow's `Image.resize` (without reducing
 * gap): separable, first along x, then along y, each rounded to 8 bits by 22-bit fixed-point coefficients; an axis that keeps its
 * length is left alone. A window gives the same bytes as cropping afterwards, but only the input that it needs is read.
 *
 * @param width - of the whole resized image, in pixels
 * @param height - of the whole resized image, in pixels
 * @param window - part of the resized image to compute; must lie within it. Default: all
 */
export function resample(
  image: RawImage,
  width: number,
  height: number,
  interpolation: Interpolation,
  window: Window = {x: 0, y: 0, width, height},
): RawImage {
  const {channels} = image;
  const x = width === image.width ? null : tapsOf(image.width, width, window.x, window.width, interpolation);
  const y =
    height === image.height ? null : tapsOf(image.height, height, window.y, window.height, interpolation);
  const top = y === null ? window.y : y.spans[0]!;
  const bottom = y === null ? top + window.height : y.spans.at(-2)! + y.spans.at(-1)!;
  const rows = bottom - top;
  const length = window.width * channels;
  const size = {width: window.width, height: window.height, channels};

  // Rows that are needed: whole if x is resampled, else only the columns of the window.
  const pitch = x === null ? length : image.width * channels;
  const input =
    x === null
      ? cut(image, window.x, top, window.width, rows)
      : image.data.subarray(top * pitch, bottom * pitch);
  if (x === null && y === null) return {...size, data: input};

  wasm ??= new WasmInstance(RESAMPLE);
  wasm.clear();
  let result = wasm.put(input);
  if (x !== null) {
    const target = wasm.place(rows * length);
    wasm.call(
      'alongX',
      result,
      pitch,
      target,
      rows,
      window.width,
      channels,
      wasm.put(x.spans),
      wasm.put(x.coefficients),
      x.stride,
    );
    result = target;
  }
  if (y !== null) {
    const target = wasm.place(window.height * length);
    // Spans count from the first row of the image.
    wasm.call(
      'alongY',
      result - top * length,
      length,
      target,
      window.height,
      wasm.put(y.spans),
      wasm.put(y.coefficients),
      y.stride,
    );
    result = target;
  }
  return {...size, data: wasm.bytes(result, window.height * length).slice()};
}
