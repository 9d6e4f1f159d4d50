import type {JsonSchema} from './catalogue.js';
import {core, type Plain} from './scalar.js';
import type {Dict, List, Scalar} from './value.js';

/** A schema and the JSON pointer that leads to it from the schema asked about. */
export interface Branch {
  readonly schema: JsonSchema;
  readonly path: string;
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What has been found of a schema, which never changes. */
const remembered = <T>(find: (schema: JsonSchema) => T): ((schema: JsonSchema) => T) => {
  const known = new WeakMap<JsonSchema, T>();
  return schema => {
    let found = known.get(schema);
    if (found === undefined) known.set(schema, (found = find(schema)));
    return found;
  };
};

/** The alternatives of a schema that is a union, unions within it included; else the schema itself. */
export const branches = remembered(schema => alternatives(schema, ''));

function alternatives(schema: JsonSchema, path: string): readonly Branch[] {
  for (const keyword of ['anyOf', 'oneOf']) {
    const union = schema[keyword];
    if (!Array.isArray(union)) continue;
    return union.flatMap((branch, i) =>
      isSchema(branch) ? alternatives(branch, `${path}/${keyword}/${i}`) : [],
    );
  }
  return [{schema, path}];
}

/** The same, in the order in which a scalar is tried on them: a listed value is more telling than a type. */
const byTelling = remembered(schema => {
  const all = branches(schema);
  return [...all.filter(b => listed(b.schema)), ...all.filter(b => !listed(b.schema))];
});

/** The types a schema names; empty if it takes any. */
export function types(schema: JsonSchema): readonly string[] {
  const {type} = schema;
  if (type !== undefined) return typeof type === 'string' ? [type] : type;
  if (schema.properties) return ['object'];
  return schema['items'] === undefined ? [] : ['array'];
}

/** The values a schema lists by `enum` or `const`, or null if it does not. */
export function listed(schema: JsonSchema): readonly unknown[] | null {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : null;
}

function takes(schema: JsonSchema, value: Plain): boolean {
  const values = listed(schema);
  if (values) return values.includes(value);
  const names = types(schema);
  if (names.length === 0) return true;
  return names.some(name => {
    if (name === 'integer') return Number.isInteger(value);
    return name === 'null' ? value === null : name === typeof value;
  });
}

/** What a scalar means where `schema` is expected, with the branch that takes it; null if none does. */
export function read(schema: JsonSchema, node: Scalar): {value: Plain; branch: Branch | null} {
  const plain = node.plain ? core(node.text) : node.text;
  // The type that the text looks like is more telling than that it is a text.
  for (const value of plain === null ? [plain] : [plain, node.text]) {
    const branch = byTelling(schema).find(b => takes(b.schema, value));
    if (branch) return {value, branch};
  }
  return {value: plain, branch: null};
}

/** The branch of a schema that a map or list was meant for, or null if none takes one or several do alike. */
export function meant(schema: JsonSchema, node: Dict | List): Branch | null {
  const type = node.kind === 'map' ? 'object' : 'array';
  const fitting = branches(schema).filter(({schema: branch}) => {
    const names = types(branch);
    return !listed(branch) && (names.length === 0 || names.includes(type));
  });
  if (fitting.length <= 1) return fitting[0] ?? null;
  return fitting.find(b => (node.kind === 'map' ? tagged(b.schema, node) : filled(b.schema, node))) ?? null;
}

/** Whether all listed properties that a map has (its tags) are as the schema lists them, and all keys are known. */
function tagged(schema: JsonSchema, node: Dict): boolean {
  for (const [key, {value}] of node.entries) {
    const property = schema.properties?.[key];
    if (!property) return false;
    if (listed(property) && !(value.kind === 'scalar' && read(property, value).branch)) return false;
  }
  return true;
}

function filled(schema: JsonSchema, node: List): boolean {
  return node.items.every((item, i) => {
    const expected = below(schema, i);
    if (!expected) return false;
    if (item.kind === 'scalar') return read(expected, item).branch !== null;
    return item.kind === 'hole' || meant(expected, item) !== null;
  });
}

/** The schema of what lies below a map or list by a key or index; null if the schema says nothing of it. */
export function below(schema: JsonSchema, step: string | number): JsonSchema | null {
  if (typeof step === 'number') {
    const {items, prefixItems} = schema as {items?: unknown; prefixItems?: unknown};
    const tuple = Array.isArray(items) ? items : Array.isArray(prefixItems) ? prefixItems : [];
    const item: unknown = tuple[step] ?? items;
    return isSchema(item) ? item : null;
  }
  if (schema.properties && Object.hasOwn(schema.properties, step)) return schema.properties[step]!;
  const {patternProperties, additionalProperties} = schema;
  for (const [pattern, property] of Object.entries(isSchema(patternProperties) ? patternProperties : {})) {
    if (new RegExp(pattern, 'u').test(step) && isSchema(property)) return property;
  }
  return isSchema(additionalProperties) ? additionalProperties : null;
}

/** The schema at a JSON pointer as ajv writes it (`#/properties/k/type`), or null. */
export function schemaAt(schema: JsonSchema, pointer: string): JsonSchema | null {
  let at: unknown = schema;
  for (const step of steps(decodeURIComponent(pointer.replace(/^#/, '')))) {
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined;
  }
  return isSchema(at) ? at : null;
}

/** The steps of a JSON pointer (RFC 6901). */
export function steps(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
