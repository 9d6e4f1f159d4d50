import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {Row, Table} from '../ports.js';
import {groupBy} from './tidy.js';

/** The rows that share a panel. */
export interface Part {
  /** Value of the column that divides the table; null if nothing does. */
  readonly name: string | null;
  readonly rows: readonly Row[];
}

/** More panels than this are too small to read. */
const MOST = 64;

/**
 * The rows for each value of a column, numbers ascending and names in the order of the table; all rows in one part if the column is
 * null. E501 if the table has no such column, or too many values in it.
 */
export function partsOf({label, columns, rows}: Table, column: string | null): Part[] {
  if (column === null) return [{name: null, rows}];
  const names = columns.map(c => c.name);
  if (!names.includes(column)) {
    const hint = suggestion(column, names, 'it has');
    fail(
      'E501',
      `the table of "${label}" has no column "${column}" to draw panels by`,
      hint === null ? {} : {hint},
    );
  }
  const parts = [...groupBy(rows, row => row[column] ?? null)];
  if (parts.length > MOST)
    fail('E501', `"${column}" of "${label}" would give ${parts.length} panels; ${MOST} can be drawn`, {
      hint: 'choose a column of fewer values, or extract fewer layers',
    });
  const numbers = parts.every(([value]) => typeof value === 'number');
  if (numbers) parts.sort(([a], [b]) => Number(a) - Number(b));
  return parts.map(([value, of]) => ({name: String(value ?? 'all'), rows: of}));
}
