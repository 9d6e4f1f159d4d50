import {fail} from '../diagnostics/diagnostic.js';
import type {RunRecord} from '../runner/run-folder.js';
import {valueOf} from '../stages/catalogue.js';
import type {Column, Table} from '../stages/ports.js';
import {stageId} from '../stages/registry.js';
import {readTable} from '../store/codecs/table.js';
import type {Part} from '../store/manifest.js';
import {Store} from '../store/store.js';
import {loadCatalogue} from './schemas.js';

/** The table of a stage, from its part in the store. */
export async function openTable(
  store: Store,
  label: string,
  part: Part,
  value: string | null,
): Promise<Table> {
  const {columns} = part.meta as unknown as {columns: Column[]};
  if (!store.holds(part))
    fail('E712', `the table of "${label}" is no longer in the store ${store.root}`, {
      hint: 'run the experiment again: what is missing is made again',
    });
  return {label, columns, value, rows: await readTable(store.blob(part.blob), columns)};
}

/** The stages of a run that gave a table. */
export const tableLabels = ({stages}: RunRecord): string[] =>
  Object.keys(stages).filter(label => stages[label]!.type === 'table' && stages[label]!.parts.length > 0);

/** The tables of some of these stages. */
export async function openTables(record: RunRecord, labels: readonly string[]): Promise<Table[]> {
  const entries = new Map(loadCatalogue().stages.map(e => [stageId(e.kind, e.name), e]));
  const store = new Store(record.store);
  const tables: Table[] = [];
  for (const label of labels) {
    const {parts, stage, record: own} = record.stages[label]!;
    const entry = entries.get(stage);
    const params = (own?.['params'] ?? {}) as Readonly<Record<string, unknown>>;
    const value = entry === undefined ? null : valueOf(entry, params);
    tables.push(await openTable(store, label, parts[0]!, value));
  }
  return tables;
}
