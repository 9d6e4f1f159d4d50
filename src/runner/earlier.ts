import {type Dirent, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {listResults} from '../store/inventory.js';
import type {Key, KeyRecord, Manifest} from '../store/manifest.js';
import type {Store} from '../store/store.js';
import type {Difference} from './difference.js';
import {differences} from './difference.js';
import type {RunRecord} from './run-folder.js';

/** A result of a stage, and in what its record differs from what is wanted now. */
export interface Nearest {
  readonly manifest: Manifest;
  readonly differences: readonly Difference[];
}

/**
 * The result of the same kind and name in the store whose record differs in the fewest fields, the newest of equals;
 * undefined if there is none. Damaged manifests are passed over.
 *
 * @param record - what is known of the record; a record without `inputs` is compared without them
 * @param not - the key of the result itself
 */
export async function nearestResult(
  store: Store,
  record: KeyRecord,
  not: Key | null,
): Promise<Nearest | undefined> {
  let nearest: Nearest | undefined;
  for (const manifest of await resultsOf(store, record['stage'] as string)) {
    if (manifest.key === not) continue;
    const now = {manifest, differences: differences(like(record, manifest.record), record)};
    if (nearest === undefined || isNearer(now, nearest)) nearest = now;
  }
  return nearest;
}

/** The fields of an earlier record that are to be compared with what is known of one. */
export function like(known: KeyRecord, earlier: KeyRecord): KeyRecord {
  return 'inputs' in known
    ? earlier
    : Object.fromEntries(Object.entries(earlier).filter(([name]) => name !== 'inputs'));
}

function isNearer(a: Nearest, b: Nearest): boolean {
  const fewer = a.differences.length - b.differences.length;
  return fewer < 0 || (fewer === 0 && a.manifest.made.at > b.manifest.made.at);
}

/** The results of whole stages of a kind and name. */
async function resultsOf(store: Store, stage: string): Promise<Manifest[]> {
  const all = await listResults(store);
  return [...all.values()].flatMap(result => {
    const manifest = result.stage === stage ? store.find(result.key) : undefined;
    return manifest === undefined || 'unit' in manifest.record ? [] : [manifest];
  });
}

/** A run in which a result was made. */
export interface Maker {
  readonly experiment: string;
  readonly run: string;
  /** Of the stage there. */
  readonly label: string;
}

/** The first run under `outputs` that made a result rather than found it; undefined if there is no record of one. */
export function makerOf(outputs: string, key: Key): Maker | undefined {
  let first: {record: RunRecord; label: string} | undefined;
  for (const file of runFiles(outputs)) {
    const text = readFileSync(file, 'utf8');
    const record = text.includes(key) ? (parsed(text) as RunRecord | undefined) : undefined;
    const made = Object.entries(record?.stages ?? {}).find(([, s]) => s.key === key && s.outcome === 'ran');
    if (made !== undefined && (first === undefined || record!.started < first.record.started))
      first = {record: record!, label: made[0]};
  }
  if (first === undefined) return undefined;
  const {experiment, run} = first.record;
  return {experiment: experiment.name, run, label: first.label};
}

/** The records of all runs below a folder. */
function runFiles(folder: string): string[] {
  const entries = entriesOf(folder);
  if (entries.some(e => e.name === 'run.json')) return [join(folder, 'run.json')];
  return entries
    .filter(e => e.isDirectory() && !e.name.startsWith('.'))
    .flatMap(e => runFiles(join(folder, e.name)));
}

/** What is in a folder; nothing if it is not there. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, {withFileTypes: true});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
