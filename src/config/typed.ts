import {resolve} from 'node:path';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import type {JsonSchema} from './catalogue.js';
import {valueProblem} from './problem.js';
import {inexact} from './scalar.js';
import {below, listed, meant, read} from './schema.js';
import type {Span} from './source.js';
import {
  carriedChild,
  fromData,
  type Dict,
  type List,
  type Pointer,
  type Scalar,
  type Value,
} from './value.js';

/** A parameter that names something outside the experiment: its schema has the keyword `x-path`. */
export interface PathParam {
  /** Where it stands among the parameters. */
  readonly at: Pointer;
  /** `file`, `folder`, `model` or `model-config`. */
  readonly kind: string;
  /** Absolute, or an address with a scheme (`https://...`, `hf://...`) as written. */
  readonly path: string;
}

/** A value tree as plain data. */
export interface Typed {
  readonly value: unknown;
  readonly paths: readonly PathParam[];
  /** What has been reported already: nothing more is to be said of these and what lies below. */
  readonly holes: readonly Pointer[];
}

/** The schema of a place of which nothing is said. */
export const ANYTHING: JsonSchema = {};

/** Defaults without a path in them are the same wherever they are filled in. */
const DEFAULTS = new WeakMap<JsonSchema, {readonly value: unknown}>();

const inside = (node: List | Dict, step: string | number): Value => carriedChild(node, step)!.value;

const ADDRESS = /^[a-z][a-z0-9+.-]+:\/\//;

/**
 * Plain data from a value tree: every scalar is read as the type that `schema` declares for its place, defaults are
 * filled in, and paths made absolute. What the schema does not foresee is read by the YAML core schema, and left for
 * the validator to refuse. Properties come in the order of the schema, others by code unit, so that the order in which
 * a map was written does not show.
 */
export function typed(schema: JsonSchema, node: Value, problems: Diagnostic[]): Typed {
  const paths: PathParam[] = [];
  const holes: Pointer[] = [];

  const scalar = (expected: JsonSchema, node: Scalar, at: Pointer, outer: unknown): unknown => {
    const {value, branch} = read(expected, node);
    const reason = typeof value === 'number' ? inexact(node.text, value) : null;
    if (reason !== null) {
      problems.push(valueProblem('E010', reason, node));
      holes.push(at);
      return undefined;
    }
    const kind =
      branch && !listed(branch.schema) ? (branch.schema['x-path'] ?? expected['x-path'] ?? outer) : undefined;
    if (typeof kind !== 'string' || typeof value !== 'string') return value;
    if (value === '') {
      problems.push(valueProblem('E109', 'expected a path, got an empty string', node));
      holes.push(at);
      return undefined;
    }
    const path = ADDRESS.test(value) ? value : resolve(node.folder, value);
    paths.push({at, kind, path});
    return path;
  };

  const list = (expected: JsonSchema, node: List, at: Pointer): unknown[] => {
    const own = meant(expected, node)?.schema ?? ANYTHING;
    const kind = own['x-path'] ?? expected['x-path'];
    return node.items.map((_, i) => convert(below(own, i) ?? ANYTHING, inside(node, i), [...at, i], kind));
  };

  const map = (expected: JsonSchema, node: Dict, at: Pointer): Record<string, unknown> => {
    const own = meant(expected, node)?.schema ?? ANYTHING;
    const fields: [string, unknown][] = [];
    for (const [key, property] of Object.entries(own.properties ?? {})) {
      if (node.entries.has(key)) fields.push([key, convert(property, inside(node, key), [...at, key])]);
      else if (property.default !== undefined) fields.push([key, initial(property, node.span, [...at, key])]);
    }
    const others = [...node.entries.keys()].filter(key => !Object.hasOwn(own.properties ?? {}, key)).sort();
    for (const key of others) {
      fields.push([key, convert(below(own, key) ?? ANYTHING, inside(node, key), [...at, key])]);
    }
    return Object.fromEntries(fields);
  };

  const initial = (property: JsonSchema, span: Span, at: Pointer): unknown => {
    const known = DEFAULTS.get(property);
    if (known) return known.value;
    const before = paths.length;
    const value = convert(property, fromData(property.default, span), at);
    if (paths.length === before) DEFAULTS.set(property, {value});
    return value;
  };

  const convert = (expected: JsonSchema, node: Value, at: Pointer, outer?: unknown): unknown => {
    switch (node.kind) {
      case 'scalar':
        return scalar(expected, node, at, outer);
      case 'list':
        return list(expected, node, at);
      case 'map':
        return map(expected, node, at);
      case 'hole':
        holes.push(at);
        return undefined;
    }
  };

  return {value: convert(schema, node, []), paths, holes};
}
