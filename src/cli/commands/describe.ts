import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {CatalogueEntry, JsonSchema} from '../../stages/catalogue.js';
import {withoutInternal} from '../open.js';
import {paintFor} from '../paint.js';
import type {Paint} from '../reporters/plain.js';
import {loadCatalogue} from '../schemas.js';

/** `strata describe [KIND [NAME]]` */
export function describe(
  kind: string | undefined,
  name: string | undefined,
  {json = false}: {json?: boolean},
): Promise<number> {
  const {stages} = withoutInternal(loadCatalogue());
  const kinds = [...new Set(stages.map(s => s.kind as string))];
  if (kind !== undefined && !kinds.includes(kind)) failName('stage', kind, kinds);
  const ofKind = stages.filter(s => kind === undefined || s.kind === kind);
  if (name !== undefined && !ofKind.some(s => s.name === name))
    failName(
      kind!,
      name,
      ofKind.flatMap(s => (s.name === null ? [] : [s.name])),
    );
  const chosen = ofKind.filter(s => name === undefined || s.name === name);
  const paint = paintFor(process.stdout);
  const text = json
    ? JSON.stringify(chosen, null, 1)
    : chosen.length === 1
      ? page(chosen[0]!, paint)
      : list(chosen, paint);
  process.stdout.write(`${text}\n`);
  return Promise.resolve(0);
}

function failName(what: string, name: string, names: readonly string[]): never {
  const hint = suggestion(name, names, 'there are');
  fail('E713', `there is no ${what} "${name}"`, hint === null ? {} : {hint});
}

const titleOf = ({kind, name}: CatalogueEntry): string => (name === null ? kind : `${kind} ${name}`);

function list(entries: readonly CatalogueEntry[], paint: Paint): string {
  const width = Math.max(...entries.map(e => titleOf(e).length));
  return entries.map(e => `${paint('bold', titleOf(e).padEnd(width))}  ${e.summary}`).join('\n');
}

/** Everything about one stage. */
function page(entry: CatalogueEntry, paint: Paint): string {
  const {kind, name, nameKey, params, inputs, output, columns} = entry;
  const required = params.required ?? [];
  const section = (title: string, rows: readonly (readonly [string, string])[]): string[] => {
    if (rows.length === 0) return [];
    const width = Math.max(...rows.map(([a]) => a.length));
    return ['', paint('bold', title), ...rows.map(([a, b]) => `  ${a.padEnd(width)}  ${b}`)];
  };
  return [
    `${paint('bold', titleOf(entry))}  ${paint('dim', `version ${entry.version}`)}`,
    entry.summary,
    paint('dim', entry.source),
    '',
    `  stage: ${kind}${nameKey === null ? '' : `\n  ${nameKey}: ${name!}`}`,
    ...section(
      'Takes',
      Object.entries(inputs).map(([port, p]) => [
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
      columns.map(c => [c.name, `${c.type}  ${c.description}`]),
    ),
  ].join('\n');
}

function parameter(key: string, schema: JsonSchema, required: boolean): [string, string][] {
  const byDefault = schema.default === undefined ? 'optional' : `default ${JSON.stringify(schema.default)}`;
  const state = required ? 'required' : byDefault;
  const nested = Object.entries(schema.properties ?? {}).flatMap(([k, s]) =>
    parameter(`${key}.${k}`, s, false),
  );
  return [[key, `${typeOf(schema)}, ${state}  ${schema.description ?? ''}`.trimEnd()], ...nested];
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
