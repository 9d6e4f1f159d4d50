import {fail} from '../../diagnostics/diagnostic.js';

/** Bytes in order, from the first: a file, or a member of an archive. */
export interface ByteStream {
  /** What messages call it. */
  readonly path: string;
  readonly size: number;
  /** Exactly the next `length` bytes. */
  read(length: number): Promise<Uint8Array>;
}

export interface NpyHeader {
  /** Byte order and element type by NumPy's name, such as `<f4`. */
  readonly descr: string;
  /** Whether the first index runs fastest. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Byte at which the values begin. */
  readonly start: number;
}

/** Reads a stream up to its values. Errors: E302. */
export async function readNpyHeader(stream: ByteStream): Promise<NpyHeader> {
  const {path, size} = stream;
  const opening = size < 12 ? Buffer.alloc(12) : Buffer.from(await stream.read(12));
  if (opening.toString('latin1', 0, 6) !== '\x93NUMPY')
    fail('E302', `${path}: not an NPY file: no magic "\\x93NUMPY" at byte 0`);
  const major = opening[6]!;
  if (major < 1 || major > 3) fail('E302', `${path}: NPY version ${major} at byte 6, expected 1 to 3`);
  const wide = major > 1;
  const from = wide ? 12 : 10;
  const start = from + (wide ? opening.readUInt32LE(8) : opening.readUInt16LE(8));
  if (size < start) fail('E302', `${path}: truncated header: ${start} bytes, the file has ${size}`);
  const rest = await stream.read(Math.max(0, start - 12));
  const header = Buffer.concat([opening.subarray(from), rest]).toString('latin1');
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
  return {descr, fortran: order === 'True', shape: sizes.map(Number), start};
}

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Checks that the values are as many as the shape says, of `size` bytes each. Errors: E302. */
export function checkLength({shape, start}: NpyHeader, size: number, stream: ByteStream): void {
  const end = start + product(shape) * size;
  if (stream.size === end) return;
  const row = Math.floor(((stream.size - start) / (end - start)) * (shape[0] ?? 1));
  const what = stream.size < end ? `truncated in row ${row}` : 'longer than its header says';
  fail(
    'E302',
    `${stream.path}: ${what}: ${shape.join(' x ')} values of ${size} bytes end at byte ${end}, the file at ${stream.size}`,
  );
}
