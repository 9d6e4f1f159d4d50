import type {Canonical} from '../store/canonical.js';
import type {KeyRecord} from '../store/manifest.js';
import type {Outcome} from './events.js';

type Map = Readonly<Record<string, Canonical>>;

const isMap = (value: Canonical | undefined): value is Map =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const show = (value: Canonical): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** From what to what; a text in quotes where it would look like the number that it was or has become. */
const change = (a: Canonical, b: Canonical): string =>
  show(a) === show(b) ? `${JSON.stringify(a)} -> ${JSON.stringify(b)}` : `${show(a)} -> ${show(b)}`;

/** What the last run knew of a stage, and how it ended. */
export interface LastRecord {
  readonly record: KeyRecord;
  readonly outcome: Outcome;
}

/**
 * One phrase that says why a stage runs: the first difference of its record from the record of the last run, in the
 * order code, parameters, files, inputs; without a difference, what became of its result.
 */
export function reasonToRun(
  record: KeyRecord,
  last: LastRecord | undefined,
  from: Readonly<Record<string, readonly string[]>>,
): string {
  if (last === undefined || last.record['stage'] !== record['stage']) return 'never run';
  const before = last.record;
  for (const name of ['version', 'runtime', 'seed'])
    if (record[name] !== before[name]) {
      const what = name === 'version' ? `${show(record['stage']!)} version` : name;
      return `${what} ${change(before[name] ?? null, record[name] ?? null)}`;
    }
  return (
    paramReason(record['params'] as Map, before['params'] as Map) ??
    inputReason(record['inputs'] as Map, before['inputs'] as Map, from) ??
    fateOf(last.outcome)
  );
}

function fateOf(outcome: Outcome): string {
  if (outcome === 'failed') return 'it failed the last time';
  return outcome === 'cancelled' ? 'it was stopped the last time' : 'its result is no longer in the store';
}

function paramReason(now: Map, before: Map, path = 'params'): string | undefined {
  for (const name of [...new Set([...Object.keys(now), ...Object.keys(before)])]) {
    const a = before[name];
    const b = now[name];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    const at = `${path}.${name}`;
    if (a === undefined) return `${at} added`;
    if (b === undefined) return `${at} removed`;
    if (isMap(a) && isMap(b)) {
      if (a['content'] !== undefined && b['content'] !== undefined)
        return `${at}: ${contentReason(a['content'], b['content'])}`;
      const within = paramReason(b, a, at);
      if (within !== undefined) return within;
      continue; // The same in another order.
    }
    return `${at} ${change(a, b)}`;
  }
  return undefined;
}

function contentReason(a: Canonical, b: Canonical): string {
  if (!isMap(a) || !isMap(b)) return 'file changed';
  const files = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(f => a[f] !== b[f]);
  return files.length === 1 ? `${files[0]!} changed` : `${files.length} files changed`;
}

function inputReason(
  now: Map,
  before: Map,
  from: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  for (const port of [...new Set([...Object.keys(now), ...Object.keys(before)])]) {
    const labels = from[port] ?? [];
    const list = now[port] as readonly Map[] | undefined;
    const old = before[port] as readonly Map[] | undefined;
    if (old === undefined) return `port ${port} added`;
    if (list === undefined) return `port ${port} removed`;
    if (old.length !== list.length) return `another number of inputs on port ${port}`;
    for (const [i, input] of list.entries()) {
      const what = partsReason(partsOf(input), partsOf(old[i]!));
      if (what !== undefined) return `${labels[i]!} changed${what}`;
      if (input['label'] !== old[i]!['label'])
        return `${show(old[i]!['label']!)} is now ${show(input['label']!)}`;
      if (JSON.stringify(input['order']) !== JSON.stringify(old[i]!['order']))
        return `${labels[i]!} changed: order`;
    }
  }
  return undefined;
}

/** None of a record that another version of Strata wrote in another form. */
const partsOf = (input: Map): Map => (isMap(input['parts']) ? input['parts'] : {});

/** Which parts of an input are new, gone or different; nothing more if all are. */
function partsReason(now: Map, before: Map): string | undefined {
  const names = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(n => now[n] !== before[n]);
  if (names.length === 0) return undefined;
  if (names.length >= Object.keys(now).length) return '';
  const word = (name: string): string =>
    before[name] === undefined ? ' added' : now[name] === undefined ? ' removed' : '';
  const shown = names.slice(0, 3).map(n => n.replace('layer/', '') + word(n));
  return `: ${shown.join(', ')}${names.length > 3 ? ' ...' : ''}`;
}
