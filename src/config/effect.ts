import {basename} from 'node:path';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import type {Catalogue, CatalogueEntry, JsonSchema} from './catalogue.js';
import {takesAway} from './explain.js';
import type {Stage} from './experiment.js';
import {problem, usesOf} from './problem.js';
import {placeOf} from './source.js';
import {carriedChild, type Dict, type Entry, type Pointer} from './value.js';

/** What another parameter, or a port (`from.test`), must be for a parameter to have an effect: the keyword `x-when`. */
interface Condition {
  readonly of: string;
  /** Null for anything but null. `*.csv` stands for every text that ends so. */
  readonly values: readonly unknown[] | null;
  readonly words: string;
}

/** A parameter with conditions and a value that is not its default. */
interface Conditional {
  /** Where it stands among the parameters. */
  readonly at: Pointer;
  readonly usual: unknown;
  readonly conditions: readonly Condition[];
  /** The first condition that does not hold, and what it is about as it stands; null if it has an effect. */
  readonly unmet: {readonly of: string; readonly value: unknown} | null;
}

/** What was written for the parameters of a stage that have an effect only under conditions. */
function conditionals({params}: CatalogueEntry, stage: Pick<Stage, 'params' | 'from'>): Conditional[] {
  const within = (schema: JsonSchema, values: Stage['params'], above: Pointer): Conditional[] =>
    Object.entries(schema.properties ?? {}).flatMap(([name, property]): Conditional[] => {
      const value = values[name];
      const at = [...above, name];
      const conditions = property['x-when'] as readonly Condition[] | undefined;
      if (conditions === undefined)
        return property.properties && isMap(value) ? within(property, value, at) : [];
      if (same(value, property.default)) return [];
      const valueOf = (of: string): unknown =>
        of.startsWith('from.') ? stage.from[of.slice('from.'.length)]?.join(', ') : values[of];
      const unmet = conditions.find(({of, values}) => !meets(valueOf(of) ?? null, values));
      return [
        {
          at,
          usual: property.default,
          conditions,
          unmet: unmet ? {of: unmet.of, value: valueOf(unmet.of) ?? null} : null,
        },
      ];
    });
  return within(params, stage.params, []);
}

const isMap = (value: unknown): value is Stage['params'] =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function meets(value: unknown, values: Condition['values']): boolean {
  if (values === null) return value !== null;
  return values.some(wanted =>
    typeof wanted === 'string' && wanted.startsWith('*')
      ? String(value).toLowerCase().endsWith(wanted.slice(1))
      : wanted === value,
  );
}

/** The stage with what has no effect as it would be anyway, so that it shows neither in a key nor in a result. */
export function settled(stage: Stage, {stages}: Catalogue): Stage {
  const idle = conditionals(entryOf(stage, stages), stage).filter(({unmet}) => unmet !== null);
  if (idle.length === 0) return stage;
  const params = structuredClone(stage.params);
  for (const {at, usual} of idle) holderOf(params, at)[at.at(-1)!] = structuredClone(usual);
  const isIdle = (place: Pointer): boolean => idle.some(({at}) => at.every((step, i) => step === place[i]));
  return {
    ...stage,
    params,
    paths: stage.paths.filter(({at}) => !isIdle(at)),
    idle: idle.map(({at}) => at),
  };
}

/** The parameters of a stage less those that were written without an effect. */
export function effective({params, idle}: Stage): Stage['params'] {
  if (idle === undefined) return params;
  const left = structuredClone(params);
  for (const at of idle) Reflect.deleteProperty(holderOf(left, at), at.at(-1)!);
  return left;
}

/** The map that a parameter stands in. */
const holderOf = (params: Stage['params'], at: Pointer): Record<string, unknown> =>
  at.slice(0, -1).reduce((map, step) => map[step] as Record<string, unknown>, params);

const entryOf = ({kind, name}: Stage, stages: readonly CatalogueEntry[]): CatalogueEntry =>
  stages.find(s => s.kind === kind && s.name === name)!;

/** What is known of a variant when it is checked. */
export interface Checked {
  readonly stages: readonly Stage[];
  /** The tree that they were read from. */
  readonly root: Dict;
}

/**
 * Tells what is written and has no effect, wherever it is used: in a sweep, an option of one of several methods counts in
 * the variants of that method.
 */
export function checkEffects(
  variants: readonly Checked[],
  catalogue: Catalogue,
  problems: Diagnostic[],
): void {
  /** By place; null where it has an effect in some variant or stage. */
  const found = new Map<string, Diagnostic | null>();
  const known = new Set<Stage['params']>();
  for (const {stages, root} of variants)
    for (const stage of stages) {
      // Variants of a sweep have most of their stages in common.
      if (known.has(stage.params)) continue;
      known.add(stage.params);
      const entry = entryOf(stage, catalogue.stages);
      const written = carriedChild(carriedChild(root, 'stages')!.value, stage.label)!;
      for (const conditional of conditionals(entry, stage)) {
        const at = find(written, conditional.at)!;
        const place = `${at.key.start} ${at.key.source.file}`;
        if (conditional.unmet === null) found.set(place, null);
        else if (!found.has(place)) found.set(place, tell(conditional, stage.label, written, at));
      }
    }
  problems.push(...[...found.values()].filter(told => told !== null));
}

function tell(
  {at, conditions, unmet}: Conditional,
  label: string,
  written: Entry,
  {key, via}: Entry,
): Diagnostic {
  const {of, value} = unmet!;
  const name = at.join('.');
  const path = of.startsWith('from.') ? of.split('.') : [...at.slice(0, -1), of];
  const by = find(written, path);
  const byDefault = by || value === null ? '' : ', the default';
  const message = `"${name}" has no effect where ${wordsOf(path.join('.'), value)}${byDefault}`;
  const left = by && takesAway(label, name, key, by.value.span);
  const where = conditions.map(({words}) => words).join(' and ');
  const hint = left ?? `it counts only where ${where}; leave it out`;
  const made = left ? [{message: `"${of}" is set by this`, place: placeOf(by.value.span)}] : [];
  return problem('E121', message, key, hint, [...usesOf(via), ...made]);
}

function wordsOf(of: string, value: unknown): string {
  if (of.startsWith('from.')) return `${of} is ${value === null ? 'not joined' : 'joined'}`;
  if (value === null) return `${of} is not given`;
  return typeof value === 'string' ? `${of}: ${basename(value)}` : `${of} is given`;
}

function find(from: Entry, at: Pointer): Entry | undefined {
  return at.reduce<Entry | undefined>((entry, step) => entry && carriedChild(entry.value, step), from);
}
