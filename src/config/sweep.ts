import {createHash} from 'node:crypto';
import {basename, extname} from 'node:path';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggestion} from '../diagnostics/suggest.js';
import type {Change, Override, Path} from './override.js';
import {problem, valueProblem} from './problem.js';
import {core} from './scalar.js';
import type {Span} from './source.js';
import {severalValues} from './several.js';
import {shape, type Dict, type Entry, type Value} from './value.js';

/** One of the experiments that a sweep stands for. */
export interface VariantPlan {
  /** Made of its changes, the same whatever else is swept: `k=5,hidden.pool=mean`; `baseline` without any. */
  readonly id: string;
  readonly changes: readonly Setting[];
}

/** A value set at a path. */
export interface Setting {
  readonly path: string;
  readonly key: Span;
  readonly value: Value;
  /** Its part of the id, if not made of path and value. */
  readonly name?: string;
}

/** More variants than this are taken for a mistake. */
const MOST = 10_000;
const KEYS = ['grid', 'zip', 'list', 'exclude', 'ablate', 'pairs'];
const BASELINE = 'baseline';
/** An id is the name of a folder. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The variants of a sweep, in order: the first factor varies slowest. `grid` takes every combination of its lists, `zip`
 * goes through its lists side by side, `list` has whole sets of changes, `ablate` the baseline and each named set of
 * changes alone (with `pairs` also two at a time); all of these are combined with each other, less what `exclude` matches.
 *
 * @param sweep what the file says under `sweep`, if anything
 * @param swept paths that the command line gives several values
 */
export function expandSweep(
  sweep: Value | undefined,
  swept: readonly Factor[],
  problems: Diagnostic[],
): VariantPlan[] {
  const before = problems.length;
  const parts = sweep === undefined ? new Map<string, Entry>() : entriesOf(sweep, 'sweep', problems);
  for (const [key, entry] of parts)
    if (!KEYS.includes(key))
      problems.push(
        problem('E130', `unknown key "${key}" in a sweep`, entry.key, suggestion(key, KEYS, 'keys')),
      );
  const get = (key: string): Value | undefined => parts.get(key)?.value;
  // A path on the command line takes the place of the same path in the file.
  const given = new Set(swept.flatMap(f => f.sets.flatMap(set => set.map(s => s.path))));
  const factors = [
    ...gridFactors(get('grid'), problems).filter(f => !f.sets.some(set => set.some(s => given.has(s.path)))),
    ...zipFactor(get('zip'), problems),
    ...listFactor(get('list'), 'list', problems),
    ...ablateFactor(get('ablate'), get('pairs'), problems),
    ...swept,
  ];
  const excluded = listFactor(get('exclude'), 'exclude', problems).flatMap(f => f.sets);
  if (problems.length > before || factors.some(f => f.sets.length === 0)) return [];
  const count = factors.reduce((product, f) => product * f.sets.length, 1);
  if (count > MOST) {
    problems.push(
      problem('E131', `a sweep of ${count} variants; at most ${MOST} are taken`, factors[0]!.span),
    );
    return [];
  }
  const combined = factors.reduce<readonly (readonly Setting[])[]>(
    (all, {sets}) => all.flatMap(before => sets.map(set => [...before, ...set])),
    [[]],
  );
  const kept = combined.filter(changes => !excluded.some(set => set.every(s => matches(changes, s))));
  if (kept.length === 0)
    problems.push(problem('E131', 'the sweep excludes all its variants', factors[0]!.span));
  const variants = withIds(kept);
  checkIds(variants, factors[0]!.span, problems);
  return variants;
}

/** Tells variants that cannot be told apart. */
function checkIds(variants: readonly VariantPlan[], span: Span, problems: Diagnostic[]): void {
  const known = new Set<string>();
  for (const {id, changes} of variants) {
    if (known.has(id)) {
      const hint = 'leave one of them out';
      problems.push(problem('E130', `two variants are "${id}"`, changes.at(-1)?.key ?? span, hint));
    }
    known.add(id);
  }
}

/** Sets of changes of which a variant takes one. */
export interface Factor {
  readonly sets: readonly (readonly Setting[])[];
  readonly span: Span;
}

function gridFactors(grid: Value | undefined, problems: Diagnostic[]): Factor[] {
  if (grid === undefined) return [];
  return [...entriesOf(grid, 'grid', problems)].map(([path, {key, value}]) => ({
    span: key,
    sets: severalValues(value, problems).map(v => [{path, key, value: v}]),
  }));
}

function zipFactor(zip: Value | undefined, problems: Diagnostic[]): Factor[] {
  if (zip === undefined) return [];
  const columns = [...entriesOf(zip, 'zip', problems)].map(([path, {key, value}]) => ({
    path,
    key,
    values: severalValues(value, problems),
  }));
  const [first] = columns;
  if (first === undefined) return [];
  for (const {path, key, values} of columns)
    if (values.length !== first.values.length)
      problems.push(
        problem(
          'E130',
          `"${path}" has ${values.length} values, "${first.path}" ${first.values.length}: zip goes side by side`,
          key,
        ),
      );
  const sets = first.values.map((_, i) =>
    columns.map(({path, key, values}) => ({path, key, value: values[i]!})),
  );
  return [{span: first.key, sets}];
}

