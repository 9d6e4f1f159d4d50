import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {path} from '../define.js';
import {readBytes} from './file.js';
import {parseJson} from './json.js';
import {nearest} from './nearest.js';

/** Class numbers beyond this are taken for a mistake. */
const MOST = 1 << 20;

/** The parameter that names a file of class names. */
export const namesParam = path(
  'file',
  Type.Union([Type.String(), Type.Null()], {
    description:
      'Class names by number: lines of text, a JSON list of names, a JSON list of objects with "index", "name" and other names ' +
      '(such as "wnid"), or a JSON object from number to name or list of names. Default: names come from the data.',
    default: null,
  }),
);

/** Class names by label, and every other name a class goes by. */
export interface ClassNames {
  readonly file: string;
  readonly names: readonly string[];
  /** All labels that bear a name. */
  readonly labels: ReadonlyMap<string, readonly number[]>;
}

/** Reads a file of class names. Errors: E301, E302. */
export async function readClassNames(file: string): Promise<ClassNames> {
  const text = (await readBytes(file)).toString('utf8');
  const entries = file.toLowerCase().endsWith('.json')
    ? fromJson(parseJson(text, file), file)
    : fromLines(text);
  const names: string[] = [];
  for (const [label, own] of entries) {
    if (!Number.isInteger(label) || label < 0 || label >= MOST)
      fail('E302', `${file}: ${label} is not a class number`);
    if (names[label] !== undefined) fail('E302', `${file}: class number ${label} is there twice`);
    names[label] = own[0]!;
  }
  for (let i = 0; i < names.length; i++) {
    if (names[i] === undefined) fail('E302', `${file}: class number ${i} is missing`);
  }
  if (names.length === 0) fail('E302', `${file}: no class names`);
  return {file, names, labels: byName(entries)};
}

function byName(entries: readonly Entry[]): Map<string, number[]> {
  const labels = new Map<string, number[]>();
  for (const [label, names] of entries) {
    for (const name of new Set(names)) labels.set(name, [...(labels.get(name) ?? []), label]);
  }
  return labels;
}

/** A class number with its names, the one to show first. */
type Entry = readonly [label: number, names: readonly string[]];

function fromLines(text: string): Entry[] {
  return text
    .replace(/\s+$/, '')
    .split(/\r?\n/)
    .map((line, i) => [i, [line.trim()]]);
}

function fromJson(value: unknown, file: string): Entry[] {
  const strings = (v: unknown): string[] => (Array.isArray(v) ? v : [v]).filter(s => typeof s === 'string');
  const entry = (v: unknown, i: number): Entry => {
    if (typeof v === 'string') return [i, [v]];
    if (typeof v === 'object' && v !== null && 'index' in v && 'name' in v) {
      return [Number(v.index), [...strings(v.name), ...strings(Object.values(v))]];
    }
    return fail('E302', `${file}: entry ${i} is neither a name nor an object with "index" and "name"`);
  };
  if (Array.isArray(value)) return value.map(entry);
  if (typeof value !== 'object' || value === null)
    return fail('E302', `${file}: neither a list nor an object`);
  return Object.entries(value).map(([key, v]) => {
    const names = strings(v);
    if (!/^\d+$/.test(key)) fail('E302', `${file}: key "${key}" is not a class number`);
    if (names.length === 0) fail('E302', `${file}: key "${key}" has no name`);
    // A list such as ["n01440764", "tench"] ends with the name that people read.
    return [Number(key), names.reverse()];
  });
}

export interface Labelled {
  readonly id: string;
  readonly label: number | null;
  readonly class: string | null;
}

/**
 * Gives every sample both a class number and a class name. Names without numbers are numbered in code-unit order, or by `names`;
 * numbers without names are named by themselves.
 *
 * @param where - what to name in errors: the file the labels come from
 * Errors: E304 where samples lack labels that others have, or where numbers and names contradict each other.
 */
export function resolveClasses<T extends Labelled>(
  rows: readonly T[],
  names: ClassNames | null,
  where: string,
): {rows: T[]; classes: readonly string[]} {
  const bare = rows.findIndex(r => r.label === null && r.class === null);
  if (bare >= 0) {
    if (rows.every(r => r.label === null && r.class === null)) return {rows: [...rows], classes: []};
    fail('E304', `${where}: sample ${rows[bare]!.id} has no class, others have`);
  }
  for (const {id, label} of rows) {
    if (label !== null && (!Number.isInteger(label) || label < 0 || label >= MOST)) {
      fail('E304', `${where}: sample ${id}: ${label} is not a class number`);
    }
  }
  const classes = names?.names ?? ownNames(rows, where);
  const numbers = names?.labels ?? byName(classes.map((name, label) => [label, [name]]));
  const resolved = rows.map(row => {
    const candidates = row.class === null ? null : numbers.get(row.class);
    if (candidates === undefined) {
      fail(
        'E304',
        `${where}: sample ${row.id}: class "${row.class!}" is not in ${names!.file}`,
        nearest(row.class!, [...numbers.keys()]),
      );
    }
    const label = row.label ?? (candidates!.length === 1 ? candidates![0]! : null);
    if (label === null) {
      fail(
        'E304',
        `${where}: sample ${row.id}: classes ${candidates!.join(' and ')} are both named "${row.class!}"`,
      );
    }
    if (label >= classes.length) {
      fail(
        'E304',
        `${where}: sample ${row.id}: label ${label}, but ${names!.file} names ${classes.length} classes`,
      );
    }
    if (candidates !== null && !candidates.includes(label)) {
      fail('E304', `${where}: sample ${row.id}: label ${label} is "${classes[label]!}", not "${row.class!}"`);
    }
    return {...row, label, class: classes[label]!};
  });
  return {rows: resolved, classes};
}

/** Class names by label as the samples themselves tell. */
function ownNames(rows: readonly Labelled[], where: string): string[] {
  if (rows.every(r => r.label === null)) return [...new Set(rows.map(r => r.class!))].sort();
  const classes: string[] = [];
  const first = new Map<string, Labelled>();
  for (const row of rows) {
    if (row.label === null)
      fail('E304', `${where}: sample ${row.id} has a class name but no number, others have numbers`);
    if (row.class === null) continue;
    const earlier = first.get(row.class);
    if (earlier !== undefined && earlier.label !== row.label) {
      fail(
        'E304',
        `${where}: class "${row.class}" has number ${earlier.label!} at ${earlier.id} and ${row.label} at ${row.id}`,
      );
    }
    const other = classes[row.label];
    if (other !== undefined && other !== row.class) {
      fail(
        'E304',
        `${where}: sample ${row.id}: label ${row.label} is "${other}" elsewhere, here "${row.class}"`,
      );
    }
    classes[row.label] = row.class;
    first.set(row.class, earlier ?? row);
  }
  const count = rows.reduce((most, r) => Math.max(most, r.label! + 1), 0);
  return Array.from({length: count}, (_, i) => classes[i] ?? String(i));
}
