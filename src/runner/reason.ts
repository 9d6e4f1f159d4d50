import {isDeepStrictEqual} from 'node:util';
import type {Canonical} from '../store/canonical.js';
import type {Key, KeyRecord} from '../store/manifest.js';
import {differences, type Difference} from './difference.js';
import type {Outcome} from './events.js';

/** Labels of the stages on each port. */
export type Ports = Readonly<Record<string, readonly string[]>>;

/** What the last run of the experiment knew of a stage, and how it ended. */
export interface LastRecord {
  /** The id of the run. */
  readonly run: string;
  readonly outcome: Outcome;
  /** Null if the run did not come to it. */
  readonly record: KeyRecord | null;
  readonly key: Key | null;
  /** Null for stages that the planner added. */
  readonly from: Ports | null;
}

/**
 * One phrase that says why a stage runs: the first difference of its record from the record of the last run, in the
 * order code, parameters and files, seed, inputs; without a difference, what became of its result.
 */
export function reasonToRun(record: KeyRecord, last: LastRecord | undefined, from: Ports): string {
  if (last === undefined) return 'never run';
  if (last.record === null) return fateOf(last.outcome);
  const all = differences(last.record, record);
  const [first] = all;
  if (first === undefined) return fateOf(last.outcome);
  const [kind, name] = first.at;
  if (kind === 'stage') return `${show(first.before)} -> ${show(first.now)}`;
  if (kind === 'version') return `${show(record['stage'])} version ${change(first)}`;
  if (kind === 'seed') return 'seed changed';
  if (kind !== 'inputs') return valueReason(first, all);
  return portReason(String(name), first, last.from, from) ?? inputReason(first, all, from, record);
}

function fateOf(outcome: Outcome): string {
  switch (outcome) {
    case 'failed':
      return 'it failed the last time';
    case 'cancelled':
      return 'it was stopped the last time';
    case 'skipped':
      return 'it was skipped the last time';
    default:
      return 'its result is no longer in the store';
  }
}

/** A value as people write it; nothing at all as `none`. */
export function show(value: Canonical | undefined): string {
  if (value === undefined) return 'none';
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** From what to what; a text in quotes where it would look like the number that it was or has become. */
export const change = ({before, now}: Pick<Difference, 'before' | 'now'>): string => {
  const [a, b] = [show(before), show(now)];
  return a === b ? `${JSON.stringify(before)} -> ${JSON.stringify(now)}` : `${a} -> ${b}`;
};

/** All that is told together with a difference: the files of the same path, the parts of the same input. */
const together = (first: Difference, all: readonly Difference[]): Difference[] =>
  all.filter(d => d.field === first.field && isDeepStrictEqual(d.at, first.at));

const fateOfPart = ({before, now}: Difference): 'changed' | 'added' | 'removed' =>
  before === undefined ? 'added' : now === undefined ? 'removed' : 'changed';

function valueReason(first: Difference, all: readonly Difference[]): string {
  const at = first.at.join('.');
  if (first.field === 'file') return `${at}: ${filesReason(together(first, all))}`;
  const fate = fateOfPart(first);
  return fate === 'changed' ? `${at} ${change(first)}` : `${at} ${fate}`;
}

function filesReason(files: readonly Difference[]): string {
  return (['changed', 'added', 'removed'] as const)
    .flatMap(fate => {
      const of = files.filter(f => fateOfPart(f) === fate);
      if (of.length === 0) return [];
      return [of.length === 1 ? `${of[0]!.name ?? 'file'} ${fate}` : `${of.length} files ${fate}`];
    })
    .join(', ');
}

/** A port that other stages have been put on. */
function portReason(port: string, {field}: Difference, before: Ports | null, now: Ports): string | undefined {
  if (before === null) return undefined;
  const [a = [], b = []] = [before[port], now[port]];
  if (field === 'label' || isDeepStrictEqual(a, b)) return undefined;
  return `${port}: ${a.join(', ') || 'none'} -> ${b.join(', ') || 'none'}`;
}

/** Parts named in a reason; of more the first ones are. */
const NAMED = 3;

function inputReason(first: Difference, all: readonly Difference[], from: Ports, record: KeyRecord): string {
  const [, port, index] = first.at;
  const label = from[String(port)]?.[Number(index)] ?? String(port);
  if (first.field === 'label') return `${show(first.before)} is now ${show(first.now)}`;
  if (first.field === 'order') return `${label} changed: order`;
  const parts = together(first, all);
  if (parts.length >= partsOf(record, first.at)) return `${label} changed`;
  const shown = parts.slice(0, NAMED).map(part => {
    const fate = fateOfPart(part);
    return `${(part.name ?? '').replace('layer/', '')}${fate === 'changed' ? '' : ` ${fate}`}`;
  });
  return `${label} changed: ${shown.join(', ')}${parts.length > NAMED ? ' ...' : ''}`;
}

/** How many parts an input has. */
function partsOf({inputs}: KeyRecord, [, port, index]: Difference['at']): number {
  const input = (inputs as Readonly<Record<string, readonly {parts: object}[]>>)[String(port)]?.[
    Number(index)
  ];
  return Object.keys(input?.parts ?? {}).length;
}
