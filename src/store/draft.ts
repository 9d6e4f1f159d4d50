import {mkdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {sync} from './durable.js';
import {hashFile} from './hash-file.js';
import type {KeyRecord, Manifest, Part} from './manifest.js';
import {keyOf} from './manifest.js';
import type {Store} from './store.js';
import {storeErrors} from './store-errors.js';

/**
 * A result being written. Nothing of it can be seen in the store before `commit` returns. What the file system refuses
 * is E601 from every method but `discard`.
 */
export class Draft {
  readonly #parts: Part[] = [];
  #files = 0;

  /** @param folder of this draft alone; made when the first file is asked for */
  constructor(
    private readonly store: Store,
    readonly folder: string,
  ) {}

  /** A fresh file name in the draft folder. */
  path(): string {
    if (this.#files === 0) storeErrors(this.folder, () => mkdirSync(this.folder));
    return join(this.folder, String(this.#files++));
  }

  /**
   * Adds a part whose file is complete in the draft folder but perhaps not synced.
   *
   * @param digest of what the part means
   * @param hash sha256 (hex) of the file's bytes, if it is known
   */
  add(name: string, digest: string, file: string, meta: Part['meta'] = {}, hash?: string): void {
    storeErrors(file, () => {
      const blob = hash ?? hashFile(file);
      sync(file);
      this.#parts.push({name, digest, blob, bytes: statSync(file).size, meta});
      this.store.adopt(file, blob);
    });
  }

  /** Adds a part from bytes in memory. */
  addBytes(name: string, digest: string, bytes: Uint8Array | string, meta: Part['meta'] = {}): void {
    const file = this.path();
    storeErrors(file, () => writeFileSync(file, bytes));
    this.add(name, digest, file, meta);
  }

  /** Adds a part that is in the store already. */
  carry(part: Part): void {
    this.#parts.push(part);
  }

  /** Publishes the result. */
  commit(
    record: KeyRecord,
    type: Manifest['type'],
    seconds: number,
    units: Manifest['units'] = [],
  ): Manifest {
    const manifest: Manifest = {
      format: 1,
      key: keyOf(record),
      record,
      type,
      parts: this.#parts,
      units,
      seconds,
      made: {host: hostname(), pid: process.pid, at: new Date().toISOString()},
    };
    this.store.publish(manifest, this.path());
    this.discard();
    return manifest;
  }

  /** Clears away what is left of the draft. What cannot be cleared now goes when this process is dead. */
  discard(): void {
    try {
      rmSync(this.folder, {recursive: true, force: true});
    } catch {
      // It is no part of the store, and what went wrong before is the better thing to tell.
    }
  }
}
