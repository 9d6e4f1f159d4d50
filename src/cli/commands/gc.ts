import {toText} from '../../report/table.js';
import type {Limits} from '../../store/garbage.js';
import type {Collection} from '../../store/gc.js';
import {collect, planCollection} from '../../store/gc.js';
import {Leases} from '../../store/lease.js';
import {type Amount, total} from '../../store/status.js';
import {paintFor} from '../paint.js';
import {formatSize, parseSize} from '../size.js';
import {parseSpan} from '../span.js';
import {openStore} from '../workspace.js';

interface Options {
  readonly older?: string;
  readonly maxSize?: string;
  readonly keepRuns?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `strata gc` */
export async function gc({older, maxSize, keepRuns, dryRun = false, json = false}: Options): Promise<number> {
  const limits: Limits = {
    olderThan: older === undefined ? null : parseSpan(older),
    maxBytes: maxSize === undefined ? null : parseSize(maxSize),
    keepRuns: keepRuns ?? null,
  };
  const store = openStore();
  const collection = dryRun
    ? await planCollection(store, limits)
    : await collect(store, new Leases(store.root), limits, new AbortController().signal);
  const summary = {dryRun, ...summarise(collection)};
  process.stdout.write(`${json ? JSON.stringify(summary, null, 1) : textOf(summary)}\n`);
  return 0;
}

/** What goes, counted. Sizes are in bytes. */
interface Summary {
  readonly stages: readonly (Amount & {readonly stage: string})[];
  readonly unusedBlobs: Amount;
  readonly drafts: Amount;
  readonly quarantine: Amount;
  readonly leases: number;
  readonly runRecords: number;
  readonly freed: number;
  readonly left: number;
  /** Results that runs need. */
  readonly needed: number;
  /** Results that stay although no run needs them. */
  readonly spared: number;
  /** Of blobs that no result names any more, but that are too young to go. */
  readonly young: number;
  /** By how much what is left is larger than was asked for. */
  readonly excess: number;
}

function summarise(collection: Collection): Summary {
  const {contents, results, blobs, needed, spared, young, excess} = collection;
  const open = new Set(blobs);
  const size = (blob: string): number => contents.blobs.get(blob)!.bytes;
  const stages = new Map<string, Amount>();
  for (const {stage, bytes, parts} of results) {
    // A blob that several results name counts for the first of them.
    const own = parts.flatMap(({blob}) => (open.delete(blob) ? [size(blob)] : []));
    const {count, bytes: before} = stages.get(stage) ?? {count: 0, bytes: 0};
    stages.set(stage, {count: count + 1, bytes: before + own.reduce((a, b) => a + b, bytes)});
  }
  const unusedBlobs = total([...open].map(blob => ({bytes: size(blob)})));
  const drafts = total(collection.drafts);
  const quarantine = total(collection.quarantine);
  const all = [...contents.results.values(), ...contents.blobs.values()];
  const dropped = [...stages.values(), unusedBlobs].reduce((sum, {bytes}) => sum + bytes, 0);
  return {
    stages: [...stages]
      .map(([stage, a]) => ({stage, ...a}))
      .sort((a, b) => b.bytes - a.bytes || (a.stage < b.stage ? -1 : 1)),
    unusedBlobs,
    drafts,
    quarantine,
    leases: collection.leases.length,
    runRecords: collection.records.length,
    freed: dropped + drafts.bytes + quarantine.bytes,
    left: total(all).bytes - dropped,
    needed,
    spared,
    young,
    excess,
  };
}

function textOf({
  dryRun,
  stages,
  unusedBlobs,
  drafts,
  quarantine,
  ...sum
}: Summary & {dryRun: boolean}): string {
  const paint = paintFor(process.stdout);
  const rows = [
    ...stages.map(({stage, ...a}) => ({what: stage, ...a})),
    {what: 'blobs of no result', ...unusedBlobs},
    {what: 'drafts of dead processes', ...drafts},
    {what: 'quarantine', ...quarantine},
  ].filter(({count}) => count > 0);
  const grid = {
    columns: ['what', 'count', 'size'].map(name => ({name})),
    rows: rows.map(({what, count, bytes}) => ({what, count, size: formatSize(bytes)})),
  };
  const freed = `${dryRun ? 'would free' : 'freed'} ${formatSize(sum.freed)}; ${formatSize(sum.left)} left`;
  return [
    ...(rows.length > 0 ? [`${toText(grid, {dim: text => paint('dim', text)})}\n`] : []),
    sum.freed === 0 ? `nothing to drop; ${formatSize(sum.left)} in the store` : freed,
    `${sum.needed} results are needed by runs${sum.spared > 0 ? `; ${sum.spared} others stay for now` : ''}`,
    ...(sum.young > 0 ? [`${formatSize(sum.young)} of no result can go in an hour`] : []),
    ...(sum.excess > 0
      ? [`${formatSize(sum.excess)} more than --max-size: what runs need or make never goes`]
      : []),
  ].join('\n');
}
