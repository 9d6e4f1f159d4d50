import {fail} from '../../diagnostics/diagnostic.js';
import type {FloatArray, StorageType} from '../ports.js';
import {openBytes} from './file.js';
import type {ByteStream, NpyHeader} from './npy-header.js';
import {checkLength, product, readNpyHeader} from './npy-header.js';

/** Element types by NumPy's name: bytes an element, the least that holds it, and how a stretch of bytes becomes numbers. */
const TYPES: Readonly<
  Record<string, {size: number; dtype: StorageType; get(view: DataView, at: number): number}>
> = {
  f2: {size: 2, dtype: 'float16', get: (v, at) => halves()[v.getUint16(at, true)]!},
  f4: {size: 4, dtype: 'float32', get: (v, at) => v.getFloat32(at, true)},
  f8: {size: 8, dtype: 'float64', get: (v, at) => v.getFloat64(at, true)},
  b1: {size: 1, dtype: 'float64', get: (v, at) => v.getUint8(at)},
  u1: {size: 1, dtype: 'float64', get: (v, at) => v.getUint8(at)},
  i1: {size: 1, dtype: 'float64', get: (v, at) => v.getInt8(at)},
  u2: {size: 2, dtype: 'float64', get: (v, at) => v.getUint16(at, true)},
  i2: {size: 2, dtype: 'float64', get: (v, at) => v.getInt16(at, true)},
  u4: {size: 4, dtype: 'float64', get: (v, at) => v.getUint32(at, true)},
  i4: {size: 4, dtype: 'float64', get: (v, at) => v.getInt32(at, true)},
  u8: {size: 8, dtype: 'float64', get: (v, at) => Number(v.getBigUint64(at, true))},
  i8: {size: 8, dtype: 'float64', get: (v, at) => Number(v.getBigInt64(at, true))},
};

/** Numbers converted at a time where the whole array is read. */
const CHUNK = 1 << 21;

export interface NpyArray {
  readonly shape: readonly number[];
  /** In C order; float32 for float16 and float32 files, else float64. */
  readonly data: FloatArray;
}

/** An array whose numbers are read in the order they are stored in. */
export interface NpyStream {
  readonly shape: readonly number[];
  readonly fortran: boolean;
  /** The least type that holds its numbers; float64 for integers. */
  readonly dtype: StorageType;
  /** The next `count` numbers; float32 for float16. Errors: E305 for values that are not finite. */
  next(count: number): Promise<FloatArray>;
}

/** Opens an array of numbers in NumPy's NPY format, versions 1 to 3 (NEP 1), little-endian. Errors: those of `numbersOf`. */
export async function openNpy(stream: ByteStream): Promise<NpyStream> {
  return numbersOf(await readNpyHeader(stream), stream);
}

/** The numbers after a header. Errors: E302 for another type or length. */
export function numbersOf(header: NpyHeader, stream: ByteStream): NpyStream {
  const {path} = stream;
  const {descr, fortran, shape, start} = header;
  const type = TYPES[descr.slice(1)];
  if (type === undefined || descr.startsWith('>')) {
    fail('E302', `${path}: values of type "${descr}" cannot be read`, {
      hint: 'save float32, float64 or integers, little-endian',
    });
  }
  checkLength(header, type.size, stream);
  let done = 0;
  return {
    shape,
    fortran,
    dtype: type.dtype,
    async next(count) {
      const bytes = await stream.read(count * type.size);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const data = type.dtype === 'float64' ? new Float64Array(count) : new Float32Array(count);
      for (let i = 0; i < count; i++) {
        const value = type.get(view, i * type.size);
        if (!Number.isFinite(value)) {
          const at = done + i;
          const where = `${elementAt(at, shape, fortran)} (byte ${start + at * type.size})`;
          fail('E305', `${path}: ${where}: ${value} is not finite`, {
            hint: 'leave such samples out or replace the values, and save again; numpy.argwhere(~numpy.isfinite(x)) lists them all',
          });
        }
        data[i] = value;
      }
      done += count;
      return data;
    },
  };
}

/** What the axes of an array count, of vectors of samples and of vectors of their tokens. */
const AXES: readonly (readonly string[])[] = [['row'], ['row', 'column'], ['row', 'token', 'column']];

/** The indices of an element by its place in the order of storage: `row 7, token 2, column 5`. */
function elementAt(at: number, shape: readonly number[], fortran: boolean): string {
  const indices = shape.map(() => 0);
  const axes = [...shape.keys()];
  let left = at;
  for (const axis of fortran ? axes : axes.reverse()) {
    indices[axis] = left % shape[axis]!;
    left = Math.floor(left / shape[axis]!);
  }
  const names = AXES[shape.length - 1];
  return names?.map((name, axis) => `${name} ${indices[axis]!}`).join(', ') ?? `[${indices.join(', ')}]`;
}

/** All numbers of an array, in C or Fortran order. */
export async function wholeArray(array: NpyStream): Promise<NpyArray> {
  const {shape, fortran, dtype} = array;
  const count = product(shape);
  const data = dtype === 'float64' ? new Float64Array(count) : new Float32Array(count);
  for (let from = 0; from < count; from += CHUNK)
    data.set(await array.next(Math.min(CHUNK, count - from)), from);
  return {shape, data: fortran ? toRowMajor(data, shape) : data};
}

/** Reads an array of numbers from a file. Errors: E301, E302, E305. */
export const readNpy = (path: string): Promise<NpyArray> =>
  withFile(path, async file => wholeArray(await openNpy(file)));

/** Reads a file from its first byte on, and closes it. Errors: E301. */
export async function withFile<T>(path: string, body: (file: ByteStream) => Promise<T>): Promise<T> {
  const file = await openBytes(path);
  let at = 0;
  try {
    return await body({
      path,
      size: file.size,
      read: length => {
        at += length;
        return Promise.resolve(file.read(at - length, length));
      },
    });
  } finally {
    file.close();
  }
}

/** From first index fastest to last index fastest. */
function toRowMajor(data: FloatArray, shape: readonly number[]): FloatArray {
  const result = data.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  const index = shape.map(() => 0);
  for (let to = 0; to < data.length; to++) {
    result[to] = data[index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}

/** The values of all half-precision numbers by their bits. */
let table: Float32Array | undefined;
const halves = (): Float32Array =>
  (table ??= Float32Array.from({length: 1 << 16}, (_, bits) => fromHalf(bits)));

/** The value of a half-precision number (IEEE 754 binary16) from its bits. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
