import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {heartbeats} from './lease.js';
import {ifThere, listed} from './missing.js';
import type {Key, Part} from './manifest.js';
import {openManifest} from './manifest.js';
import type {Store} from './store.js';

/** A result as it lies in a store. */
export interface StoredResult {
  readonly key: Key;
  /** Kind and name of the stage: `metric/twonn`. */
  readonly stage: string;
  readonly units: readonly Key[];
  readonly parts: readonly Pick<Part, 'blob' | 'bytes'>[];
  /** Of the manifest alone. */
  readonly bytes: number;
  /** When it was made or last used by a run that then went on, in ms. */
  readonly touched: number;
}

/** A file of a store, by its age. */
export interface StoredFile {
  readonly bytes: number;
  /** In ms. */
  readonly modified: number;
}

/**
 * All results of a store by key; what is damaged is not among them. Damage is left as it is.
 *
 * @param known those that have been read before
 */
export async function listResults(
  store: Store,
  known: ReadonlyMap<Key, StoredResult> = new Map(),
): Promise<Map<Key, StoredResult>> {
  const results = new Map<Key, StoredResult>();
  for await (const key of addresses(join(store.root, 'results'), /^([0-9a-f]{62})\.json$/)) {
    const result = known.get(key) ?? readResult(store, key);
    if (result !== undefined) results.set(key, result);
  }
  return results;
}

/** All blobs of a store, by hash. */
export async function listBlobs(store: Store): Promise<Map<string, StoredFile>> {
  const blobs = new Map<string, StoredFile>();
  for await (const hash of addresses(join(store.root, 'objects'), /^([0-9a-f]{62})$/)) {
    const stat = statSync(store.blob(hash), {throwIfNoEntry: false});
    if (stat !== undefined) blobs.set(hash, {bytes: stat.size, modified: stat.mtimeMs});
  }
  return blobs;
}

function readResult(store: Store, key: Key): StoredResult | undefined {
  const file = store.result(key);
  return ifThere(() => {
    const {mtimeMs, size} = statSync(file);
    const manifest = openManifest(readFileSync(file, 'utf8'), key);
    if ('damage' in manifest) return undefined;
    const {record, units, parts} = manifest;
    return {
      key,
      stage: record['stage'] as string,
      units,
      parts: parts.map(({blob, bytes}) => ({blob, bytes})),
      bytes: size,
      touched: mtimeMs,
    };
  });
}

/** What lies in the folders of a folder, where each is named by the first two digits. */
async function* addresses(folder: string, rest: RegExp): AsyncGenerator<string> {
  for (const shard of listed(folder).filter(name => /^[0-9a-f]{2}$/.test(name))) {
    for (const name of listed(join(folder, shard))) {
      const [, tail] = rest.exec(name) ?? [];
      if (tail !== undefined) yield shard + tail;
    }
    await heartbeats();
  }
}
