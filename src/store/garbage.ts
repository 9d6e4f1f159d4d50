import {dirname} from 'node:path';
import type {Contents} from './contents.js';
import type {StoredResult} from './inventory.js';
import type {Key} from './manifest.js';
import type {KnownRun} from './runs.js';

/** What is to go. With neither `olderThan` nor `maxBytes`, all that no run needs. */
export interface Limits {
  /** What no run needs goes when it was last used longer ago than this, in ms. */
  readonly olderThan: number | null;
  /** Of what no run needs, the least recently used goes until all the rest takes no more than this. */
  readonly maxBytes: number | null;
  /** Only the latest so many runs of an experiment need anything; those that go on and those that are pinned need it too. */
  readonly keepRuns: number | null;
}

/** What nobody refers to stays for so long (ms): it may be on its way into a result. */
export const GRACE = 3600_000;

export interface Garbage {
  /** Least recently used first. */
  readonly results: readonly StoredResult[];
  /** Blobs that no result names any more. */
  readonly blobs: ReadonlySet<string>;
  /** How many results runs need. */
  readonly needed: number;
  /** How many results stay that no run needs: they were used too lately, or there is room for them. */
  readonly spared: number;
  /** Bytes of blobs that no result names any more but that are too young to go. */
  readonly young: number;
  /** Bytes above `maxBytes` of the results that stay; 0 if they fit. */
  readonly excess: number;
}

/** Chooses what is to go. What a run needs never does. */
export function findGarbage(contents: Contents, limits: Limits): Garbage {
  const {results, now} = contents;
  const needed = withUnits(
    rootRuns(contents.runs, limits, now).flatMap(run => run.usage.keys),
    results,
  );
  const used = lastUses(contents);
  const fresh = freshFrom(contents);
  const free = [...results.values()]
    .filter(({key, touched}) => !needed.has(key) && touched < fresh)
    .sort((a, b) => used.get(a.key)! - used.get(b.key)! || (a.key < b.key ? -1 : 1));

  const old = limits.olderThan ?? (limits.maxBytes === null ? GRACE : Infinity);
  const gone = new Set(free.filter(({key}) => used.get(key)! < now - old));
  const left = new References([...results.values()].filter(result => !gone.has(result)));
  for (const result of free) {
    if (limits.maxBytes === null || left.bytes <= limits.maxBytes) break;
    if (gone.has(result)) continue;
    gone.add(result);
    left.remove(result);
  }
  const blobs = unusedBlobs(contents, left);
  const young = [...contents.blobs].filter(([hash]) => !left.has(hash) && !blobs.has(hash));
  return {
    results: free.filter(result => gone.has(result)),
    blobs,
    needed: needed.size,
    spared: results.size - needed.size - gone.size,
    young: young.reduce((sum, [, {bytes}]) => sum + bytes, 0),
    excess: Math.max(0, left.bytes - (limits.maxBytes ?? Infinity)),
  };
}

/** Blobs that no result names, and that nobody can be about to name. */
export function unusedBlobs(contents: Contents, named: References): Set<string> {
  const before = Math.min(contents.now - GRACE, freshFrom(contents));
  const unused = [...contents.blobs].filter(([hash, {modified}]) => !named.has(hash) && modified < before);
  return new Set(unused.map(([hash]) => hash));
}

/** From when on all that was made or used is kept for the runs that go on. Wide, for the clocks of machines differ. */
function freshFrom({runs}: Contents): number {
  const begins = runs.filter(run => run.state === 'live').map(run => run.usage.running!);
  return Math.min(...begins) - GRACE;
}

/** Whether a run is there, or may be, so that what it uses may be needed. Where nobody can tell, it is until it is too old. */
export function isRoot({state, used}: KnownRun, {olderThan}: Limits, now: number): boolean {
  return state === 'elsewhere' ? now - used < (olderThan ?? Infinity) : state !== 'gone';
}

/** The runs that need what they use. */
function rootRuns(runs: readonly KnownRun[], limits: Limits, now: number): KnownRun[] {
  const newer = new Map<string, number>();
  return (
    runs
      .filter(run => isRoot(run, limits, now))
      // The name of a run's folder begins with the time.
      .sort((a, b) => (a.usage.folder > b.usage.folder ? -1 : 1))
      .filter(({state, usage}) => {
        const experiment = dirname(usage.folder);
        const rank = newer.get(experiment) ?? 0;
        newer.set(experiment, rank + 1);
        return state === 'live' || state === 'pinned' || rank < (limits.keepRuns ?? Infinity);
      })
  );
}

/** The keys and those of the units of their results, as far as they are there. */
export function withUnits(keys: readonly Key[], results: Contents['results']): Set<Key> {
  const found = new Set<Key>();
  const visit = (key: Key): void => {
    const result = results.get(key);
    if (result === undefined || found.has(key)) return;
    found.add(key);
    result.units.forEach(visit);
  };
  keys.forEach(visit);
  return found;
}

/** When each result was last used (ms): made, found by a run that went on, or named by a run that was used. */
export function lastUses({results, runs}: Pick<Contents, 'results' | 'runs'>): Map<Key, number> {
  const uses = new Map([...results].map(([key, {touched}]) => [key, touched]));
  for (const {usage, used} of runs)
    for (const key of withUnits(usage.keys, results)) uses.set(key, Math.max(used, uses.get(key)!));
  return uses;
}

/** Which blobs some results name, and how much space all take. A blob that several name takes it once. */
export class References {
  readonly #named = new Map<string, number>();
  #bytes = 0;

  constructor(results: Iterable<StoredResult>) {
    for (const result of results) {
      this.#bytes += result.bytes;
      for (const {blob, bytes} of distinctParts(result)) {
        const count = this.#named.get(blob) ?? 0;
        if (count === 0) this.#bytes += bytes;
        this.#named.set(blob, count + 1);
      }
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(blob: string): boolean {
    return this.#named.has(blob);
  }

  remove(result: StoredResult): void {
    this.#bytes -= result.bytes;
    for (const {blob, bytes} of distinctParts(result)) {
      const count = this.#named.get(blob)!;
      if (count > 1) this.#named.set(blob, count - 1);
      else {
        this.#named.delete(blob);
        this.#bytes -= bytes;
      }
    }
  }
}

const distinctParts = ({parts}: StoredResult): Iterable<StoredResult['parts'][number]> =>
  new Map(parts.map(part => [part.blob, part])).values();
