import {type StoredFile, type StoredResult, listBlobs, listResults} from './inventory.js';
import type {Key} from './manifest.js';
import {type KnownRun, knownRuns} from './runs.js';
import type {Store} from './store.js';
import {UsageRecords} from './usage.js';

/** All that a store holds, and who uses it. */
export interface Contents {
  readonly results: ReadonlyMap<Key, StoredResult>;
  readonly blobs: ReadonlyMap<string, StoredFile>;
  readonly runs: readonly KnownRun[];
  /** In ms by the clock of the store's file system. */
  readonly now: number;
}

/** Looks a store through. Runs come last: one that names a result that is not among the results has made it since. */
export async function lookThrough(store: Store, now: number): Promise<Contents> {
  const results = await listResults(store);
  const blobs = await listBlobs(store);
  return {results, blobs, runs: knownRuns(store.root, new UsageRecords(store.root).all(), now), now};
}
