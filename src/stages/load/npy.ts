import {fail} from '../../diagnostics/diagnostic.js';
import type {FloatArray} from '../ports.js';
import {openBytes} from './file.js';

/** Element types by NumPy's name: bytes an element, and how a stretch of them becomes numbers. */
const TYPES: Readonly<
  Record<string, {size: number; single: boolean; get(view: DataView, at: number): number}>
> = {
  f2: {size: 2, single: true, get: (v, at) => fromHalf(v.getUint16(at, true))},
  f4: {size: 4, single: true, get: (v, at) => v.getFloat32(at, true)},
  f8: {size: 8, single: false, get: (v, at) => v.getFloat64(at, true)},
  b1: {size: 1, single: false, get: (v, at) => v.getUint8(at)},
  u1: {size: 1, single: false, get: (v, at) => v.getUint8(at)},
  i1: {size: 1, single: false, get: (v, at) => v.getInt8(at)},
  u2: {size: 2, single: false, get: (v, at) => v.getUint16(at, true)},
  i2: {size: 2, single: false, get: (v, at) => v.getInt16(at, true)},
  u4: {size: 4, single: false, get: (v, at) => v.getUint32(at, true)},
  i4: {size: 4, single: false, get: (v, at) => v.getInt32(at, true)},
  u8: {size: 8, single: false, get: (v, at) => Number(v.getBigUint64(at, true))},
  i8: {size: 8, single: false, get: (v, at) => Number(v.getBigInt64(at, true))},
};

/** Bytes converted at a time. */
const CHUNK = 1 << 24;

export interface NpyArray {
  readonly shape: readonly number[];
  /** In C order; float32 for float16 and float32 files, else float64. */
  readonly data: FloatArray;
}

/**
 * Reads an array in NumPy's NPY format, versions 1 to 3 (NEP 1), little-endian, C or Fortran order.
 *
 * Errors: E301, E302 for another format, type or length, E305 for values that are not finite.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  const file = await openBytes(path);
  try {
    const {descr, fortran, shape, start} = readHeader(file.size, file.read.bind(file), path);
    const type = TYPES[descr.slice(1)];
    if (type === undefined || descr.startsWith('>')) {
      fail('E302', `${path}: values of type "${descr}" cannot be read`, {
        hint: 'save float32, float64 or integers, little-endian',
      });
    }
    const count = shape.reduce((a, b) => a * b, 1);
    const end = start + count * type.size;
    if (file.size !== end) {
      const row = Math.floor(((file.size - start) / (end - start)) * (shape[0] ?? 1));
      const what = file.size < end ? `truncated in row ${row}` : 'longer than its header says';
      fail(
        'E302',
        `${path}: ${what}: ${shape.join(' x ')} values of ${type.size} bytes end at byte ${end}, the file at ${file.size}`,
      );
    }
    const data = type.single ? new Float32Array(count) : new Float64Array(count);
    const step = CHUNK / type.size;
    for (let from = 0; from < count; from += step) {
      const part = Math.min(step, count - from);
      const bytes = file.read(start + from * type.size, part * type.size);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < part; i++) {
        const value = type.get(view, i * type.size);
        if (!Number.isFinite(value)) {
          const width = count / shape[0]!;
          const row = fortran ? (from + i) % shape[0]! : Math.floor((from + i) / width);
          fail('E305', `${path}: row ${row}, byte ${start + (from + i) * type.size}: ${value} is not finite`);
        }
        data[from + i] = value;
      }
    }
    return {shape, data: fortran ? toRowMajor(data, shape) : data};
  } finally {
    file.close();
  }
}

interface Header {
  descr: string;
  fortran: boolean;
  shape: number[];
  /** Where the values begin. */
  start: number;
}

function readHeader(
  size: number,
  read: (offset: number, length: number) => Uint8Array,
  path: string,
): Header {
  const text = (offset: number, length: number): string =>
    Buffer.from(read(offset, length)).toString('latin1');
  if (size < 12 || text(0, 6) !== '\x93NUMPY')
    fail('E302', `${path}: not an NPY file: no magic "\\x93NUMPY" at byte 0`);
  const major = read(6, 1)[0]!;
  if (major < 1 || major > 3) fail('E302', `${path}: NPY version ${major} at byte 6, expected 1 to 3`);
  const wide = major > 1;
  const bytes = Buffer.from(read(8, wide ? 4 : 2));
  const length = wide ? bytes.readUInt32LE(0) : bytes.readUInt16LE(0);
  const from = wide ? 12 : 10;
  if (size < from + length)
    fail('E302', `${path}: truncated header: ${from + length} bytes, the file has ${size}`);
  const header = text(from, length);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || shape === undefined) {
    fail('E302', `${path}: header at byte ${from} does not tell type, order and shape: ${header.trim()}`);
  }
  const sizes = shape
    .split(',')
    .map(s => s.trim())
    .filter(s => s !== '');
  return {descr, fortran: order === 'True', shape: sizes.map(Number), start: from + length};
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

/** The value of a half-precision number (IEEE 754 binary16) from its bits. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
