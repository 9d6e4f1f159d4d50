import type {JsonSchema} from './catalogue.js';
import {branches, listed, types} from './schema.js';
import type {Value} from './value.js';

const NOUNS: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'a map',
};

/** What a schema asks for, in words: `a number of at least 0 or one of "all", "blocks"`. */
export function expected(schema: JsonSchema): string {
  const all = branches(schema).map(branch => branch.schema);
  const values = all.flatMap(branch => listed(branch) ?? []);
  const words = all.filter(branch => !listed(branch)).flatMap(branch => noun(branch, schema));
  const named = values.filter(value => value !== null).map(quote);
  if (named.length > 0) words.push(named.length === 1 ? named[0]! : `one of ${named.join(', ')}`);
  if (values.includes(null)) words.push('null');
  return [...new Set(words)].join(' or ') || 'something else';
}

function noun(schema: JsonSchema, union: JsonSchema): string[] {
  return types(schema).map(type => {
    if (type === 'string') return (schema['x-path'] ?? union['x-path']) === undefined ? 'a string' : 'a path';
    if (type === 'array') return `a list${items(schema)}`;
    return `${NOUNS[type] ?? type}${type === 'number' || type === 'integer' ? range(schema as Bounds) : ''}`;
  });
}

function items(schema: JsonSchema): string {
  const {
    items: item,
    minItems: least,
    maxItems: most,
  } = schema as {items?: unknown; minItems?: number; maxItems?: number};
  if (Array.isArray(item)) return ` of ${item.length}`;
  const plural =
    typeof item === 'object' && item !== null ? PLURALS[types(item as JsonSchema).join()] : undefined;
  const count =
    least !== undefined && least === most
      ? `${least} `
      : least !== undefined && least > 0
        ? `at least ${least} `
        : '';
  if (count === '' && plural === undefined) return '';
  return ` of ${count}${plural ?? 'items'}`;
}

const PLURALS: Record<string, string> = {
  string: 'strings',
  number: 'numbers',
  integer: 'integers',
  boolean: 'true or false',
};

type Bounds = Partial<
  Record<'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum' | 'multipleOf', number>
>;

function range(schema: Bounds): string {
  const {
    minimum: low,
    maximum: high,
    exclusiveMinimum: above,
    exclusiveMaximum: under,
    multipleOf: step,
  } = schema;
  const words: string[] = [];
  if (low !== undefined && high !== undefined) words.push(`from ${low} to ${high}`);
  else if (low !== undefined) words.push(`of at least ${low}`);
  else if (high !== undefined) words.push(`of at most ${high}`);
  if (above !== undefined) words.push(`above ${above}`);
  if (under !== undefined) words.push(`below ${under}`);
  if (step !== undefined) words.push(`in steps of ${step}`);
  return words.length === 0 ? '' : ` ${words.join(' and ')}`;
}

/** What is there instead: `the string "abc"`. */
export function got(value: unknown, node?: Value): string {
  if (node?.kind === 'scalar' && node.plain && node.text === '') return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return typeof value === 'string' ? `the string ${quote(value)}` : String(value);
}

const LENGTH = 60;

export function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= LENGTH ? text : `${text.slice(0, LENGTH)}…"`;
}
