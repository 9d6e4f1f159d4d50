import {fail} from '../../diagnostics/diagnostic.js';
import type {Row, Table} from '../ports.js';
import {distinct, groupBy} from './tidy.js';

/** A sample in a panel. */
export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly class: string | null;
}

/** One layer of one table made ready to be drawn. */
export interface ScatterPanel {
  readonly title: string;
  /** How good the view is, and how much of it is drawn. */
  readonly notes: readonly string[];
  /** In the order in which they are drawn. */
  readonly dots: readonly Dot[];
  /** Why there are none. */
  readonly missing: string | null;
}

export interface Scatter {
  readonly panels: readonly ScatterPanel[];
  /** Of all panels, in the order of the legend; empty if no sample has one. */
  readonly classes: readonly string[];
}

/** More dots than this in a figure take long to draw and hide each other. */
const MOST_DOTS = 20_000;
/** Fractional part of the golden ratio: its multiples leave no gap and follow no order that samples may have. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The layers of tables with coordinates, table by table. E501 if a table has none, or no rows. */
export function scatterOf(tables: readonly Table[]): Scatter {
  for (const table of tables) checkView(table);
  const layers = tables.map(table =>
    [...groupBy(table.rows, row => String(row['layer'])).values()].sort(byIndex),
  );
  const most = Math.floor(MOST_DOTS / layers.flat().length);
  return {
    panels: tables.flatMap((table, i) =>
      layers[i]!.map(rows => panelOf(rows, tables.length > 1 ? table.label : null, most)),
    ),
    classes: classesOf(tables),
  };
}

const byIndex = ([a]: readonly Row[], [b]: readonly Row[]): number =>
  Number(a!['index']) - Number(b!['index']);

function checkView({label, columns, rows}: Table): void {
  const missing = ['layer', 'index', 'class', 'x', 'y'].find(name => !columns.some(c => c.name === name));
  if (missing !== undefined)
    fail('E501', `the table of "${label}" cannot be drawn as points: it has no column "${missing}"`, {
      hint: 'a scatter draws views of layers (stage: project)',
    });
  if (rows.length === 0)
    fail('E501', `the table of "${label}" has no rows`, {
      hint: 'check which layers and samples its stage was given',
    });
}

function panelOf(rows: readonly Row[], label: string | null, most: number): ScatterPanel {
  const layer = String(rows[0]!['layer']);
  const title = label === null ? layer : `${label} · ${layer}`;
  const dots = rows.flatMap(({x, y, class: name}): Dot[] =>
    typeof x === 'number' && typeof y === 'number'
      ? [{x, y, class: name === null || name === undefined ? null : String(name)}]
      : [],
  );
  if (dots.length === 0)
    return {title, notes: [], dots, missing: String(rows[0]!['status'] ?? 'no coordinates')};
  const drawn = mixed(dots).slice(0, most);
  const thinned = drawn.length < dots.length ? [`${drawn.length} of ${dots.length} samples drawn`] : [];
  return {title, notes: [...qualityNotes(rows[0]!), ...thinned], dots: drawn, missing: null};
}

/** In an order without any class on top: any first part of it is spread evenly over the whole. */
function mixed(dots: readonly Dot[]): Dot[] {
  const place = dots.map((_, i) => (i * GOLDEN) % 1);
  return Array.from(dots.keys())
    .sort((a, b) => place[a]! - place[b]!)
    .map(i => dots[i]!);
}

/** What the table says of the whole view. */
function qualityNotes(row: Row): string[] {
  const number = (column: string): string | null => {
    const value = row[column];
    return typeof value === 'number' ? value.toFixed(3) : null;
  };
  const [x, y] = [row['explained_x'], row['explained_y']];
  const explained = typeof x === 'number' && typeof y === 'number' ? (x + y).toFixed(3) : null;
  return [
    ['trustworthiness', number('trustworthiness')],
    ['continuity', number('continuity')],
    ['explained variance', explained],
  ].flatMap(([name, value]) => (value === null ? [] : [`${name!} ${value!}`]));
}

/** In the order of their characters, but numbers within them by size. */
function classesOf(tables: readonly Table[]): string[] {
  const all = tables.flatMap(table => distinct(table.rows, 'class'));
  const names = [...new Set(all.filter(name => name !== null).map(String))];
  const keys = new Map(
    names.map(name => [name, name.replaceAll(/\d+/g, digits => digits.padStart(16, '0'))]),
  );
  return names.sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1));
}
