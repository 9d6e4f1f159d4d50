import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {createHash, randomBytes} from 'node:crypto';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import {canonicalDigest} from './canonical.js';
import type {Key, KeyRecord, Manifest, Part} from './manifest.js';

const FORMAT = 1;

/** The address of a result. */
export const keyOf = (record: KeyRecord): Key => canonicalDigest('key', record);

/**
 * Content-addressed results in a folder:
 *
 *     objects/ab/cdef…        immutable blobs, named by the sha256 of their bytes
 *     results/ab/cdef….json   manifests, named by key
 *     drafts/HOST-PID-…/      what is being written, on the same file system
 *     quarantine/             manifests whose blobs were missing or damaged
 *
 * Invariant, at every instant: a manifest in results/ names only blobs that are complete in objects/. A commit therefore
 * writes and syncs drafts, renames the blobs into place, and renames the manifest last.
 */
export class Store {
  constructor(readonly root: string) {}

  /** The manifest of a key if every blob is there at its size; else undefined. What is damaged is put aside and counts as not there. */
  find(key: Key): Manifest | undefined {
    const file = this.#result(key);
    let text;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      return this.#unusable(error);
    }
    const manifest = parseManifest(text, key);
    if (manifest !== undefined && manifest.parts.every(p => this.#whole(p))) return manifest;
    this.#quarantine(file, key);
    return undefined;
  }

  /** The file of a blob. It is immutable: open it, never write to it. */
  blob(hash: string): string {
    return join(this.root, 'objects', hash.slice(0, 2), hash.slice(2));
  }

  /** A place to write one result. */
  draft(): Draft {
    try {
      this.#prepare();
      const folder = join(
        this.root,
        'drafts',
        `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`,
      );
      mkdirSync(folder);
      return new Draft(this, folder);
    } catch (error) {
      return this.#unusable(error);
    }
  }

  /** Where the manifest of a key stands or would stand. */
  #result(key: Key): string {
    return join(this.root, 'results', key.slice(0, 2), `${key.slice(2)}.json`);
  }

  /** Publishes a manifest whose blobs are in place. */
  publish(manifest: Manifest, folder: string): void {
    const draft = join(folder, 'manifest.json');
    writeSynced(draft, sealed(JSON.stringify(manifest)));
    this.#place(draft, this.#result(manifest.key));
  }

  /** Moves a finished, synced draft file to its address. Equal content may be there already; then the draft is dropped. */
  adopt(file: string, hash: string, bytes: number): void {
    const blob = this.blob(hash);
    if (statSync(blob, {throwIfNoEntry: false})?.size === bytes) rmSync(file);
    else this.#place(file, blob);
  }

  #place(from: string, to: string): void {
    const folder = join(to, '..');
    mkdirSync(folder, {recursive: true});
    renameSync(from, to);
    syncFolder(folder);
  }

  #whole(part: Part): boolean {
    return statSync(this.blob(part.blob), {throwIfNoEntry: false})?.size === part.bytes;
  }

  #quarantine(file: string, key: Key): void {
    const folder = join(this.root, 'quarantine');
    mkdirSync(folder, {recursive: true});
    renameSync(file, join(folder, `${key}.json`));
  }

  #prepared = false;

  /** Makes the folders, refuses a store of a newer format, and clears drafts that dead processes of this host left. */
  #prepare(): void {
    if (this.#prepared) return;
    mkdirSync(join(this.root, 'drafts'), {recursive: true});
    const mark = join(this.root, 'format.json');
    if (!existsSync(mark)) {
      const draft = join(this.root, 'drafts', `${hostname()}-${process.pid}-format`);
      writeSynced(draft, JSON.stringify({format: FORMAT}));
      renameSync(draft, mark);
    }
    const {format} = JSON.parse(readFileSync(mark, 'utf8')) as {format: number};
    if (format > FORMAT)
      fail(
        'E602',
        `the store ${this.root} has format ${format}; this version of Strata reads format ${FORMAT}`,
        {
          hint: 'use a newer Strata, or another store with STRATA_STORE',
        },
      );
    const own = `${hostname()}-`;
    for (const name of readdirSync(join(this.root, 'drafts'))) {
      const pid = Number(/^(\d+)-/.exec(name.slice(own.length))?.[1]);
      if (name.startsWith(own) && !alive(pid))
        rmSync(join(this.root, 'drafts', name), {recursive: true, force: true});
    }
    this.#prepared = true;
  }

  #unusable(error: unknown): never {
    const {code} = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    fail('E601', `cannot use the store ${this.root}: ${(error as Error).message}`, {
      hint: 'check the permissions and the space of its file system, or choose another with STRATA_STORE',
    });
  }
}

/** A result being written. Nothing of it can be seen in the store before `commit` returns. */
export class Draft {
  readonly #parts: Part[] = [];
  #files = 0;

  constructor(
    private readonly store: Store,
    readonly folder: string,
  ) {}

  /** A fresh file name in the draft folder. */
  path(): string {
    return join(this.folder, String(this.#files++));
  }

  /** Adds a part whose file is complete in the draft folder but perhaps not synced. */
  add(name: string, digest: string, file: string, meta: Part['meta'] = {}, hash = hashFile(file)): void {
    const fd = openSync(file, 'r+');
    fsyncSync(fd);
    closeSync(fd);
    this.#parts.push({name, digest, blob: hash, bytes: statSync(file).size, meta});
    this.store.adopt(file, hash, this.#parts.at(-1)!.bytes);
  }

  /** Adds a part from bytes in memory. */
  addBytes(name: string, digest: string, bytes: Uint8Array | string, meta: Part['meta'] = {}): void {
    const file = this.path();
    writeFileSync(file, bytes);
    this.add(name, digest, file, meta);
  }

  /** Adds a part that is in the store already. */
  carry(part: Part): void {
    this.#parts.push(part);
  }

  /** Publishes the result. */
  commit(record: KeyRecord, type: Manifest['type'], seconds: number): Manifest {
    const manifest: Manifest = {
      format: 1,
      key: keyOf(record),
      record,
      type,
      parts: this.#parts,
      seconds,
      made: {host: hostname(), pid: process.pid, at: new Date().toISOString()},
    };
    this.store.publish(manifest, this.folder);
    this.discard();
    return manifest;
  }

  discard(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }
}

/** sha256 (hex) of a file's bytes, read in blocks. */
export function hashFile(file: string): string {
  const hash = createHash('sha256');
  const fd = openSync(file, 'r');
  try {
    const block = Buffer.allocUnsafe(1 << 20);
    for (let n = readSync(fd, block); n > 0; n = readSync(fd, block)) hash.update(block.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** A JSON object text with the checksum of itself as its first member, so that no flipped byte goes unnoticed. */
function sealed(json: string): string {
  return `{"sum":"${sum(json.slice(1))}",${json.slice(1)}`;
}

const SEAL = /^\{"sum":"([0-9a-f]{64})",/;
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');

function parseManifest(text: string, key: Key): Manifest | undefined {
  const seal = SEAL.exec(text);
  if (seal === null || sum(text.slice(seal[0].length)) !== seal[1]) return undefined;
  const manifest = JSON.parse(text) as Manifest;
  return (manifest.format as number) === FORMAT && manifest.key === key ? manifest : undefined;
}

function writeSynced(file: string, text: string): void {
  const fd = openSync(file, 'w');
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
