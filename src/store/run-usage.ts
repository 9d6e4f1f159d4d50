import {existsSync, utimesSync} from 'node:fs';
import {hostname} from 'node:os';
import {StrataError, fail} from '../diagnostics/diagnostic.js';
import type {Lease, Leases} from './lease.js';
import type {Key, Manifest} from './manifest.js';
import {isMissing} from './missing.js';
import type {Store} from './store.js';
import {storeError, storeErrors} from './store-errors.js';
import {type Usage, UsageRecords, leaseOf, usageId} from './usage.js';

/** Held while results are being dropped. */
export const COLLECTING: Key = 'gc';

/** What a run says of its use of the store. */
export type UsedBy = Pick<Usage, 'folder' | 'experiment' | 'keys'>;

/** The use that a run makes of a store while it goes on. From `begin` on nothing that it names or makes is collected. */
export class RunUsage {
  readonly #id: string;
  readonly #records: UsageRecords;

  private constructor(
    private readonly store: Store,
    private readonly by: UsedBy,
    private readonly lease: Lease,
  ) {
    this.#id = usageId(by.folder);
    this.#records = new UsageRecords(store.root);
  }

  /**
   * Begins the use, waiting for the end of a collection that is under way unless the run is aborted.
   *
   * @param by names the keys of all results that the plan found or will make, as far as they are known
   * @param found keys of the results that the plan found: they must still be there
   * @throws E603 if some are not, E601
   */
  static async begin(
    store: Store,
    leases: Leases,
    by: UsedBy,
    found: readonly Key[],
    signal: AbortSignal,
  ): Promise<RunUsage> {
    const lease = leases.tryAcquire(leaseOf(usageId(by.folder)));
    if (lease === undefined) throw new Error(`two runs in ${by.folder}`);
    try {
      const usage = new RunUsage(store, by, lease);
      usage.#write(lease.since, by.keys);
      // In this order: a collection either sees the record, or is seen here.
      await noCollection(leases, signal);
      if (!signal.aborted && !found.every(key => existsSync(store.result(key))))
        fail('E603', 'results that this run needs were dropped by strata gc while it was being planned', {
          hint: 'run it again',
        });
      return usage;
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /**
   * Says what the run came to use. Call it when the folder of the run is complete.
   *
   * @param keys of the results of its stages, and of units whose stage has no result
   */
  finish(keys: readonly Key[]): void {
    this.#write(null, keys);
    this.end();
  }

  /** Ends the use as it stands, as after a failure; after `finish` it does nothing. */
  end(): void {
    this.lease.release();
  }

  #write(running: number | null, keys: readonly Key[]): void {
    storeErrors(this.store.root, () => {
      const pinned = this.#records.find(this.#id)?.usage.pinned ?? false;
      const {folder, experiment} = this.by;
      this.#records.write(this.#id, {format: 1, folder, experiment, keys, host: hostname(), running, pinned});
    });
  }
}

/** Waits until nobody drops results, or for the abort. */
async function noCollection(leases: Leases, signal: AbortSignal): Promise<void> {
  try {
    while (!signal.aborted && leases.isTaken(COLLECTING)) await leases.waitFor(COLLECTING, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Says that a run that has ended is used again. Where the store cannot be written, nothing can be collected either. */
export function touchUsage(store: Store, {folder, experiment, keys}: UsedBy): void {
  const records = new UsageRecords(store.root);
  const id = usageId(folder);
  try {
    storeErrors(store.root, () => {
      if (!records.touch(id))
        records.write(id, {
          format: 1,
          folder,
          experiment,
          keys,
          host: hostname(),
          running: null,
          pinned: false,
        });
    });
  } catch (error) {
    if (!(error instanceof StrataError)) throw error;
  }
}

/**
 * The result of a key, to be used by a run that goes on: from now on it is not collected. In a store of several people
 * that holds only for the results of one's own, for others' files cannot be touched.
 *
 * @throws E601
 */
export function useResult(store: Store, key: Key): Manifest | undefined {
  const manifest = store.find(key);
  const now = new Date();
  try {
    if (manifest !== undefined) utimesSync(store.result(key), now, now);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!FORBIDDEN.includes((error as NodeJS.ErrnoException).code)) throw storeError(store.root, error);
  }
  return manifest;
}

const FORBIDDEN: readonly unknown[] = ['EPERM', 'EACCES', 'EROFS'];
