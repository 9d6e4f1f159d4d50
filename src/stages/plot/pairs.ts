import {fail} from '../../diagnostics/diagnostic.js';
import type {Row, Table} from '../ports.js';
import {averageOf, bandNote, longName, undefinedNote, valueColumn} from './lines.js';
import {groupBy} from './tidy.js';

/** One pair of layers: the mean of its observations, null where none is defined. */
export interface Cell {
  readonly layer: string;
  readonly other: string;
  readonly value: number | null;
}

/** A table of pairs of layers made ready to be drawn as a matrix. */
export interface Pairs {
  /** Long name of the quantity. */
  readonly title: string;
  /** What is averaged, how much is undefined, and what a blind guess gives. */
  readonly notes: readonly string[];
  /** Name of the value column. */
  readonly y: string;
  /** Label of the stage that made the table. */
  readonly label: string;
  /** Layers in the order of the forward pass, and those they are compared with. */
  readonly layers: readonly string[];
  readonly others: readonly string[];
  /** Whether the layers are compared among themselves. */
  readonly within: boolean;
  readonly cells: readonly Cell[];
}

const COLUMNS = ['layer', 'index', 'other', 'other_index'];

/** Endings of columns that say the same of a pair in the other direction. */
const BACK = ['_back', '_other'];

/**
 * Reduces a table of pairs to the cells of a matrix. A table of the layers of one network among themselves has each pair once; the pair
 * the other way round has the same value, or that of the column for the other direction where there is one (`imbalance_back`).
 * E501 if the table is not one of pairs, is empty, or lacks the column asked for.
 */
export function pairsOf(table: Table, asked: string | null): Pairs {
  const {label, rows} = table;
  const missing = COLUMNS.find(name => !table.columns.some(c => c.name === name));
  if (missing !== undefined)
    fail('E501', `the table of "${label}" is not one of pairs of layers: it has no column "${missing}"`, {
      hint: 'a matrix draws metrics between layers, such as metric: cka',
    });
  const stray = rows.find(row => typeof row['other_index'] !== 'number');
  if (stray !== undefined)
    fail(
      'E501',
      `the table of "${label}" compares layers with "${String(stray['other'])}", not with layers`,
      {
        hint: 'set with: layers in its stage; or draw it with plot: profile',
      },
    );
  if (rows.length === 0)
    fail('E501', `the table of "${label}" has no rows`, {
      hint: 'check which layers and samples its stage was given',
    });
  const y = valueColumn(table, asked);
  const [layers, others] = [ordered(rows, 'layer', 'index'), ordered(rows, 'other', 'other_index')];
  const within = amongThemselves(rows);
  const pairs = [...groupBy(rows, row => JSON.stringify([row['layer'], row['other']])).values()];
  const cells = pairs.flatMap(of => {
    const [layer, other] = [String(of[0]!['layer']), String(of[0]!['other'])];
    const there = {layer, other, value: averageOf(of, y, 'none').value};
    if (!within || layer === other) return [there];
    return [there, {layer: other, other: layer, value: averageOf(of, counterpart(table, y), 'none').value}];
  });
  const {description} = table.columns.find(c => c.name === y)!;
  return {
    title: longName(description) || y,
    notes: [...bandNote(pairs, y, 'none'), ...undefinedNote(rows, y), ...chanceNote(rows)],
    y,
    label,
    layers,
    others,
    within,
    cells,
  };
}

function ordered(rows: readonly Row[], name: string, index: string): string[] {
  const places = new Map(rows.map(row => [String(row[name]), Number(row[index])]));
  return [...places].sort(([, a], [, b]) => a - b).map(([layer]) => layer);
}

/** Whether a table has the pairs of the same layers, each pair once. */
function amongThemselves(rows: readonly Row[]): boolean {
  const layers = new Set(rows.map(row => JSON.stringify([row['layer'], row['index']])));
  const others = new Set(rows.map(row => JSON.stringify([row['other'], row['other_index']])));
  const same = layers.size === others.size && [...layers].every(layer => others.has(layer));
  return same && rows.every(row => Number(row['index']) <= Number(row['other_index']));
}

/** The column that says of (other, layer) what `y` says of (layer, other). */
function counterpart({columns}: Table, y: string): string {
  for (const ending of BACK) {
    const base = y.endsWith(ending) ? y.slice(0, -ending.length) : `${y}${ending}`;
    if (columns.some(c => c.name === base)) return base;
  }
  return y;
}

/** `chance 0.017`, where the table says what unrelated layers have. */
function chanceNote(rows: readonly Row[]): string[] {
  const levels = rows.map(row => row['chance']).filter(v => typeof v === 'number');
  if (levels.length === 0) return [];
  const ends = [Math.min(...levels), Math.max(...levels)].map(v => String(Number(v.toPrecision(2))));
  return [`chance ${[...new Set(ends)].join(' to ')}`];
}
