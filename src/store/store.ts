import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {Draft} from './draft.js';
import {place, writeDurable} from './durable.js';
import {FORMAT, checkFormat, formatFile} from './format.js';
import type {Key, Manifest, Part} from './manifest.js';
import {openManifest, sealManifest} from './manifest.js';
import {ifThere} from './missing.js';
import {isAlive} from './owner.js';
import {privateName} from './private-name.js';
import type {Stamp} from './stamp.js';
import {stampIfThere} from './stamp.js';
import {StatCache} from './stat-cache.js';
import {storeErrors} from './store-errors.js';

export {Draft} from './draft.js';
export {hashFile} from './hash-file.js';
export {keyOf} from './manifest.js';

/** Blobs up to this size (bytes) are now and then read again although their stamps are known. */
const SAMPLED = 4 << 20;

export interface StoreOptions {
  /** Whether every blob of a result is read and hashed when the result is found. Default false. */
  readonly paranoid?: boolean;
}

/**
 * Content-addressed results in a folder:
 *
 *     objects/ab/cdef…        immutable blobs, named by the sha256 of their bytes
 *     results/ab/cdef….json   manifests, named by key
 *     drafts/HOST-PID-…/      what is being written, on the same file system
 *     quarantine/             damaged blobs, and manifests that are damaged or whose blobs are missing or damaged
 *     stamps/                 which blobs, and which files outside, are known to be whole: see StatCache
 *
 * Invariant, at every instant: a manifest in results/ names only blobs that are complete in objects/. A commit therefore
 * writes and syncs drafts, renames the blobs into place, and renames the manifest last.
 *
 * Whatever the file system refuses is E601. A store of a newer format is E602, before anything of it is read or written.
 */
export class Store {
  readonly stamps: StatCache;
  /** What this process has put aside so far. */
  readonly quarantined = {results: 0, blobs: 0};
  readonly #paranoid: boolean;
  /** Of the small blobs, those with this first byte are read again: other ones in every process. */
  readonly #sample = randomBytes(1).toString('hex');
  /** What this process has itself read and hashed. */
  readonly #hashed = new Set<Stamp>();
  #checked = false;
  #prepared = false;

  constructor(
    readonly root: string,
    {paranoid = false}: StoreOptions = {},
  ) {
    this.stamps = new StatCache(root);
    this.#paranoid = paranoid;
  }

  /**
   * The manifest of a key if every blob is there and whole; else undefined. What is damaged is put aside and counts as
   * not there.
   */
  find(key: Key): Manifest | undefined {
    return storeErrors(this.root, () => {
      this.#checkFormat();
      const file = this.result(key);
      const text = ifThere(() => readFileSync(file, 'utf8'));
      if (text === undefined) return undefined;
      const manifest = openManifest(text, key);
      const broken = 'damage' in manifest ? [] : manifest.parts.filter(part => !this.holds(part));
      if (!('damage' in manifest) && broken.length === 0) return manifest;
      this.quarantine(file, `${key}.json`);
      return undefined;
    });
  }

  /**
   * Whether the blob of a part is there and whole. It is read and hashed only if its stamp is not known, or now and then.
   * A damaged one is put aside.
   */
  holds({blob, bytes}: Part): boolean {
    return storeErrors(this.root, () => {
      this.#checkFormat();
      const file = this.blob(blob);
      const stamp = stampIfThere(file);
      if (stamp === undefined) return false;
      const read = !this.#hashed.has(stamp) && (this.#paranoid || this.#isSampled(blob, bytes));
      const known = !read && this.stamps.sha256(stamp) === blob;
      const whole = known || ifThere(() => this.#hash(file, stamp)) === blob;
      // Unless somebody has put a good one in its place meanwhile.
      if (!whole && stampIfThere(file) === stamp) this.quarantine(file, blob);
      return whole;
    });
  }

  /** The file of a blob. It is immutable: open it, never write to it. */
  blob(hash: string): string {
    return join(this.root, 'objects', hash.slice(0, 2), hash.slice(2));
  }

  /** Where the manifest of a key stands or would stand. */
  result(key: Key): string {
    return join(this.root, 'results', key.slice(0, 2), `${key.slice(2)}.json`);
  }

  /** A place to write one result. */
  draft(): Draft {
    return storeErrors(this.root, () => {
      this.#prepare();
      return new Draft(this, privateName(this.root));
    });
  }

  /** Publishes a manifest whose blobs are in place, by way of a draft file. */
  publish(manifest: Manifest, draft: string): void {
    storeErrors(draft, () => {
      writeDurable(draft, sealManifest(manifest));
      // First: whoever finds the result finds its blobs known.
      this.stamps.save();
      place(draft, this.result(manifest.key));
    });
  }

  /** Moves a finished, synced draft file to its address. What may stand there already is replaced: it could be damaged. */
  adopt(file: string, hash: string): void {
    storeErrors(file, () => {
      const blob = this.blob(hash);
      place(file, blob);
      this.stamps.noteOwn(blob, hash);
    });
  }

  /**
   * Puts a damaged file aside. Where that cannot be done it stays: nobody takes it for whole, and its address is written
   * anew when the result is made again.
   *
   * @returns whether it was done
   */
  quarantine(file: string, name: string): boolean {
    try {
      const folder = join(this.root, 'quarantine');
      mkdirSync(folder, {recursive: true});
      renameSync(file, join(folder, name));
    } catch {
      return false;
    }
    this.quarantined[name.endsWith('.json') ? 'results' : 'blobs']++;
    return true;
  }

  #isSampled(blob: string, bytes: number): boolean {
    return bytes <= SAMPLED && blob.startsWith(this.#sample);
  }

  #hash(file: string, stamp: Stamp): string {
    this.#hashed.add(stamp);
    return this.stamps.hashAnew(file, stamp);
  }

  #checkFormat(): void {
    if (this.#checked) return;
    checkFormat(this.root);
    this.#checked = true;
  }

  /** Makes the folders, and clears drafts that dead processes of this host left. */
  #prepare(): void {
    if (this.#prepared) return;
    this.#checkFormat();
    mkdirSync(join(this.root, 'drafts'), {recursive: true});
    const mark = formatFile(this.root);
    if (!existsSync(mark)) {
      const draft = privateName(this.root);
      try {
        writeDurable(draft, JSON.stringify({format: FORMAT}));
        place(draft, mark);
      } finally {
        rmSync(draft, {force: true});
      }
    }
    const own = `${hostname()}-`;
    for (const name of readdirSync(join(this.root, 'drafts'))) {
      const pid = Number(/^(\d+)-/.exec(name.slice(own.length))?.[1]);
      if (name.startsWith(own) && !isAlive({pid, start: null}))
        rmSync(join(this.root, 'drafts', name), {recursive: true, force: true});
    }
    this.#prepared = true;
  }
}
