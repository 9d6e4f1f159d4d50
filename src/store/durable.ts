import {closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

/** What a file or folder holds reaches the disk. */
export function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes a file that has reached the disk when this returns. Its entry in the folder may not have. */
export function writeDurable(file: string, data: string | Uint8Array): void {
  writeFileSync(file, data);
  sync(file);
}

/**
 * Moves a file that has reached the disk to its address, in place of what may stand there; the move has reached the disk
 * when this returns. Nobody ever sees half a file at the address.
 */
export function place(from: string, to: string): void {
  const folder = dirname(to);
  const made = mkdirSync(folder, {recursive: true});
  renameSync(from, to);
  sync(folder);
  if (made !== undefined) sync(dirname(folder));
}
