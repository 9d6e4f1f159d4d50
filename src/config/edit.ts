import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggest, suggestion} from '../diagnostics/suggest.js';
import type {Change} from './override.js';
import {problem} from './problem.js';
import {placeOf, type Span} from './source.js';
import {child, dict, shape, withEntries, withItems, type Dict, type Entry, type Value} from './value.js';

/** What the language lets the command line set without it being written in the file. */
const OPTIONAL = ['name', 'description', 'seed'];

/** What the files say of themselves, which is known before any override is. */
const FIXED = ['extends', 'env'];

/** Makes changes to a tree, one after the other. Those that cannot be made are problems, and change nothing. */
export function applyOverrides(root: Dict, overrides: readonly Change[], problems: Diagnostic[]): Dict {
  let tree = root;
  for (const override of overrides) {
    const changed = new Edit(override, problems).below(tree, 0);
    if (changed?.kind === 'map') tree = changed;
  }
  return tree;
}

class Edit {
  constructor(
    readonly override: Change,
    readonly problems: Diagnostic[],
  ) {}

  /** A value with the change made below it, by the steps of the path from `depth` on; null if it cannot be made. */
  below(at: Value, depth: number): Value | null {
    if (at.kind === 'hole') return null;
    const {path} = this.override;
    const {name, span} = path[depth]!;
    const there = child(at, name);
    if (at.kind === 'scalar' || (!there && (at.kind === 'list' || !this.#grows(depth))))
      return this.#unknown(at, depth);
    if (depth === path.length - 1) return this.#last(at, there);
    const value = this.below(there?.value ?? dict(new Map(), span), depth + 1);
    return value && put(at, name, {key: there?.key ?? span, value});
  }

  /** Makes the change itself, at the end of the path. */
  #last(at: Exclude<Value, {kind: 'hole' | 'scalar'}>, there: Entry | undefined): Value | null {
    const {override} = this;
    const {name, span} = override.path.at(-1)!;
    switch (override.does) {
      case 'remove':
        return take(at, name, span);
      case 'set':
      case 'force':
        return put(at, name, {key: span, value: override.value});
      case 'add': {
        if (!there) return put(at, name, {key: span, value: override.value});
        const path = this.#path();
        const hint = `"${path}=" sets what is there, "++${path}=" sets it either way`;
        const notes = [{message: 'given here', place: placeOf(there.key)}];
        return this.#problem(problem('E704', `"${path}" is there already`, this.#stretch(), hint, notes));
      }
      case 'append': {
        const {value} = override;
        if (there?.value.kind === 'list' && value.kind === 'list')
          return put(at, name, {
            key: there.key,
            value: withItems(there.value, [...there.value.items, ...value.items]),
          });
        if (there?.value.kind === 'hole') return null;
        const what = there ? shape(there.value) : 'not given';
        const hint = (there && referred(there.value, '')) ?? `"${this.#path()}=[...]" sets a list`;
        return this.#problem(
          problem('E704', `"+=" adds items to a list; "${this.#path()}" is ${what}`, this.#stretch(), hint),
        );
      }
    }
  }

  /**
   * Whether a step that is not there may be: if it is to be added, or for what the file need not write, a parameter of a
   * stage that is there (its schema will tell whether it is one) or a key of the experiment with a default.
   */
  #grows(depth: number): boolean {
    const {does, path} = this.override;
    if (FIXED.includes(path[0].name)) return false;
    if (does === 'add' || does === 'force') return true;
    if (does === 'remove') return false;
    return depth === 0 ? OPTIONAL.includes(path[0].name) : path[0].name === 'stages' && depth >= 2;
  }

  #unknown(at: Exclude<Value, {kind: 'hole'}>, depth: number): null {
    const {path} = this.override;
    const {name, span} = path[depth]!;
    const above = this.#path(depth);
    if (at.kind === 'list') {
      const message = `"${above}" has ${at.items.length} items, counted from 0; there is no "${name}"`;
      const hint = this.override.does === 'remove' ? null : `"${above}+=[...]" adds items`;
      return this.#problem(problem('E702', message, span, hint));
    }
    if (at.kind === 'scalar') {
      const message = `"${above}" is ${shape(at)}; there is no "${name}" in it`;
      const rest = path
        .slice(depth)
        .map(step => `.${step.name}`)
        .join('');
      return this.#problem(problem('E702', message, span, referred(at, rest)));
    }
    if (depth === 0 && FIXED.includes(name))
      return this.#problem(
        problem('E702', `"${name}" is read before overrides, which cannot change it`, span),
      );
    const optional = depth === 0 && this.override.does === 'set' ? OPTIONAL : [];
    const names = new Set([...optional, ...at.entries.keys()]);
    const message = above === '' ? `the experiment has no "${name}"` : `"${above}" has no "${name}"`;
    return this.#problem(problem('E702', message, span, this.#advice(name, [...names], depth)));
  }

  #advice(name: string, names: readonly string[], depth: number): string | null {
    const known = suggestion(name, names, 'known');
    const {does} = this.override;
    if (suggest(name, names) !== null || does !== 'set' || depth === 0) return known;
    return [known, `to add it, write "+${this.#path()}="`].filter(line => line !== null).join('\n');
  }

  /** The dotted path, or as much of it. */
  #path(depth?: number): string {
    return this.override.path
      .slice(0, depth)
      .map(step => step.name)
      .join('.');
  }

  /** The stretch of the path in the word. */
  #stretch(): Span {
    const {path} = this.override;
    return {...path[0].span, end: path.at(-1)!.span.end};
  }

  #problem(told: Diagnostic): null {
    this.problems.push(told);
    return null;
  }
}

/** What to change instead, where a whole value is taken from elsewhere. */
function referred(value: Value, rest: string): string | null {
  const name = value.kind === 'scalar' ? /^\$\{(params\.[^${}]+)\}$/.exec(value.text)?.[1] : undefined;
  return name === undefined ? null : `it is "\${${name}}": change ${name}${rest} instead`;
}

type Collection = Exclude<Value, {kind: 'hole' | 'scalar'}>;

function put(at: Collection, name: string, entry: Entry): Value {
  if (at.kind === 'map') return withEntries(at, new Map(at.entries).set(name, entry));
  return withItems(
    at,
    at.items.map((item, i) => (i === Number(name) ? entry.value : item)),
  );
}

function take(at: Collection, name: string, span: Span): Value {
  if (at.kind === 'list')
    return withItems(
      at,
      at.items.filter((_, i) => i !== Number(name)),
    );
  const entries = new Map(at.entries);
  entries.delete(name);
  return withEntries(at, entries, new Map(at.removed).set(name, span));
}
