import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggest, suggestion} from '../diagnostics/suggest.js';
import {titleOf, type Catalogue, type CatalogueEntry, type Validate} from './catalogue.js';
import {got} from './expected.js';
import {explain} from './explain.js';
import {MANY, problem, valueProblem} from './problem.js';
import {core} from './scalar.js';
import type {Span} from './source.js';
import {typed, type Typed} from './typed.js';
import {
  carried,
  carriedChild,
  isNull,
  shape,
  withEntries,
  type Dict,
  type Entry,
  type Scalar,
  type Value,
} from './value.js';

/** One label in a stage's `from`. */
export interface Edge {
  /** The stage that takes. */
  readonly label: string;
  /** Null where the stage's kind is unknown, and so its ports. */
  readonly port: string | null;
  /** The stage that is taken, as written. */
  readonly to: string;
  readonly node: Scalar;
}

/** A stage as far as it could be read. */
export interface Draft {
  readonly label: string;
  readonly key: Span;
  /** Null if its kind or name is unknown. */
  readonly entry: CatalogueEntry | null;
  readonly edges: readonly Edge[];
  /** Whether `from` could be read in full. */
  readonly joined: boolean;
  readonly typed: Typed | null;
}

/** Reads stages one by one: kind and name, parameters, and what they take. */
export class StageReader {
  readonly #byKind = new Map<string, CatalogueEntry[]>();
  /** What a stage was read as, where nothing was wrong with it: variants of a sweep have most of their stages in common. */
  readonly #sound = new WeakMap<Value, Draft>();

  constructor(
    catalogue: Catalogue,
    readonly validate: Validate,
    readonly problems: Diagnostic[],
  ) {
    for (const entry of catalogue.stages) {
      const members = this.#byKind.get(entry.kind);
      if (members) members.push(entry);
      else this.#byKind.set(entry.kind, [entry]);
    }
  }

  read(label: string, entry: Entry, labels: Iterable<string>): Draft | null {
    const known = this.#sound.get(entry.value);
    if (known?.label === label) return known;
    const before = this.problems.length;
    const draft = this.#fresh(label, entry, labels);
    if (draft && this.problems.length === before) this.#sound.set(entry.value, draft);
    return draft;
  }

  #fresh(label: string, {key, value}: Entry, labels: Iterable<string>): Draft | null {
    if (value.kind !== 'map') {
      if (value.kind !== 'hole') {
        const what =
          value.kind === 'scalar' ? got(value.plain ? core(value.text) : value.text, value) : shape(value);
        const hint = isNull(value) && this.problems.length < MANY ? likely(label, labels) : null;
        const message = `stage "${label}": expected a map, got ${what}`;
        this.problems.push(valueProblem('E106', message, value, hint));
      }
      return null;
    }
    const entry = this.#entry(label, key, value);
    const {edges, joined} = this.#edges(label, value, entry);
    return {label, key, entry, edges, joined, typed: entry && this.#params(label, entry, key, value)};
  }

