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

/** For each output position along an axis the input it is made of: from `first[i]`, `count[i]` coefficients of `stride`. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
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
  const first = new Int32Array(length);
  const count = new Int32Array(length);
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
    first[i] = low;
    count[i] = high - low;
    for (let t = 0; t < high - low; t++) {
      const fixed = (sum === 0 ? weights[t]! : weights[t]! / sum) * (1 << BITS);
      coefficients[i * stride + t] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
  }
  return {first, count, coefficients, stride};
}

/** From fixed point to a byte. */
const toByte = (sum: number): number => {
  const value = sum >> BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
};

/** Rows `top` to `top + rows` of an image, resampled along x. */
function alongX(image: RawImage, top: number, rows: number, taps: Taps, width: number): Uint8Array {
  const {data, channels} = image;
  const {first, count, coefficients, stride} = taps;
  const out = new Uint8Array(rows * width * channels);
  let o = 0;
  for (let y = 0; y < rows; y++) {
    const row = (top + y) * image.width * channels;
    for (let x = 0; x < width; x++) {
      let p = row + first[x]! * channels;
      let k = x * stride;
      const end = k + count[x]!;
      if (channels === 1) {
        let sum = HALF;
        for (; k < end; k++, p++) sum = (sum + Math.imul(data[p]!, coefficients[k]!)) | 0;
        out[o++] = toByte(sum);
      } else {
        let red = HALF;
        let green = HALF;
        let blue = HALF;
        for (; k < end; k++, p += 3) {
          const c = coefficients[k]!;
          red = (red + Math.imul(data[p]!, c)) | 0;
          green = (green + Math.imul(data[p + 1]!, c)) | 0;
          blue = (blue + Math.imul(data[p + 2]!, c)) | 0;
        }
        out[o] = toByte(red);
        out[o + 1] = toByte(green);
        out[o + 2] = toByte(blue);
        o += 3;
      }
    }
  }
  return out;
}

/** Rows that `alongY` adds up at a time. */
const GROUP = 6;

/**
 * Rows resampled along y; `rows` begins with row `top` of the image, `length` bytes a row. Runs through GROUP rows at a time in the
 * order of memory, which is twice as fast as pixel by pixel and mostly takes all rows at once; rows beyond the last count 0 times.
 */
function alongY(rows: Uint8Array, top: number, length: number, taps: Taps, height: number): Uint8Array {
  const {first, count, coefficients, stride} = taps;
  const out = new Uint8Array(height * length);
  const sums = new Int32Array(length);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    const n = count[y]!;
    for (let t = 0; t < n; t += GROUP) {
      const k = y * stride + t;
      const left = n - t;
      const a = (first[y]! - top + t) * length;
      const b = left > 1 ? a + length : a;
      const c = left > 2 ? b + length : a;
      const d = left > 3 ? c + length : a;
      const e = left > 4 ? d + length : a;
      const f = left > 5 ? e + length : a;
      const ka = coefficients[k]!;
      const kb = left > 1 ? coefficients[k + 1]! : 0;
      const kc = left > 2 ? coefficients[k + 2]! : 0;
      const kd = left > 3 ? coefficients[k + 3]! : 0;
      const ke = left > 4 ? coefficients[k + 4]! : 0;
      const kf = left > 5 ? coefficients[k + 5]! : 0;
      const last = left <= GROUP;
      const o = y * length;
      for (let i = 0; i < length; i++) {
        const sum =
          (sums[i]! +
            Math.imul(rows[a + i]!, ka) +
            Math.imul(rows[b + i]!, kb) +
            Math.imul(rows[c + i]!, kc) +
            Math.imul(rows[d + i]!, kd) +
            Math.imul(rows[e + i]!, ke) +
            Math.imul(rows[f + i]!, kf)) |
          0;
        if (last) out[o + i] = toByte(sum);
        else sums[i] = sum;
      }
    }
  }
  return out;
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
  const size = {width: window.width, height: window.height, channels};
  const vertical =
    height === image.height ? null : tapsOf(image.height, height, window.y, window.height, interpolation);
  const last = window.height - 1;
  const top = vertical === null ? window.y : vertical.first[0]!;
  const bottom = vertical === null ? window.y + window.height : vertical.first[last]! + vertical.count[last]!;

  const rows =
    width === image.width
      ? cut(image, window.x, top, window.width, bottom - top)
      : alongX(
          image,
          top,
          bottom - top,
          tapsOf(image.width, width, window.x, window.width, interpolation),
          window.width,
        );
  if (vertical === null) return {...size, data: rows};
  return {...size, data: alongY(rows, top, window.width * channels, vertical, window.height)};
}
