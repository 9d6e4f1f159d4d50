import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {promisify} from 'node:util';
import {gunzip} from 'node:zlib';
import {fail} from '../../diagnostics/diagnostic.js';

/** Tells of a file that could not be opened or read; anything but an error of the file system is thrown on. */
export function unreadable(path: string, error: unknown): never {
  if (!(error instanceof Error) || !('code' in error)) throw error;
  if (error.code === 'ENOENT') fail('E301', `${path}: no such file or folder`);
  fail('E301', `${path}: ${error.message}`);
}

/** A whole file. Errors: E301. */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    return unreadable(path, error);
  }
}

/** Random access to the content of a file. */
export interface Bytes {
  readonly path: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset` on. Errors: E302 if the file has become shorter than `size`. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** Opens a file for random access; a gzip file is unpacked into memory, once. Errors: E301, E302. */
export async function openBytes(path: string): Promise<Bytes> {
  let handle: number;
  let size: number;
  const magic = new Uint8Array(2);
  try {
    handle = openSync(path, 'r');
    size = fstatSync(handle).size;
    readSync(handle, magic, 0, 2, 0);
  } catch (error) {
    return unreadable(path, error);
  }
  if (magic[0] === 0x1f && magic[1] === 0x8b) {
    closeSync(handle);
    const content = await unpack(path);
    return {
      path,
      size: content.length,
      read: (offset, length) => content.subarray(offset, offset + length),
      close: () => undefined,
    };
  }
  return {
    path,
    size,
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      const got = readSync(handle, bytes, 0, length, offset);
      if (got < length) fail('E302', `${path}: changed while it was read, now ends at byte ${offset + got}`);
      return bytes;
    },
    close: () => closeSync(handle),
  };
}

async function unpack(path: string): Promise<Buffer> {
  const packed = await readBytes(path);
  try {
    return await promisify(gunzip)(packed);
  } catch (error) {
    return fail('E302', `${path}: gzip data damaged or truncated (${(error as Error).message})`, {
      hint: 'fetch the file again',
    });
  }
}
