import {isDeepStrictEqual} from 'node:util';
import type {Canonical} from '../store/canonical.js';
import type {KeyRecord} from '../store/manifest.js';

/** What differs: a value, a file that a path names, a part of an input, or of an input its label or the order of its parts. */
export type Field = 'value' | 'file' | 'part' | 'label' | 'order';

/** One field in which a record differs from an earlier one. */
export interface Difference {
  readonly field: Field;
  /** Where it stands: `['params', 'sample', 'n']`; an input by its port and place, `['inputs', 'from', 0]`. */
  readonly at: readonly (string | number)[];
  /** Of a file or a part its name; null for a single file and all other fields. */
  readonly name: string | null;
  /** Undefined where it was not there. For files and parts a digest. */
  readonly before: Canonical | undefined;
  /** Undefined where it is no longer there. */
  readonly now: Canonical | undefined;
}

type Dict = Readonly<Record<string, Canonical>>;

const isDict = (value: Canonical | undefined): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The map, or an empty one: another version of Strata may have written the record in another form. */
const dict = (value: Canonical | undefined): Dict => (isDict(value) ? value : {});

const names = (a: Dict, b: Dict): string[] => [...new Set([...Object.keys(b), ...Object.keys(a)])];

/** All fields in which two records differ: code first, then parameters and files, then the seed, then inputs. */
export function differences(before: KeyRecord, now: KeyRecord): Difference[] {
  const code = names(before, now).filter(name => !['params', 'seed', 'inputs'].includes(name));
  const single = (name: string): Difference[] => ofValues(before[name], now[name], [name]);
  return [
    ...code.flatMap(single),
    ...ofMaps(dict(before['params']), dict(now['params']), ['params']),
    ...single('seed'),
    ...ofInputs(dict(before['inputs']), dict(now['inputs'])),
  ];
}

function ofMaps(before: Dict, now: Dict, at: Difference['at']): Difference[] {
  return names(before, now).flatMap(name => ofValues(before[name], now[name], [...at, name]));
}

function ofValues(
  before: Canonical | undefined,
  now: Canonical | undefined,
  at: Difference['at'],
): Difference[] {
  if (isDeepStrictEqual(before, now)) return [];
  if (!isDict(before) || !isDict(now)) return [{field: 'value', at, name: null, before, now}];
  const [a, b] = [before['content'], now['content']];
  return a !== undefined && b !== undefined ? ofContents(a, b, at) : ofMaps(before, now, at);
}

/** What stands for a path is the digest of its file, or those of several files by name. */
function ofContents(before: Canonical, now: Canonical, at: Difference['at']): Difference[] {
  if (isDict(before) && isDict(now)) return ofDigests('file', before, now, at);
  return [{field: 'file', at, name: null, before, now}];
}

function ofDigests(field: 'file' | 'part', before: Dict, now: Dict, at: Difference['at']): Difference[] {
  return names(before, now)
    .filter(name => before[name] !== now[name])
    .map(name => ({field, at, name, before: before[name], now: now[name]}));
}

/** Inputs of a stage stand by port in lists, of a unit by role as digests. */
function ofInputs(before: Dict, now: Dict): Difference[] {
  return names(before, now).flatMap(port => {
    const [a, b] = [before[port], now[port]];
    if (!Array.isArray(a) || !Array.isArray(b)) return ofValues(a, b, ['inputs', port]);
    const length = Math.max(a.length, b.length);
    return Array.from({length}, (_, i) => i).flatMap(i =>
      ofInput(a[i] as Canonical | undefined, b[i] as Canonical | undefined, ['inputs', port, i]),
    );
  });
}

function ofInput(
  before: Canonical | undefined,
  now: Canonical | undefined,
  at: Difference['at'],
): Difference[] {
  const [a, b] = [dict(before), dict(now)];
  const parts = ofDigests('part', dict(a['parts']), dict(b['parts']), at);
  const single = (field: 'label' | 'order'): Difference[] =>
    isDeepStrictEqual(a[field], b[field]) ? [] : [{field, at, name: null, before: a[field], now: b[field]}];
  // Parts that come or go change the order too: that is not worth a word of its own.
  const order = parts.some(p => p.before === undefined || p.now === undefined) ? [] : single('order');
  return [...parts, ...single('label'), ...order];
}
