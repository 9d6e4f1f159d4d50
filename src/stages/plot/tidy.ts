import type {Row, Table} from '../ports.js';

/** Columns of a tidy table that say what a row is about; the others, less `n` and `status`, are measured. */
export const SUBJECT_COLUMNS: readonly string[] = [
  'layer',
  'depth',
  'index',
  'subset',
  'fraction',
  'repeat',
  'group',
  'token',
  'rank',
];

/** Names of the numeric columns that were measured. */
export const valueColumns = (table: Table): string[] =>
  table.columns
    .filter(
      c => (c.type === 'int' || c.type === 'float') && !SUBJECT_COLUMNS.includes(c.name) && c.name !== 'n',
    )
    .map(c => c.name);

/** What a row has in a value column: a finite number, or the reason why there is none. */
export function observation(row: Row, column: string): number | string {
  const status = row['status'] ?? 'ok';
  if (status !== 'ok') return String(status);
  const value = row[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : 'no value';
}

/** The distinct values of a column, in order of appearance. */
export const distinct = (rows: readonly Row[], column: string): Row[string][] => [
  ...new Set(rows.map(row => row[column] ?? null)),
];

/** Rows by a value of theirs, in order of appearance. */
export function groupBy<K>(rows: readonly Row[], key: (row: Row) => K): Map<K, Row[]> {
  const groups = new Map<K, Row[]>();
  for (const row of rows) {
    const k = key(row);
    const group = groups.get(k);
    if (group === undefined) groups.set(k, [row]);
    else group.push(row);
  }
  return groups;
}

/** Mean and standard deviation (ddof 0) of at least one number. */
export function meanStd(values: readonly number[]): {mean: number; std: number} {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return {mean, std: Math.sqrt(variance)};
}
