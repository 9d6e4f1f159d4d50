import {fail} from '../../diagnostics/diagnostic.js';
import {gridOf} from '../metric/token-grid.js';
import type {Row, Table} from '../ports.js';
import {averageOf, bandNote, longName, undefinedNote, valueColumn} from './lines.js';
import {partsOf} from './parts.js';
import {checkQuestions} from './questions.js';
import {groupBy} from './tidy.js';

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
export function tokenPanelsOf(table: Table, {y: asked, special, grid}: TokenPanelsOptions): TokenPanels {
  const y = valueColumn(table, asked);
  const names = table.columns.map(c => c.name);
  const tokens = table.rows.filter(row => typeof row['token'] === 'number');
  if (tokens.length === 0)
    fail('E501', `the table of "${table.label}" has no rows of tokens`, {
      hint: 'extract with pool: tokens, and measure with a metric of tokens, such as spectrum-alpha',
    });
  const placed = names.includes('x') && names.includes('y');
  const {first, rows, columns} = placed ? placesOf(tokens) : placesAmong(tokens, {special, grid});
  const shown = tokens.filter(row => Number(row['token']) >= first);
  const by = names.includes('layer') ? 'layer' : names.includes('k') ? 'k' : null;
  const parts = partsOf({...table, rows: shown}, by).map(part => ({
    name: part.name,
    patches: [...groupBy(part.rows, row => Number(row['token']) - first)],
  }));
  const {description, type} = table.columns.find(c => c.name === y)!;
  const averaged = parts.flatMap(part => part.patches.map(([, of]) => of));
  checkQuestions(table.label, averaged);
  return {
    title: longName(description) || y,
    notes: [...bandNote(averaged, y, 'none'), ...undefinedNote(shown, y)],
    y,
    grid: [rows, columns],
    clusters: type === 'int',
    panels: parts.map(({name, patches}) => ({
      name: name === null ? table.label : by === 'k' ? `k = ${name}` : name,
      notes:
        by === 'k'
          ? clusteringNotes(table.rows.find(row => row['token'] === null && String(row['k']) === name))
          : [],
      patches: patches.map(([at, of]) => ({
        x: at % columns,
        y: Math.floor(at / columns),
        value: averageOf(of, y, 'none').value,
      })),
    })),
  };
}

interface Places {
  /** Number of the first patch token. */
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
}

function placesAmong(
  rows: readonly Row[],
  options: {readonly special: number | null; readonly grid: readonly number[] | null},
): Places {
  const tokens = 1 + Math.max(...rows.map(row => Number(row['token'])));
  const {first, width} = gridOf(tokens, options);
  return {first, rows: (tokens - first) / width, columns: width};
}

/** The grid of a table that says where its patches lie. */
function placesOf(rows: readonly Row[]): Places {
  const most = (column: string): number => Math.max(...rows.map(row => Number(row[column])));
  const first = Math.min(...rows.map(row => Number(row['token'])));
  return {first, rows: most('y') + 1, columns: most('x') + 1};
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
