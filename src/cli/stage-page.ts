import {prose, wrap} from '../report/prose.js';
import type {CatalogueEntry, Definition, JsonSchema} from '../stages/catalogue.js';
import type {Paint} from './reporters/plain.js';

/** A stage with its definition, where it has one. */
export type DefinedEntry = CatalogueEntry & {readonly definition: Definition | null};

export const titleOf = ({kind, name}: CatalogueEntry): string => (name === null ? kind : `${kind} ${name}`);

/** A name and what is said of it; each text begins a line. */
type Term = readonly [name: string, ...texts: readonly string[]];

/** Everything about one stage, in lines of at most `width` characters but for formulas. */
export function stagePage(entry: DefinedEntry, {paint, width}: {paint: Paint; width: number}): string {
  const {kind, name, nameKey, params, inputs, output, columns, definition} = entry;
  const required = params.required ?? [];
  const nameWidth = Math.max(...columns.map(c => c.name.length));
  const section = (title: string, terms: readonly Term[]): string[] => {
    if (terms.length === 0) return [];
    const indent = 4 + Math.max(...terms.map(([term]) => term.length));
    return [
      '',
      paint('bold', title),
      ...terms.flatMap(([term, ...texts]) =>
        texts
          .flatMap(text => wrap(text, width - indent))
          .map((line, i) => `${i === 0 ? `  ${term}`.padEnd(indent) : ' '.repeat(indent)}${line}`),
      ),
    ];
  };
  return [
    `${paint('bold', titleOf(entry))}  ${paint('dim', `version ${entry.version}`)}`,
    ...(definition === null ? [] : ['', paint('bold', definition.title)]),
    ...wrap(entry.summary, width),
    ...(definition === null ? [] : ['', ...prose(definition.text, width)]),
    '',
    `  stage: ${kind}${nameKey === null ? '' : `\n  ${nameKey}: ${name!}`}`,
    ...section(
      'Takes',
      Object.entries(inputs).map(([port, p]): Term => [
        port,
        `${p.many ? 'list of ' : ''}${p.type.join(' or ')}${p.required ? '' : ', optional'}: ${p.description}`,
      ]),
    ),
    '',
    `${paint('bold', 'Gives')} ${output}`,
    ...section(
      'Parameters',
      Object.entries(params.properties ?? {}).flatMap(([key, s]) =>
        parameter(key, s, required.includes(key)),
      ),
    ),
    ...section(
      'Columns',
      columns.map((c): Term => [`${c.name.padEnd(nameWidth)}  ${c.type}`, c.description]),
    ),
    ...section(
      'Statuses',
      (definition?.statuses ?? []).map(({status, means}): Term => [status, means]),
    ),
    '',
    paint('bold', 'Source'),
    ...wrap(entry.source, width - 2).map(line => `  ${line}`),
  ].join('\n');
}

function parameter(key: string, schema: JsonSchema, required: boolean): Term[] {
  const byDefault = schema.default === undefined ? 'optional' : `default ${JSON.stringify(schema.default)}`;
  const nested = Object.entries(schema.properties ?? {}).flatMap(([k, s]) =>
    parameter(`${key}.${k}`, s, false),
  );
  return [
    [key, `${typeOf(schema)}, ${required ? 'required' : byDefault}`, schema.description ?? ''],
    ...nested,
  ];
}

function typeOf(schema: JsonSchema): string {
  if (schema['x-path'] !== undefined)
    return `path of a ${(schema['x-path'] as string).replace('model-config', 'model')}`;
  if (Array.isArray(schema['enum'])) return schema['enum'].map(String).join(' | ');
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['anyOf'])) return (schema['anyOf'] as JsonSchema[]).map(typeOf).join(' | ');
  if (schema.type === 'array') return `list of ${typeOf((schema['items'] ?? {}) as JsonSchema)}`;
  return [schema.type ?? 'any'].flat().join(' | ');
}
