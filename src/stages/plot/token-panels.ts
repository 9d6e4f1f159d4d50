import {fail} from '../../diagnostics/diagnostic.js';
import {gridOf} from '../metric/token-grid.js';
import type {Row, Table} from '../ports.js';
import {bandNote, linesOf, longName, undefinedNote, valueColumn} from './lines.js';
import {groupBy, meanStd, observation} from './tidy.js';

export interface TokenPanelsOptions {
  /** Value column; null takes the table's own. */
  readonly y: string | null;
  /** Tokens before the patches, and rows and columns of patches; null finds them out. */
  readonly special: number | null;
  readonly grid: readonly number[] | null;
}

/** A patch of the picture: column and row from the upper left corner, and its value, null where undefined. */
export interface Patch {
  readonly x: number;
  readonly y: number;
  readonly value: number | null;
}

/** The patches of one layer, or of one clustering. */
export interface TokenPanel {
  readonly name: string;
  readonly notes: readonly string[];
  readonly patches: readonly Patch[];
}

export interface TokenPanels {
  /** Long name of the quantity. */
  readonly title: string;
  readonly notes: readonly string[];
  /** Name of the value column. */
  readonly y: string;
  /** Rows and columns of patches. */
  readonly grid: readonly [rows: number, columns: number];
  /** Whether values are numbers of clusters rather than amounts. */
  readonly clusters: boolean;
  readonly panels: readonly TokenPanel[];
}

/**
 * Lays the values of the tokens out on the grid of patches: a panel for each layer, or for each clustering of a table that has no
 * layers. E501 if the table has no tokens, or they make no such grid.
 */
export function tokenPanelsOf(
  table: Table,
  {y: asked, special, grid: shape}: TokenPanelsOptions,
): TokenPanels {
  const y = valueColumn(table, asked);
  const names = table.columns.map(c => c.name);
  const patchRows = table.rows.filter(row => typeof row['token'] === 'number');
  if (patchRows.length === 0)
    fail('E501', `the table of "${table.label}" has no rows of tokens`, {
      hint: 'extract with pool: tokens, and measure with a metric of tokens, such as spectrum-alpha',
    });
  const placed = names.includes('x') && names.includes('y');
  const tokens = 1 + Math.max(...patchRows.map(row => Number(row['token'])));
  const grid = placed ? gridOfPlaces(patchRows) : gridAmong(tokens, {special, grid: shape});
  const by = names.includes('layer') ? 'layer' : 'k';
  const {series, rows} = linesOf({...table, rows: patchRows}, names.includes(by) ? by : null);
  const column = table.columns.find(c => c.name === y)!;
  const cells = rows.map(part => [...groupBy(part, row => Number(row['token'])).entries()]);
  return {
    title: longName(column.description) || y,
    notes: [
      ...bandNote(
        cells.flatMap(part => part.map(([, of]) => of)),
        y,
        'none',
      ),
      ...undefinedNote(patchRows, y),
    ],
    y,
    grid: [grid.rows, grid.width],
    clusters: column.type === 'int',
    panels: cells.map((part, i) => {
      const key = series?.keys[i] ?? table.label;
      return {
        name: by === 'k' && series !== null ? `k = ${key}` : key,
        notes: clusteringNotes(table.rows.find(row => row['token'] === null && String(row[by]) === key)),
        patches: part.flatMap(([token, of]) => {
          const at = token - grid.first;
          if (at < 0) return [];
          return [{x: at % grid.width, y: Math.floor(at / grid.width), value: meanOf(of, y)}];
        }),
      };
    }),
  };
}

interface Places {
  readonly first: number;
  readonly width: number;
  readonly rows: number;
}

function gridAmong(
  tokens: number,
  options: {special: number | null; grid: readonly number[] | null},
): Places {
  const {first, width} = gridOf(tokens, options);
  return {first, width, rows: (tokens - first) / width};
}

/** The grid of a table that says where its patches lie. */
function gridOfPlaces(rows: readonly Row[]): Places {
  const most = (column: string): number => Math.max(...rows.map(row => Number(row[column])));
  return {
    first: Math.min(...rows.map(row => Number(row['token']))),
    width: most('x') + 1,
    rows: most('y') + 1,
  };
}

function meanOf(rows: readonly Row[], y: string): number | null {
  const values = rows.map(row => observation(row, y)).filter(v => typeof v === 'number');
  return values.length === 0 ? null : meanStd(values).mean;
}

/** What the row of a clustering says of it: how distinct clusters are, and whether they hold together in the picture. */
function clusteringNotes(row: Row | undefined): string[] {
  const said = (name: string, column: string): string[] => {
    const value = row?.[column];
    return typeof value === 'number' ? [`${name} ${value.toFixed(2)}`] : [];
  };
  return [
    ...said('silhouette', 'silhouette'),
    [...said('joins', 'joins'), ...said('chance', 'joins_chance')].join(', '),
  ].filter(note => note !== '');
}
