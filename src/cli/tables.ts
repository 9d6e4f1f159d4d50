import {existsSync} from 'node:fs';
import {fail} from '../diagnostics/diagnostic.js';
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
  if (!existsSync(store.blob(part.blob)))
    fail('E712', `the table of "${label}" is no longer in the store ${store.root}`, {
      hint: 'run the experiment again: what is missing is made again',
    });
  return {label, columns, value, rows: await readTable(store.blob(part.blob), columns)};
}
