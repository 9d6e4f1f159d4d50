import {createHash} from 'node:crypto';
import {closeSync, openSync, writeSync} from 'node:fs';
import {storeErrors} from '../store-errors.js';

/**
 * A file of a draft being written, and the sha256 of its bytes. What the file system refuses is E601; the file is then
 * closed and of no use.
 */
export class HashedFile {
  readonly #hash = createHash('sha256');
  #fd: number | undefined;

  constructor(readonly path: string) {
    this.#fd = storeErrors(path, () => openSync(path, 'w'));
  }

  write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    try {
      storeErrors(this.path, () => {
        for (let done = 0; done < bytes.length;) done += writeSync(this.#fd!, bytes, done);
      });
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** Completes the file and gives the sha256 (hex) of its bytes. */
  close(): string {
    storeErrors(this.path, () => this.#close());
    return this.#hash.digest('hex');
  }

  /** Gives the file up. It may be given up or closed already. */
  abort(): void {
    try {
      this.#close();
    } catch {
      // It is thrown away in any case.
    }
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }
}
