import type {Code} from '../diagnostics/catalogue.js';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {suggest, suggestion} from '../diagnostics/suggest.js';
import {titleOf, type CatalogueEntry, type JsonSchema, type Violation} from './catalogue.js';
import {expected, got} from './expected.js';
import {problem, removalOf, usesOf, valueProblem} from './problem.js';
import {core} from './scalar.js';
import {branches, listed, meant, schemaAt, steps, types} from './schema.js';
import {placeOf, type Source, type Span} from './source.js';
import type {Typed} from './typed.js';
import {carriedChild, type Dict, type Entry, type Pointer, type Value} from './value.js';

const CODES: Readonly<Record<string, Code>> = {
  type: 'E106',
  enum: 'E107',
  const: 'E107',
  minimum: 'E108',
  maximum: 'E108',
  exclusiveMinimum: 'E108',
  exclusiveMaximum: 'E108',
  multipleOf: 'E108',
  pattern: 'E109',
  format: 'E109',
  minLength: 'E109',
  maxLength: 'E109',
  minItems: 'E110',
  maxItems: 'E110',
  uniqueItems: 'E110',
  additionalItems: 'E110',
};

/** The parameters of a stage as they were checked. */
export interface Checked {
  readonly label: string;
  readonly entry: CatalogueEntry;
  /** The stage's parameters as written, at the stage's label. */
  readonly params: Entry & {readonly value: Dict};
  readonly typed: Typed;
  /** Keys that are no parameters and that the stage could have besides those it has. */
  readonly keys: readonly string[];
  /** Where it says which stage it is. */
  readonly identity: Span;
}

/** Violations of one stage that are told; no reader wants more, and to tell them apart takes time. */
const MOST = 1000;

/** What violations of a stage's schema mean to its author: one diagnostic for each mistake, at the token that makes it. */
export function explain(checked: Checked, violations: readonly Violation[]): Diagnostic[] {
  const told = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const relevant = telling(checked, violations.slice(0, MOST));
  const known = knownBy(checked.typed.holes);
  const mistyped = meantProperties(checked.entry, relevant);
  for (const violation of relevant) {
    const at = pointerOf(violation);
    const key = at.join('/');
    if (told.has(key) || (violation.keyword !== 'additionalProperties' && known(at))) continue;
    told.add(key);
    if (violation.keyword === 'required' && mistyped.has(key)) continue;
    diagnostics.push(tell(checked, violation, at));
  }
  return diagnostics;
}

/** The properties that unknown ones were probably meant to be: one that is missing for that is one mistake, not two. */
function meantProperties(entry: CatalogueEntry, violations: readonly Violation[]): Set<string> {
  const meant = new Set<string>();
  for (const violation of violations.filter(({keyword}) => keyword === 'additionalProperties')) {
    const at = pointerOf(violation);
    const close = suggest(at.at(-1)!, Object.keys(parentSchema(entry, violation).properties ?? {}));
    if (close !== null) meant.add([...at.slice(0, -1), close].join('/'));
  }
  return meant;
}

/** The schema that holds the keyword of a violation. */
const parentSchema = (entry: CatalogueEntry, {schemaPath}: Violation): JsonSchema =>
  schemaAt(entry.params, schemaPath.replace(/\/[^/]*$/, '')) ?? {};

/** What a violation is about: the unknown or missing property for those two, else the value. */
function pointerOf({keyword, instancePath, params}: Violation): string[] {
  const at = steps(instancePath);
  if (keyword === 'additionalProperties') at.push(String(params['additionalProperty']));
  if (keyword === 'required') at.push(String(params['missingProperty']));
  return at;
}

/** Whether a pointer is, leads to, or lies below one of the holes. */
function knownBy(holes: readonly Pointer[]): (at: Pointer) => boolean {
  const ends = new Set<string>();
  const ways = new Set<string>();
  for (const hole of holes) {
    ends.add(hole.join('/'));
    for (let n = 0; n <= hole.length; n++) ways.add(hole.slice(0, n).join('/'));
  }
  return at =>
    ways.has(at.join('/')) || at.some((_, i) => ends.has(at.slice(0, i + 1).join('/'))) || ends.has('');
}