function listFactor(list: Value | undefined, name: string, problems: Diagnostic[]): Factor[] {
  if (list === undefined) return [];
  if (list.kind !== 'list') {
    if (list.kind !== 'hole')
      problems.push(
        valueProblem('E130', `"${name}" is a list of maps from path to value, not ${shape(list)}`, list),
      );
    return [];
  }
  return [{span: list.span, sets: list.items.map(item => settings(item, name, problems))}];
}

/** The baseline, each change alone and, if asked for, every two together. */
function ablateFactor(ablate: Value | undefined, pairs: Value | undefined, problems: Diagnostic[]): Factor[] {
  const two = pairs?.kind === 'scalar' && pairs.plain ? core(pairs.text) : pairs === undefined ? false : null;
  if (typeof two !== 'boolean') problems.push(valueProblem('E130', '"pairs" is true or false', pairs!));
  if (ablate === undefined) {
    if (two === true)
      problems.push(valueProblem('E130', '"pairs" belongs to "ablate", which is not given', pairs!));
    return [];
  }
  const named = [...entriesOf(ablate, 'ablate', problems)].map(([name, {key, value}]) => {
    if (!NAME.test(name)) {
      const hint = 'letters, digits, ".", "_" and "-", a letter or digit first';
      problems.push(problem('E114', `"${name}" cannot be the name of a variant`, key, hint));
    }
    return settings(value, 'ablate', problems).map((s, i) => ({...s, name: i === 0 ? name : ''}));
  });
  const both = named.flatMap((a, i) => (two === true ? named.slice(i + 1).map(b => [...a, ...b]) : []));
  return [{span: ablate.span, sets: [[], ...named, ...both]}];
}

function settings(value: Value, where: string, problems: Diagnostic[]): Setting[] {
  return [...entriesOf(value, where, problems)].map(([path, entry]) => ({
    path,
    key: entry.key,
    value: entry.value,
  }));
}

function entriesOf(value: Value, name: string, problems: Diagnostic[]): Dict['entries'] {
  if (value.kind === 'map') return value.entries;
  if (value.kind !== 'hole')
    problems.push(valueProblem('E130', `"${name}" is a map, not ${shape(value)}`, value));
  return new Map();
}

/** Whether a variant sets what an exclusion names to the value that it names. */
const matches = (changes: readonly Setting[], {path, value}: Setting): boolean =>
  changes.some(c => c.path === path && textOf(c.value) === textOf(value));

/** What a variant changes, as text, by path. */
export const textsOf = (changes: readonly Setting[]): Record<string, string> =>
  Object.fromEntries(changes.map(({path, value}) => [path, textOf(value)]));

/** The factor that an override with several values is. */
export function factorOf({path, values}: Extract<Override, {does: 'sweep'}>): Factor {
  const dotted = path.map(step => step.name).join('.');
  const key = {...path[0].span, end: path.at(-1)!.span.end};
  return {span: key, sets: values.map(value => [{path: dotted, key, value}])};
}

/** A value as text: equal for equal values, however they are laid out. */
function textOf(value: Value): string {
  if (value.kind === 'scalar') return value.plain ? String(core(value.text)) : value.text;
  if (value.kind === 'list') return `[${value.items.map(textOf).join()}]`;
  if (value.kind === 'map')
    return `{${[...value.entries].map(([k, e]) => `${k}:${textOf(e.value)}`).join()}}`;
  return '';
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 6);
const slug = (text: string): string => {
  const safe = text.replace(/[^A-Za-z0-9._+-]+/g, '_').replace(/^_|_$/g, '');
  return safe === text && text.length <= 40 ? text : `${safe.slice(0, 24)}~${short(text)}`;
};

/** Files are told by their names; where two have one name, by a hash of the whole. */
function withIds(variants: readonly (readonly Setting[])[]): VariantPlan[] {
  const names = new Map<string, Set<string>>();
  const nameOf = (text: string): string => (text.includes('/') ? basename(text, extname(text)) : text);
  for (const {path, value} of variants.flat()) {
    const key = `${path}=${nameOf(textOf(value))}`;
    names.set(key, (names.get(key) ?? new Set()).add(textOf(value)));
  }
  const partOf = ({path, value, name}: Setting): string => {
    if (name !== undefined) return name;
    const text = textOf(value);
    const clear = names.get(`${path}=${nameOf(text)}`)!.size === 1;
    return `${slug(path.replace(/^(params|stages)\./, ''))}=${slug(clear ? nameOf(text) : text)}`;
  };
  return variants.map(changes => {
    const parts = changes.map(partOf).filter(part => part !== '');
    return {id: parts.length === 0 ? BASELINE : parts.join(','), changes};
  });
}

/** The changes of a variant as overrides. */
export function overridesOf(changes: readonly Setting[]): Change[] {
  return changes.map(({path, key, value}) => {
    const [first, ...rest] = path.split('.').map(name => ({name, span: key}));
    const steps: Path = [first!, ...rest];
    return {does: 'set', path: steps, value};
  });
}
