import {fail} from '../diagnostics/diagnostic.js';
import {suggestion} from '../diagnostics/suggest.js';
import type {Cell, Grid} from './grid.js';
import {isSpread} from './grid.js';

/**
 * The rows in the order of a column: numbers, then texts, then what is empty; `-NAME` turns numbers and texts around. Of `id@norm`
 * and `params.k`, `id` and `k` are name enough if no other column has it.
 *
 * @throws E713 if there is no such column
 */
export function sortRows(grid: Grid, column: string): Grid {
  const descending = column.startsWith('-');
  const name = columnNamed(grid, descending ? column.slice(1) : column);
  const order = (a: Cell, b: Cell): number => {
    const [x, y] = [rank(a), rank(b)];
    if (x.empty !== y.empty) return x.empty ? 1 : -1;
    const sign = descending ? -1 : 1;
    if (x.number !== null && y.number !== null) return sign * (x.number - y.number);
    if (x.number !== null || y.number !== null) return x.number !== null ? -sign : sign;
    return x.text === y.text ? 0 : x.text < y.text ? -sign : sign;
  };
  return {...grid, rows: grid.rows.toSorted((a, b) => order(a[name] ?? null, b[name] ?? null))};
}

function rank(cell: Cell): {empty: boolean; number: number | null; text: string} {
  const value = isSpread(cell) ? cell.mean : cell;
  return {empty: value === null, number: typeof value === 'number' ? value : null, text: String(value)};
}

function columnNamed({columns}: Grid, name: string): string {
  const names = columns.map(c => c.name);
  if (names.includes(name)) return name;
  const short = names.filter(n => n.startsWith(`${name}@`) || n.endsWith(`.${name}`));
  if (short.length === 1) return short[0]!;
  const hint = suggestion(name, names, 'columns');
  fail('E713', `there is no column "${name}"`, hint === null ? {} : {hint});
}
