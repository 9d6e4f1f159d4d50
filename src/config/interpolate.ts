import type {Code} from '../diagnostics/catalogue.js';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggest, suggestion} from '../diagnostics/suggest.js';
import type {Environment} from './environment.js';
import {MANY, problem, removalOf, type Notes} from './problem.js';
import {placeOf, type Span} from './source.js';
import {
  carried,
  child,
  excess,
  hole,
  isNull,
  shape,
  withEntries,
  withItems,
  type Dict,
  type Entry,
  type Scalar,
  type Value,
} from './value.js';

/** A reference, or an escaped one, or the start of one that has no end. */
const REFERENCE = /\$\$\{|\$\{([^${}]*)(\}?)/g;
/** References that lead to references. */
const CHAIN = 32;
/** Characters of a composed text. */
const LENGTH = 65_536;

/**
 * Replaces the references in all values of an experiment: `${params.x}`, `${name}`, `${seed}`, `${env:NAME}`; `$${` is a
 * literal `${`. A reference that is the whole value stands for the value referred to, with its type and its place. Within
 * a text it stands for the value as it was written; the text is relative, as a path, to what its first fragment is
 * relative to. What a reference stands for is not looked into for further ones, less those that its author wrote.
 *
 * The variants of a sweep have most of their values in common, and one by one these become the same value again, unless
 * they refer to what varies.
 */
export class Interpolator {
  readonly #known = new Map<Value, Done>();

  constructor(
    readonly environment: Environment,
    readonly problems: Diagnostic[],
  ) {}

  replace(tree: Dict): Dict {
    const before = this.problems.length;
    const shared = new Interpolation(tree, this.environment, this.problems, this.#known);
    const root = shared.root();
    if (this.problems.length === before) {
      for (const [value, done] of shared.done) this.#known.set(value, done);
      return root;
    }
    // What is wrong is told as if this tree were the only one.
    this.problems.length = before;
    return new Interpolation(tree, this.environment, this.problems, new Map()).root();
  }
}

/** What a value became, and what each reference in it stood for. */
interface Done {
  readonly value: Value;
  readonly reads: ReadonlyMap<string, Value> | null;
}

class Interpolation {
  readonly done = new Map<Value, Done>();
  /** The references met in the value that is under way. */
  #reads: Map<string, Value> | null = null;
  /** Scalars under way, each on behalf of the one before, with the reference being followed. */
  readonly #chain: {readonly at: Scalar; name: string; span: Span}[] = [];

  constructor(
    readonly tree: Dict,
    readonly environment: Environment,
    readonly problems: Diagnostic[],
    /** What became of values in other trees. */
    readonly known: ReadonlyMap<Value, Done>,
  ) {}

  root(): Dict {
    return withEntries(this.tree, this.#entries(this.tree));
  }

  #value(value: Value): Value {
    if (value.kind === 'hole' || (value.kind === 'scalar' && !value.text.includes('${'))) return value;
    const done = this.done.get(value) ?? this.#again(value) ?? this.#first(value);
    for (const [name, stood] of done.reads ?? []) this.#read(name, stood);
    return done.value;
  }

  /** What a value became in another tree, if all that it refers to is the same here. */
  #again(value: Exclude<Value, {kind: 'hole'}>): Done | null {
    const known = this.known.get(value);
    if (!known) return null;
    for (const [name, stood] of known.reads ?? []) if (this.#lookup(name, value.span) !== stood) return null;
    this.done.set(value, known);
    return known;
  }

  #read(name: string, stood: Value): void {
    (this.#reads ??= new Map<string, Value>()).set(name, stood);
  }

  #first(value: Exclude<Value, {kind: 'hole'}>): Done {
    const outer = this.#reads;
    this.#reads = null;
    const fresh = this.#fresh(value);
    const reason = excess(fresh);
    const bounded = reason === null ? fresh : this.#problem('E007', reason, value.span);
    const done = {value: bounded, reads: this.#reads};
    this.#reads = outer;
    this.done.set(value, done).set(bounded, {value: bounded, reads: null});
    return done;
  }

  #fresh(value: Exclude<Value, {kind: 'hole'}>): Value {
    if (value.kind === 'scalar') return this.#scalar(value);
    if (value.kind === 'map') {
      const entries = this.#entries(value);
      return entries === value.entries ? value : withEntries(value, entries);
    }
    const items = value.items.map(item => this.#value(item));
    return items.every((item, i) => item === value.items[i]) ? value : withItems(value, items);
  }

  /** The entries of a map with their references replaced; the same ones if there are none. */
  #entries(map: Dict): ReadonlyMap<string, Entry> {
    let changed: Map<string, Entry> | null = null;
    for (const [key, entry] of map.entries) {
      const value = this.#value(entry.value);
      if (value === entry.value) continue;
      changed ??= new Map(map.entries);
      changed.set(key, {...entry, value});
    }
    return changed ?? map.entries;
  }

  #scalar(at: Scalar): Value {
    let text = '';
    let end = 0;
    let folder: string | null = null;
    for (const match of at.text.matchAll(REFERENCE)) {
      const [written, name, closed] = match;
      if (match.index > end) folder ??= at.folder;
      text += at.text.slice(end, match.index);
      end = match.index + written.length;
      if (name === undefined) {
        folder ??= at.folder;
        text += '${';
        continue;
      }
      const span = within(at, match.index, written);
      if (closed === '' || name === '') {
        return this.#problem(
          'E117',
          'a reference is written "${params.x}"',
          span,
          'write "$${" for the text "${"',
        );
      }
      const value = this.#follow(at, name, span);
      if (written === at.text) return carried(value, [span, ...at.via]);
      const piece = this.#piece(value, name, span);
      if (piece === null) return hole(at.span);
      folder ??= piece.folder;
      text += piece.text;
      if (text.length > LENGTH)
        return this.#problem('E007', `references make this more than ${LENGTH} characters`, span);
    }
    text += at.text.slice(end);
    return {...at, text, plain: false, folder: folder ?? at.folder};
  }

  /** A value as part of a text. */
  #piece(value: Value, name: string, span: Span): Scalar | null {
    if (value.kind === 'hole') return null;
    if (value.kind === 'scalar' && !isNull(value)) return value;
    const what = value.kind === 'scalar' ? 'null' : shape(value);
    this.#problem('E117', `"${name}" is ${what}, which cannot be part of a text`, span);
    return null;
  }

  /** The value that a reference at `at` refers to, its own references replaced. */
  #follow(at: Scalar, name: string, span: Span): Value {
    const start = this.#chain.findIndex(link => link.at === at);
    if (start >= 0) {
      const circle = this.#chain.slice(start);
      const names = circle.map(link => link.name);
      const notes = circle
        .slice(1)
        .map(link => ({message: `refers to "${link.name}"`, place: placeOf(link.span)}));
      const message = `references in a circle: ${[...names, names[0]!].join(' -> ')}`;
      this.problems.push(problem('E116', message, circle[0]!.span, null, notes));
      return hole(at.span);
    }
    if (this.#chain.length >= CHAIN)
      return this.#problem('E117', `a chain of more than ${CHAIN} references`, span);
    this.#chain.push({at, name, span});
    const outer: Map<string, Value> | null = this.#reads;
    const value = this.#lookup(name, span);
    this.#reads = outer;
    this.#read(name, value);
    this.#chain.pop();
    return value;
  }

  #lookup(name: string, span: Span): Value {
    if (name.startsWith('env:'))
      return this.environment.lookup(name.slice('env:'.length), span, this.problems) ?? hole(span);
    const steps = name.split('.');
    const [first, ...rest] = steps;
    if (
      !(first === 'params' ? rest.length > 0 : (first === 'name' || first === 'seed') && rest.length === 0)
    ) {
      const hint = this.problems.length > MANY ? null : suggestion(name, this.#names(), 'known');
      return this.#problem('E115', `unknown reference "${name}"`, span, hint);
    }
    let value: Value = this.tree;
    for (const [depth, step] of steps.entries()) {
      if (value.kind === 'scalar') value = this.#value(value);
      if (value.kind === 'hole') return value;
      const next = child(value, step);
      if (!next) {
        const notes = removalOf(value, step);
        const hint = notes.length > 0 || this.problems.length > MANY ? null : advice(steps, depth, value);
        return this.#problem('E115', `unknown reference "${name}"`, span, hint, notes);
      }
      value = next.value;
    }
    return this.#value(value);
  }

  /** What references can begin with. */
  #names(): string[] {
    const params = child(this.tree, 'params')?.value;
    const keys = params?.kind === 'map' ? [...params.entries.keys()] : [];
    return ['name', 'seed', ...keys.map(key => `params.${key}`)];
  }

  #problem(code: Code, message: string, span: Span, hint?: string | null, notes?: Notes): Value {
    this.problems.push(problem(code, message, span, hint, notes));
    return hole(span);
  }
}

/** What might be meant by a reference whose step at `depth` is not in `value`. */
function advice(steps: readonly string[], depth: number, value: Value): string | null {
  if (value.kind !== 'map') return null;
  const path = (step: string): string => [...steps.slice(0, depth), step].join('.');
  const close = suggest(steps[depth]!, value.entries.keys());
  if (close !== null) return `did you mean "${[path(close), ...steps.slice(depth + 1)].join('.')}"?`;
  return suggestion(steps.join('.'), [...value.entries.keys()].map(path), 'known');
}

/** The stretch of a reference; the whole scalar where escapes or line breaks hide it. */
function within(at: Scalar, index: number, written: string): Span {
  const {source} = at.span;
  const quote = /^["']/.test(source.text.slice(at.span.start, at.span.start + 1)) ? 1 : 0;
  const start = at.span.start + quote + index;
  return source.text.startsWith(written, start) ? {source, start, end: start + written.length} : at.span;
}
