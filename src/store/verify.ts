import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join, relative, sep} from 'node:path';
import {isSystemError, reasonOf} from '../diagnostics/system-error.js';
import {formatFile, readFormat, refuseNewer} from './format.js';
import {hashFile} from './hash-file.js';
import {hashFiles} from './hash-files.js';
import type {Key} from './manifest.js';
import {keyOf, openManifest} from './manifest.js';
import {ifThere, listed} from './missing.js';
import type {Stamp} from './stamp.js';
import {bytesOf, stampIfThere} from './stamp.js';
import type {Store} from './store.js';
import {storeErrors} from './store-errors.js';

/** Something in a store that is not what it should be. */
export interface Damage {
  /** Below the folder of the store. */
  readonly path: string;
  readonly why: string;
  /** Whether it was put aside; if not, it is still there and will be found again. */
  readonly aside: boolean;
}

/** What was found in a store. Sizes are in bytes. */
export interface Verification {
  readonly results: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: readonly Damage[];
  /** Whole blobs that no result names. */
  readonly unused: {readonly blobs: number; readonly bytes: number};
  /** Results being written, or left half written by a process that died. */
  readonly drafts: number;
}

interface FoundBlob {
  readonly path: string;
  readonly stamp: Stamp;
  /** What is wrong with it; null if it is whole. */
  readonly why: string | null;
}

/**
 * Reads and hashes every blob and checks every manifest of a store: its seal and format, whether its key is that of its
 * record, and whether all its blobs are whole. What is damaged is put aside. Others may use the store meanwhile.
 *
 * @throws E601, E602
 */
export function verifyStore(store: Store): Promise<Verification> {
  return storeErrors(store.root, async () => {
    const damaged: Damage[] = [];
    const putAside = (path: string, name: string, why: string): void => {
      damaged.push({path: relative(store.root, path), why, aside: store.quarantine(path, name)});
    };
    const format = readFormat(store.root);
    if (Number.isNaN(format)) putAside(formatFile(store.root), 'format.json', 'it names no format');
    else refuseNewer(store.root, format);

    // Manifests before blobs: what a manifest names is there before it.
    const manifests = checkManifests(store);
    const blobs = await checkBlobs(store);
    for (const [key, {path, names, why}] of manifests) {
      const broken = names.find(blob => blobs.get(blob)?.why !== null);
      const wrong = why ?? (broken === undefined ? null : whyNamed(store, broken, blobs.has(broken)));
      // A manifest that is gone by now was cleared away by somebody, and then its blobs.
      if (wrong !== null && existsSync(path)) putAside(path, `${key}.json`, wrong);
    }
    for (const [hash, {path, stamp, why}] of blobs)
      if (why !== null && stampIfThere(path) === stamp) putAside(path, hash, why);

    const used = new Set([...manifests.values()].flatMap(m => m.names));
    const unused = [...blobs]
      .filter(([hash, {why}]) => why === null && !used.has(hash))
      .map(([, blob]) => blob);
    return {
      results: manifests.size,
      blobs: blobs.size,
      bytes: sizeOf([...blobs.values()]),
      damaged,
      unused: {blobs: unused.length, bytes: sizeOf(unused)},
      drafts: listed(join(store.root, 'drafts')).length,
    };
  });
}

const sizeOf = (blobs: readonly FoundBlob[]): number =>
  blobs.reduce((sum, {stamp}) => sum + bytesOf(stamp), 0);

function whyNamed(store: Store, hash: string, there: boolean): string {
  const path = relative(store.root, store.blob(hash));
  return `${path}, which it names, is ${there ? 'damaged' : 'missing'}`;
}

interface FoundManifest {
  readonly path: string;
  /** The blobs that it names. */
  readonly names: readonly string[];
  /** What is wrong with it; null if it is whole. */
  readonly why: string | null;
}

function checkManifests(store: Store): Map<Key, FoundManifest> {
  const manifests = new Map<Key, FoundManifest>();
  for (const path of filesIn(join(store.root, 'results'))) {
    const key = addressOf(path).replace(/\.json$/, '');
    const opened = ifReadable(() => openManifest(readFileSync(path, 'utf8'), key));
    if (opened === undefined) continue;
    if ('damage' in opened) manifests.set(key, {path, names: [], why: opened.damage});
    else {
      const why = keyOf(opened.record) === key ? null : 'its record is that of another key';
      manifests.set(key, {path, names: opened.parts.map(p => p.blob), why});
    }
  }
  return manifests;
}

/** All blobs by their names, each read and hashed. What they hold is noted, so that nobody need read them again. */
async function checkBlobs(store: Store): Promise<Map<string, FoundBlob>> {
  const stamps = new Map<string, Stamp>();
  for (const path of filesIn(join(store.root, 'objects'))) {
    const stamp = stampIfThere(path);
    if (stamp !== undefined) stamps.set(path, stamp);
  }
  const began = performance.now();
  const hashes = await hashFiles([...stamps].map(([path, stamp]) => ({path, bytes: bytesOf(stamp)})));
  const blobs = new Map<string, FoundBlob>();
  for (const [path, stamp] of stamps) {
    const name = addressOf(path);
    // One that could not be read is read again for the reason.
    const hash = hashes.get(path) ?? ifReadable(() => hashFile(path));
    if (hash === undefined) continue;
    if (typeof hash === 'string') store.stamps.note(path, stamp, hash, began);
    const why =
      typeof hash !== 'string' ? hash.damage : hash === name ? null : 'its bytes are not those of its name';
    blobs.set(name, {path, stamp, why});
  }
  return blobs;
}

/** What a read gives, or that the disk does not give the bytes back. Undefined if the file is gone. */
function ifReadable<T>(read: () => T): T | {readonly damage: string} | undefined {
  try {
    return ifThere(read);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EIO') throw error;
    return {damage: `it cannot be read: ${reasonOf(error)}`};
  }
}

/** The name that the address of a file spells: `ab/cdef` is `abcdef`. */
const addressOf = (path: string): string => path.split(sep).slice(-2).join('');

const ADDRESS = /^[0-9a-f]{2}\/[0-9a-f]{62}(\.json)?$/;

/** The files that lie at addresses below a folder, in order. */
const filesIn = (folder: string): string[] =>
  (ifThere(() => readdirSync(folder, {recursive: true, encoding: 'utf8'})) ?? [])
    .filter(path => ADDRESS.test(path.replace(sep, '/')))
    .sort()
    .map(path => join(folder, path));
