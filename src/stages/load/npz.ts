import type {Readable} from 'node:stream';
import {crc32} from 'node:zlib';
import type {Entry, ZipFile} from 'yauzl';
import {StrataError, fail} from '../../diagnostics/diagnostic.js';
import {unreadable} from './file.js';
import type {ByteStream} from './npy-header.js';

/** An archive of arrays, as numpy.savez and numpy.savez_compressed write it: a zip file of members NAME.npy. */
export interface Npz {
  /** Names of its arrays, in the order of the file. */
  readonly names: readonly string[];
  /** An array from its first byte on. Its checksum is compared when the last byte has been read. Errors: E302. */
  open(name: string): Promise<ByteStream>;
  /** Closes it and all arrays that are open. */
  close(): void;
}

/** Opens an archive of arrays; nothing but its directory is held. Errors: E301, E302. */
export async function openNpz(path: string): Promise<Npz> {
  const {openPromise, getFileNameLowLevel} = await import('yauzl');
  const refuse = (error: unknown): never => refused(path, error);
  // Undecoded, names are not held to be paths: an array may be called "x:y" or "../up", and nothing is ever unpacked by its name.
  const zip = await openPromise(path, {autoClose: false, decodeStrings: false}).catch(refuse);
  const nameOf = ({generalPurposeBitFlag, fileNameRaw, extraFields}: Entry): string =>
    getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
  const streams: Readable[] = [];
  const close = (): void => {
    for (const stream of streams) stream.destroy();
    zip.close();
  };
  try {
    const entries = await arraysOf(zip, nameOf, path);
    return {
      names: [...entries.keys()],
      async open(name) {
        const entry = entries.get(name)!;
        const member = `${path}: ${name}.npy`;
        const stream = await zip
          .openReadStreamPromise(entry)
          .catch((error: unknown) => refused(member, error));
        streams.push(stream);
        return byteStream(stream, entry, member);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function arraysOf(
  zip: ZipFile,
  nameOf: (entry: Entry) => string,
  path: string,
): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      const name = /^(.+)\.npy$/s.exec(nameOf(entry))?.[1];
      if (name === undefined) continue;
      if (entries.has(name)) fail('E302', `${path}: ${name}.npy is there twice`);
      entries.set(name, entry);
    }
  } catch (error) {
    return refused(path, error);
  }
  if (entries.size === 0)
    fail('E302', `${path}: a zip file without arrays (.npy)`, {hint: 'write it by numpy.savez'});
  return entries;
}

function byteStream(stream: Readable, entry: Entry, path: string): ByteStream {
  // An error that comes before anybody reads must wait for who does.
  stream.on('error', error => stream.destroy(error));
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const size = entry.uncompressedSize;
  let chunk: Uint8Array = new Uint8Array(0);
  let left = size;
  let checksum = 0;
  const advance = async (): Promise<void> => {
    const {value} = await chunks.next().catch((error: unknown) => refused(path, error));
    if (value === undefined) fail('E302', `${path}: truncated: ${left} of ${size} bytes are missing`);
    checksum = crc32(value, checksum);
    chunk = value;
  };
  return {
    path,
    size,
    async read(length) {
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length;) {
        if (chunk.length === 0) await advance();
        const part = chunk.subarray(0, length - filled);
        bytes.set(part, filled);
        filled += part.length;
        chunk = chunk.subarray(part.length);
      }
      left -= length;
      if (left === 0 && checksum !== entry.crc32)
        fail('E302', `${path}: damaged: its bytes do not have the checksum that the archive gives`);
      return bytes;
    },
  };
}

/** Tells of a file that could not be opened or read, or is no zip file; a failure that is one already is thrown on. */
function refused(path: string, error: unknown): never {
  if (!(error instanceof Error) || error instanceof StrataError) throw error;
  if ('syscall' in error) return unreadable(path, error);
  return fail('E302', `${path}: cannot be read as NPZ (${error.message})`, {hint: 'write it by numpy.savez'});
}