const within = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`);

/**
 * A union that fails has a violation for each of its branches. If the value was meant for one branch, what that branch
 * says is kept, and else only that the union failed.
 */
function telling(checked: Checked, violations: readonly Violation[]): Violation[] {
  const hidden = new Set<Violation>();
  for (const union of violations.filter(({keyword}) => keyword === 'anyOf' || keyword === 'oneOf')) {
    const inside = violations.filter(
      v => v.schemaPath.startsWith(`${union.schemaPath}/`) && within(v.instancePath, union.instancePath),
    );
    const base = union.schemaPath.slice(0, -union.keyword.length - 1);
    const schema = schemaAt(checked.entry.params, base);
    const node = find(checked.params, steps(union.instancePath)).exact?.value;
    const branch = schema && (node?.kind === 'map' || node?.kind === 'list') ? meant(schema, node) : null;
    const kept = inside.filter(v => branch !== null && within(v.schemaPath, base + branch.path));
    if (kept.length > 0) hidden.add(union);
    for (const violation of inside) if (!kept.includes(violation)) hidden.add(violation);
  }
  return violations.filter(violation => !hidden.has(violation));
}

/** The entry at a pointer, if it was written, and the last one on the way to it that was. */
function find(root: Entry, at: Pointer): {exact: Entry | undefined; last: Entry} {
  let last = root;
  for (const step of at) {
    const next = carriedChild(last.value, step);
    if (!next) return {exact: undefined, last};
    last = next;
  }
  return {exact: last, last};
}

function tell(checked: Checked, violation: Violation, at: readonly string[]): Diagnostic {
  const {label, entry, params, typed, identity} = checked;
  const {exact, last} = find(params, at);
  const schema = parentSchema(entry, violation);
  const properties = Object.keys(schema.properties ?? {});
  const name = at.join('.');
  switch (violation.keyword) {
    case 'additionalProperties': {
      const {key, via} = exact ?? last;
      const uses = usesOf(via);
      const message = `unknown parameter "${name}" for ${titleOf(entry)}`;
      if (at.length > 1)
        return problem('E104', message, key, suggestion(at.at(-1)!, properties, 'parameters'), uses);
      const left = takesAway(label, name, key, identity);
      const made = {message: `"${label}" is ${titleOf(entry)} by this`, place: placeOf(identity)};
      if (left) return problem('E104', message, key, left, [...uses, made]);
      const hint = suggestion(name, [...properties, ...checked.keys], 'parameters');
      return problem('E104', message, key, hint, uses);
    }
    case 'required': {
      const property = schema.properties?.[at.at(-1)!];
      const hint =
        property &&
        `"${name}" is ${expected(property)}${property.description ? `: ${property.description}` : ''}`;
      const notes = [...usesOf(last.via), ...removalOf(last.value, at.at(-1)!)];
      return problem('E105', `${titleOf(entry)} needs parameter "${name}"`, last.key, hint, notes);
    }
  }
  const value = valueAt(typed.value, at);
  const {code, message} = mismatch(violation, schema, value, exact?.value);
  const text = `parameter "${name}": ${message}`;
  const hint = advice(schema, value, exact?.value);
  return exact ? valueProblem(code, text, exact.value, hint) : problem(code, text, last.key, hint);
}

/** Whether one text is extended, however indirectly, by another. */
function extendedBy(base: Source, over: Source): boolean {
  for (let at = base.extendedAt; at !== null; at = at.source.extendedAt) if (at.source === over) return true;
  return false;
}

/**
 * What to do of a parameter that is left over: that was written before its stage was made another, at `by`, by a file that
 * extends the one with the parameter, or by an override. Null for any other.
 */
export function takesAway(label: string, name: string, key: Span, {source}: Span): string | null {
  if (source === key.source || key.source.role === 'overrides' || extendedBy(source, key.source)) return null;
  const how = source.role === 'experiment' ? `"${name}: null" there` : `"~stages.${label}.${name}"`;
  return `left over from what the stage was; ${how} takes it away`;
}

function mismatch(
  {keyword, params, message}: Violation,
  schema: JsonSchema,
  value: unknown,
  node: Value | undefined,
): {code: Code; message: string} {
  const code = CODES[keyword];
  const limit = String(params['limit']);
  const says = (what: string): string => `expected ${what}, got ${got(value, node)}`;
  switch (keyword) {
    case 'anyOf':
    case 'oneOf': {
      const similar = branches(schema).some(b =>
        (listed(b.schema) ?? []).some(item => typeof item === typeof value),
      );
      const scalar = typeof value === 'string' || typeof value === 'number';
      return {code: similar && scalar ? 'E107' : 'E106', message: says(expected(schema))};
    }
    case 'pattern':
      return {code: 'E109', message: says(`a string that matches ${String(params['pattern'])}`)};
    case 'format':
      return {code: 'E109', message: says(`a string in the form of a ${String(params['format'])}`)};
    case 'minLength':
      return {
        code: 'E109',
        message: says(`a string of at least ${limit} ${limit === '1' ? 'character' : 'characters'}`),
      };
    case 'maxLength':
      return {code: 'E109', message: says(`a string of at most ${limit} characters`)};
    case 'minItems':
    case 'additionalItems':
    case 'maxItems': {
      const count = Array.isArray(value) ? value.length : 0;
      const bound = keyword === 'minItems' ? 'at least' : 'at most';
      return {
        code: 'E110',
        message: `expected ${bound} ${limit} ${limit === '1' ? 'item' : 'items'}, got ${count}`,
      };
    }
    case 'uniqueItems':
      return {code: 'E110', message: `items ${String(params['j'])} and ${String(params['i'])} are the same`};
  }
  if (code === undefined) return {code: 'E106', message: message ?? `does not satisfy "${keyword}"`};
  return {code, message: says(expected(schema))};
}

/** What is likely to set a wrong value right. */
function advice(schema: JsonSchema, value: unknown, node: Value | undefined): string | null {
  if (typeof value !== 'string') return null;
  const all = branches(schema).map(branch => branch.schema);
  const close = suggest(
    value,
    all.flatMap(branch => listed(branch) ?? []).filter(item => typeof item === 'string'),
  );
  if (close !== null) return `did you mean "${close}"?`;
  const wanted = all.flatMap(types);
  if (wanted.includes('boolean') && /^(?:yes|no|on|off|y|n)$/i.test(value)) {
    return `write ${/^(?:yes|on|y)$/i.test(value) ? 'true' : 'false'}`;
  }
  const quoted = node?.kind === 'scalar' && !node.plain && typeof core(value) === 'number';
  return quoted && (wanted.includes('number') || wanted.includes('integer'))
    ? 'write it without quotes'
    : null;
}

function valueAt(value: unknown, at: Pointer): unknown {
  let result = value;
  for (const step of at) {
    result =
      typeof result === 'object' && result !== null ? (result as Record<string, unknown>)[step] : undefined;
  }
  return result;
}
