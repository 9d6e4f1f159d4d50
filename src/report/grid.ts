import type {Row, Table} from '../stages/ports.js';
import {distinct, groupBy, meanStd, observation} from '../stages/plot/tidy.js';

/** A mean of several values with their standard deviation (ddof 0). */
export interface Spread {
  readonly mean: number;
  readonly std: number;
}

/** `null` where there is nothing; a string in a column of numbers says why there is no number. */
export type Cell = string | number | boolean | null | Spread;

/** Rows of cells by column: what is printed. A tidy table is one as it is. */
export interface Grid {
  readonly columns: readonly {readonly name: string}[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

export const isSpread = (cell: Cell): cell is Spread => typeof cell === 'object' && cell !== null;

/**
 * One row for each value of column `rows`, one column for each value of column `columns`, both in order of appearance; in the
 * cells column `value`, averaged where several rows meet.
 */
export function pivot(table: Table, by: {rows: string; columns: string; value: string}): Grid {
  const columns = distinct(table.rows, by.columns);
  const lines = groupBy(table.rows, row => row[by.rows] ?? null);
  return {
    columns: [by.rows, ...columns.map(String)].map(name => ({name})),
    rows: [...lines].map(([name, rows]) => {
      const cells = groupBy(rows, row => row[by.columns] ?? null);
      const values = columns.map(
        column => [String(column), summary(cells.get(column) ?? [], by.value)] as const,
      );
      return Object.fromEntries([[by.rows, name], ...values]);
    }),
  };
}

/**
 * The number of one row, or of several that have the same; the mean and spread of several; or the reasons why none is defined.
 */
export function summary(rows: readonly Row[], column: string): Cell {
  const found = rows.map(row => observation(row, column));
  const values = found.filter(v => typeof v === 'number');
  if (values.length > 0) return values.every(v => v === values[0]) ? values[0]! : meanStd(values);
  return found.length === 0 ? null : [...new Set(found)].join(', ');
}
