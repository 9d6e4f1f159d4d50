import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {CatalogueEntry} from '../../stages/catalogue.js';
import {stageId} from '../../stages/registry.js';
import {withoutInternal} from '../open.js';
import {paintFor} from '../paint.js';
import type {Paint} from '../reporters/plain.js';
import {loadCatalogue, loadDefinitions} from '../schemas.js';
import {stagePage, titleOf} from '../stage-page.js';

/** Lines are no wider than this, wherever they go. A terminal may be narrower, down to the second. */
const WIDTH = 100;
const NARROWEST = 60;

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
  const definitions = loadDefinitions();
  const chosen = ofKind
    .filter(s => name === undefined || s.name === name)
    .map(s => ({...s, definition: definitions[stageId(s.kind, s.name)] ?? null}));
  const paint = paintFor(process.stdout);
  const {isTTY, columns} = process.stdout;
  const width = isTTY ? Math.min(Math.max(columns, NARROWEST), WIDTH) : WIDTH;
  const text = json
    ? JSON.stringify(chosen, null, 1)
    : chosen.length === 1
      ? stagePage(chosen[0]!, {paint, width})
      : list(chosen, paint);
  process.stdout.write(`${text}\n`);
  return Promise.resolve(0);
}

function failName(what: string, name: string, names: readonly string[]): never {
  const hint = suggestion(name, names, 'there are');
  fail('E713', `there is no ${what} "${name}"`, hint === null ? {} : {hint});
}

function list(entries: readonly CatalogueEntry[], paint: Paint): string {
  const width = Math.max(...entries.map(e => titleOf(e).length));
  return entries.map(e => `${paint('bold', titleOf(e).padEnd(width))}  ${e.summary}`).join('\n');
}