  #entry(label: string, key: Span, stage: Dict): CatalogueEntry | null {
    const kind = this.#word(
      stage,
      'stage',
      `stage "${label}" does not say its kind`,
      key,
      this.#byKind.keys(),
    );
    if (!kind) return null;
    const members = this.#byKind.get(kind.text);
    const [first] = members ?? [];
    if (!members || !first) {
      const hint = suggestion(kind.text, this.#byKind.keys(), 'kinds');
      this.problems.push(valueProblem('E111', `unknown stage kind "${kind.text}"`, kind, hint));
      return null;
    }
    const {nameKey} = first;
    if (nameKey === null) return first;
    const names = members.map(member => String(member.name));
    const name = this.#word(stage, nameKey, `stage "${label}" does not say which ${nameKey}`, key, names);
    if (!name) return null;
    const entry = members.find(member => member.name === name.text);
    if (entry) return entry;
    const close = suggestion(name.text, names, 'known');
    this.problems.push(valueProblem('E112', `unknown ${nameKey} "${name.text}"`, name, close));
    return null;
  }

  /** The scalar under a key of a stage, one of `words`; null, and told, if it is missing or no scalar. */
  #word(stage: Dict, name: string, missing: string, label: Span, words: Iterable<string>): Scalar | null {
    const hint = (): string => `add "${name}:", one of ${[...words].join(', ')}`;
    const entry = carriedChild(stage, name);
    if (entry?.value.kind === 'hole') return null;
    if (!entry) {
      const close = [...stage.entries].find(([other]) => suggest(other, [name]) !== null);
      this.problems.push(
        problem('E113', missing, close ? close[1].key : label, close ? `did you mean "${name}"?` : hint()),
      );
      return null;
    }
    if (isNull(entry.value)) {
      this.problems.push(problem('E113', missing, entry.key, hint()));
      return null;
    }
    if (entry.value.kind === 'scalar') return entry.value;
    this.problems.push(
      valueProblem('E106', `"${name}": expected a single word, got ${shape(entry.value)}`, entry.value),
    );
    return null;
  }

  #params(label: string, entry: CatalogueEntry, key: Span, stage: Dict): Typed {
    const keys = ['stage', ...(entry.nameKey === null ? [] : [entry.nameKey]), 'from'];
    const entries = new Map([...stage.entries].filter(([name]) => !keys.includes(name)));
    const params = {key, value: withEntries(stage, entries)};
    const identity = stage.entries.get(entry.nameKey ?? 'stage')!.value.span;
    const absent = keys.filter(name => !stage.entries.has(name));
    const result = typed(entry.params, params.value, this.problems);
    const violations = this.validate(entry, result.value);
    if (violations.length > 0)
      this.problems.push(
        ...explain({label, entry, params, typed: result, keys: absent, identity}, violations),
      );
    return result;
  }

  #edges(label: string, stage: Dict, entry: CatalogueEntry | null): {edges: Edge[]; joined: boolean} {
    const edges: Edge[] = [];
    const from = carriedChild(stage, 'from');
    if (!from) return {edges, joined: !mistypes(stage, 'from', entry)};
    const ports = entry ? Object.keys(entry.inputs) : null;
    if (entry && ports?.length === 0) {
      this.problems.push(
        problem('E204', `${titleOf(entry)} takes no other stage`, from.key, 'remove "from"'),
      );
      return {edges, joined: false};
    }
    let joined = true;
    const take = (port: string | null, value: Value): void => {
      const items = value.kind === 'list' ? value.items.map(item => carried(item, value.via)) : [value];
      for (const item of items) {
        if (item.kind === 'scalar' && !isNull(item)) edges.push({label, port, to: item.text, node: item});
        else {
          joined = false;
          if (item.kind === 'hole') continue;
          const what = item.kind === 'scalar' ? got(core(item.text), item) : shape(item);
          this.problems.push(
            valueProblem('E106', `"from": expected the label of a stage, got ${what}`, item),
          );
        }
      }
    };
    if (from.value.kind !== 'map') take(ports?.[0] ?? null, from.value);
    else {
      for (const port of from.value.entries.keys()) {
        const {key, value} = carriedChild(from.value, port)!;
        if (!ports) take(null, value);
        else if (ports.includes(port)) take(port, value);
        else {
          joined = false;
          const title = entry ? titleOf(entry) : '';
          this.problems.push(
            problem('E204', `${title} has no port "${port}"`, key, suggestion(port, ports, 'ports')),
          );
        }
      }
    }
    return {edges, joined};
  }
}

/** For a null that was to remove a stage of an extended file, but names another. */
function likely(label: string, labels: Iterable<string>): string | null {
  const close = suggest(
    label,
    [...labels].filter(other => other !== label),
  );
  return close === null ? null : `did you mean "${close}"?`;
}

/** Whether a stage has an unknown parameter, which is told as such, that was probably meant to be `key`. */
function mistypes(stage: Dict, key: string, entry: CatalogueEntry | null): boolean {
  if (entry?.params['additionalProperties'] !== false) return false;
  const known = ['stage', entry.nameKey, ...Object.keys(entry.params.properties ?? {})];
  return [...stage.entries.keys()].some(other => !known.includes(other) && suggest(other, [key]) !== null);
}
