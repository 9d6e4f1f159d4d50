import {createHash} from 'node:crypto';
import {closeSync, openSync, readSync} from 'node:fs';

/** Bytes read at a time: enough that the system calls cost nothing beside the hashing. */
const BLOCK = 1 << 20;

let block: Buffer | undefined;

/** sha256 (hex) of a file's bytes. */
export function hashFile(file: string): string {
  const hash = createHash('sha256');
  const fd = openSync(file, 'r');
  try {
    block ??= Buffer.allocUnsafeSlow(BLOCK);
    for (let n = readSync(fd, block); n > 0; n = readSync(fd, block)) hash.update(block.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** As `hashFile`; null where the file cannot be read. */
export function hashIfReadable(file: string): string | null {
  try {
    return hashFile(file);
  } catch {
    return null;
  }
}
