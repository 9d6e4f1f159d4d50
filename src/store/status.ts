import {join} from 'node:path';
import {References, lastUses, withUnits} from './garbage.js';
import type {StoredResult} from './inventory.js';
import {entries} from './litter.js';
import type {Key} from './manifest.js';
import {type Contents, lookThrough} from './contents.js';
import type {RunState} from './runs.js';
import type {Store} from './store.js';
import {storeErrors} from './store-errors.js';

export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** What a store holds. Sizes are in bytes; in each line, what several results share counts once. */
export interface StoreStatus {
  readonly results: Amount;
  /** What the same would take if nothing were shared between results, less what it takes. */
  readonly saved: number;
  readonly stages: readonly (Amount & {readonly stage: string})[];
  /** `experiment` is null for the results that no run names. */
  readonly experiments: readonly (Amount & {
    readonly experiment: string | null;
    readonly runs: number;
    /** When a run or a result of it was last used, in ms. */
    readonly used: number;
  })[];
  /** At most ten. */
  readonly largest: readonly {readonly key: Key; readonly stage: string; readonly bytes: number}[];
  readonly unusedBlobs: Amount;
  readonly quarantine: Amount;
  readonly drafts: Amount;
  readonly runs: Readonly<Record<RunState, number>>;
}

export async function storeStatus(store: Store, now = Date.now()): Promise<StoreStatus> {
  return storeErrors(store.root, async () => {
    const {root} = store;
    const contents = await lookThrough(store, now);
    const all = [...contents.results.values()];
    const named = new References(all);
    const unused = [...contents.blobs].filter(([hash]) => !named.has(hash));
    const units = new Set(all.flatMap(result => result.units));
    const single = all
      .filter(({key}) => !units.has(key))
      .reduce((sum, result) => sum + sizeOf([result]).bytes, 0);
    const runs = {live: 0, pinned: 0, there: 0, gone: 0, elsewhere: 0};
    for (const {state} of contents.runs) runs[state]++;
    return {
      results: sizeOf(all),
      saved: single - sizeOf(all.filter(({key}) => !units.has(key))).bytes,
      stages: byStage(all),
      experiments: byExperiment(contents),
      largest: all
        .map(result => ({key: result.key, stage: result.stage, bytes: sizeOf([result]).bytes}))
        .sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1))
        .slice(0, 10),
      unusedBlobs: total(unused.map(([, blob]) => blob)),
      quarantine: total(entries(join(root, 'quarantine'))),
      drafts: total(entries(join(root, 'drafts'))),
      runs,
    };
  });
}

/** How many files or results, and how large. */
export const total = (files: readonly {readonly bytes: number}[]): Amount => ({
  count: files.length,
  bytes: files.reduce((sum, {bytes}) => sum + bytes, 0),
});

const sizeOf = (results: readonly StoredResult[]): Amount => ({
  count: results.length,
  bytes: new References(results).bytes,
});

function byStage(all: readonly StoredResult[]): StoreStatus['stages'] {
  return [...grouped(all, result => result.stage)]
    .map(([stage, results]) => ({stage, ...sizeOf(results)}))
    .sort((a, b) => b.bytes - a.bytes || (a.stage < b.stage ? -1 : 1));
}

function byExperiment(contents: Contents): StoreStatus['experiments'] {
  const {results, runs} = contents;
  const uses = lastUses(contents);
  const line = (
    experiment: string | null,
    keys: ReadonlySet<Key>,
    ofRuns: Contents['runs'],
  ): StoreStatus['experiments'][number] => ({
    experiment,
    runs: ofRuns.length,
    ...sizeOf([...keys].map(key => results.get(key)!)),
    used: Math.max(...ofRuns.map(run => run.used), ...[...keys].map(key => uses.get(key)!)),
  });
  const named = new Set<Key>();
  const lines = [...grouped(runs, run => run.usage.experiment)].map(([experiment, group]) => {
    const keys = withUnits(
      group.flatMap(run => run.usage.keys),
      results,
    );
    keys.forEach(key => named.add(key));
    return line(experiment, keys, group);
  });
  const others = [...results.keys()].filter(key => !named.has(key));
  return [
    ...lines.sort((a, b) => b.bytes - a.bytes || (a.experiment! < b.experiment! ? -1 : 1)),
    ...(others.length > 0 ? [line(null, new Set(others), [])] : []),
  ];
}

function grouped<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(by(item));
    if (group === undefined) groups.set(by(item), [item]);
    else group.push(item);
  }
  return groups;
}
