import {renameSync, rmSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {type Contents, lookThrough} from './contents.js';
import {sync} from './durable.js';
import {type Garbage, type Limits, References, findGarbage, isRoot, unusedBlobs} from './garbage.js';
import {listResults} from './inventory.js';
import {LeaseFolders} from './lease-folder.js';
import {type Lease, type Leases, heartbeats} from './lease.js';
import {type Litter, deadDrafts, oldQuarantine} from './litter.js';
import {ifThere} from './missing.js';
import {privateName} from './private-name.js';
import {COLLECTING} from './run-usage.js';
import {type KnownRun, mayLive} from './runs.js';
import type {Store} from './store.js';
import {storeErrors} from './store-errors.js';
import {UsageRecords} from './usage.js';

/** What was put aside is looked at for so long (ms), unless another age is given. */
const LOOKED_AT = 30 * 24 * 3600_000;

/** What goes, or would go. */
export interface Collection extends Garbage {
  readonly contents: Contents;
  readonly drafts: readonly Litter[];
  readonly quarantine: readonly Litter[];
  /** Keys of leases whose owners are dead. */
  readonly leases: readonly string[];
  /** Of runs that are gone, and of whose results nothing is left. */
  readonly records: readonly KnownRun[];
}

/** What `collect` would drop; drops nothing. */
export async function planCollection(store: Store, limits: Limits, now = Date.now()): Promise<Collection> {
  return storeErrors(store.root, async () => {
    const {root} = store;
    const contents = await lookThrough(store, now);
    const garbage = findGarbage(contents, limits);
    const going = new Set(garbage.results.map(result => result.key));
    const folders = new LeaseFolders(root);
    return {
      ...garbage,
      contents,
      drafts: deadDrafts(root, now),
      quarantine: oldQuarantine(root, limits.olderThan ?? LOOKED_AT, now),
      leases: folders.names().filter(name => !mayLive(folders.holder(name), now)),
      records: contents.runs.filter(
        run =>
          !isRoot(run, limits, now) &&
          !run.usage.keys.some(key => contents.results.has(key) && !going.has(key)),
      ),
    };
  });
}

/**
 * Drops what no run needs: manifests first, then blobs that no manifest names any more, so that a store is valid at every
 * instant. Runs and other collections may go on beside it: only one drops results at a time, and a run that begins waits
 * until it has.
 *
 * @throws E601. Rejects when aborted
 */
export async function collect(
  store: Store,
  leases: Leases,
  limits: Limits,
  signal: AbortSignal,
): Promise<Collection> {
  const lease = await acquire(leases, signal);
  let plan: Collection;
  try {
    plan = await planCollection(store, limits, lease.since);
    await dropResults(store, plan);
  } finally {
    lease.release();
  }
  await dropRest(store, leases, plan);
  return plan;
}

async function acquire(leases: Leases, signal: AbortSignal): Promise<Lease> {
  for (;;) {
    const lease = leases.tryAcquire(COLLECTING);
    if (lease !== undefined) return lease;
    await leases.waitFor(COLLECTING, signal);
  }
}

async function dropResults(store: Store, {results}: Collection): Promise<void> {
  await storeErrors(store.root, async () => {
    const folders = new Set<string>();
    for (const {key, touched} of results) {
      const file = store.result(key);
      await removeUnless(store, file, modified => modified > touched);
      folders.add(dirname(file));
    }
    // Before any blob goes: a manifest must not come back without it when the machine goes down.
    for (const folder of folders) ifThere(() => sync(folder));
  });
}

async function dropRest(store: Store, leases: Leases, plan: Collection): Promise<void> {
  await storeErrors(store.root, async () => {
    const {contents, blobs} = plan;
    // Results that were made meanwhile may name what was unused.
    const named = new References((await listResults(store, contents.results)).values());
    for (const hash of unusedBlobs(contents, named)) {
      const {modified} = contents.blobs.get(hash)!;
      if (blobs.has(hash)) await removeUnless(store, store.blob(hash), now => now > modified);
    }
    for (const {path} of [...plan.drafts, ...plan.quarantine]) rmSync(path, {recursive: true, force: true});
    for (const key of plan.leases) leases.tryAcquire(key)?.release();
    const records = new UsageRecords(store.root);
    for (const {id} of plan.records) records.remove(id);
  });
}

/**
 * Removes a file, unless it has been written or touched meanwhile. It is moved away and looked at again before it is
 * deleted: what happened to it at the very last moment is seen, and it is back at once.
 */
async function removeUnless(
  {root}: Store,
  file: string,
  isNew: (modified: number) => boolean,
): Promise<void> {
  const draft = privateName(root);
  ifThere(() => {
    if (isNew(statSync(file).mtimeMs)) return;
    renameSync(file, draft);
    if (isNew(statSync(draft).mtimeMs)) renameSync(draft, file);
    else rmSync(draft);
  });
  await heartbeats();
}
