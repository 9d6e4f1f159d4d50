import {fail} from '../../diagnostics/diagnostic.js';
import {openBytes} from './file.js';
import type {ImageStore} from './images.js';

/** An array of bytes in the IDX format (LeCun, Cortes, Burges 1998): records along the first axis. */
export interface IdxFile {
  /** Sizes of the axes; the first counts the records. */
  readonly dims: readonly number[];
  record(index: number): Uint8Array;
  close(): void;
}

/**
 * Opens an IDX file of unsigned bytes, gzipped or not.
 *
 * @param axes - number of axes it must have: 1 for labels, 3 for images
 * Errors: E301, E302 for another format or length.
 */
export async function openIdx(path: string, axes: 1 | 3): Promise<IdxFile> {
  const file = await openBytes(path);
  try {
    const start = 4 + 4 * axes;
    if (file.size < start) fail('E302', `${path}: truncated header, ${file.size} bytes of ${start}`);
    const header = Buffer.from(file.read(0, start));
    const magic = header.readUInt32BE(0);
    if (magic !== 0x0800 + axes) {
      fail('E302', `${path}: magic number ${hex(magic)} at byte 0, expected ${hex(0x0800 + axes)}`, {
        hint: axes === 3 ? 'images are idx3-ubyte files' : 'labels are idx1-ubyte files',
      });
    }
    const dims = Array.from({length: axes}, (_, i) => header.readUInt32BE(4 + 4 * i));
    const length = dims.slice(1).reduce((a, b) => a * b, 1);
    const expected = start + dims[0]! * length;
    if (length === 0)
      fail('E302', `${path}: records of ${dims.slice(1).join(' x ')} in the header at byte 8`);
    if (file.size < expected) {
      const row = Math.floor((file.size - start) / length);
      fail(
        'E302',
        `${path}: truncated in record ${row} of ${dims[0]!}: ends at byte ${file.size} of ${expected}`,
      );
    }
    if (file.size > expected) {
      fail('E302', `${path}: ${dims[0]!} records end at byte ${expected}, but the file has ${file.size}`);
    }
    return {dims, record: i => file.read(start + i * length, length), close: () => file.close()};
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Grey images of an IDX file; the uri is the record's number. */
export async function openIdxImages(path: string): Promise<ImageStore & {readonly count: number}> {
  const file = await openIdx(path, 3);
  const [count, height, width] = file.dims as [number, number, number];
  return {
    count,
    bytes: uri => file.record(Number(uri)),
    decode: data => ({width, height, channels: 1, data}),
    close: () => file.close(),
  };
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
