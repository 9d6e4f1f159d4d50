import type {Column, Table} from '../stages/ports.js';
import {readTable} from '../store/codecs/table.js';
import type {Part} from '../store/manifest.js';
import type {Store} from '../store/store.js';

/** The table of a stage, from its part in the store. */
export async function openTable(
  store: Store,
  label: string,
  part: Part,
  value: string | null,
): Promise<Table> {
  const {columns} = part.meta as unknown as {columns: Column[]};
  return {label, columns, value, rows: await readTable(store.blob(part.blob), columns)};
}
