import {hostname} from 'node:os';
import type {UsedBy} from './run-usage.js';
import type {Store} from './store.js';
import {storeErrors} from './store-errors.js';
import {type FoundUsage, UsageRecords, usageId} from './usage.js';

/** Keeps the results of a run, also when its folder is gone. */
export function pinRun(store: Store, {folder, experiment, keys}: UsedBy): void {
  storeErrors(store.root, () => {
    const records = new UsageRecords(store.root);
    const found = recordsOf(records, folder);
    for (const {id, usage} of found) records.write(id, {...usage, pinned: true});
    if (found.length > 0) return;
    const usage = {
      format: 1,
      folder,
      experiment,
      keys,
      host: hostname(),
      running: null,
      pinned: true,
    } as const;
    records.write(usageId(folder), usage);
  });
}

/** Keeps the results of a run only for as long as its folder is there. */
export function unpinRun(store: Store, folder: string): void {
  storeErrors(store.root, () => {
    const records = new UsageRecords(store.root);
    for (const {id, usage} of recordsOf(records, folder)) records.write(id, {...usage, pinned: false});
  });
}

/** Folders of the pinned runs. */
export const pinnedRuns = (store: Store): string[] =>
  storeErrors(store.root, () =>
    new UsageRecords(store.root).all().flatMap(({usage}) => (usage.pinned ? [usage.folder] : [])),
  );

const recordsOf = (records: UsageRecords, folder: string): FoundUsage[] =>
  records.all().filter(({usage}) => usage.folder === folder);
