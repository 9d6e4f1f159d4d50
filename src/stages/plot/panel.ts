import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {Row, Table} from '../ports.js';
import {placesOf, type LayerPosition} from './layer-places.js';
import {distinct, groupBy, meanStd, observation, valueColumns} from './tidy.js';
import {variantNames} from './variant-names.js';

/** What a panel shows of its table. */
export interface PanelOptions {
  /** Value column; null takes the table's own. */
  readonly y: string | null;
  /** Column whose values become lines, `variant` in a sweep; `auto` and `none` besides. */
  readonly series: string;
  readonly band: 'std' | 'minmax' | 'none';
}

/** The lines of a panel: what the legend is headed by, and the name of each. */
export interface Series {
  readonly title: string;
  readonly keys: readonly string[];
  readonly ordered: boolean;
}

/** A line's point at one layer: the mean of its observations, null where none is defined. */
export interface Point extends LayerPosition {
  readonly series: string | null;
  readonly value: number | null;
  /** Ends of the band; null without one. */
  readonly low: number | null;
  readonly high: number | null;
  /** Number of observations that the mean is of. */
  readonly observations: number;
  /** Whether neither neighbour on its line is defined, so that its band has no width. */
  readonly alone: boolean;
}

/** One table made ready to be drawn. */
export interface Panel {
  /** Long name of the quantity. */
  readonly title: string;
  /** What mean and band are of, and how much is undefined. */
  readonly notes: readonly string[];
  /** Name of the value column. */
  readonly y: string;
  /** Label of the stage that made the table. */
  readonly label: string;
  readonly layers: readonly LayerPosition[];
  /** Whether a layer of one name stands at one place in all lines. */
  readonly alike: boolean;
  readonly series: Series | null;
  readonly points: readonly Point[];
  /** Value expected of a blind guess, by layer; null if the table has none. */
  readonly chance: readonly (LayerPosition & {readonly chance: number})[] | null;
}

/** More groups than this are averaged rather than drawn one by one, unless asked for. */
const MAX_GROUPS = 12;
/** More lines than this cannot be told apart. */
const MAX_SERIES = 21;

/**
 * Reduces a tidy table to lines over layers: rows of one layer and one series are averaged. E501 if the table is not tidy,
 * is empty, lacks the column asked for, or would give too many lines.
 */
export function panelOf(table: Table, options: PanelOptions): Panel {
  checkTidy(table);
  const y = valueColumn(table, options.y);
  const lines = linesOf(table, options.series);
  const {layers, alike, ofLines} = placesOf(lines.rows);
  const column = table.columns.find(c => c.name === y)!;
  const cells = lines.rows.map(rows => groupBy(rows, row => String(row['layer'])));
  const points = ofLines.flatMap((line, i) => {
    const key = lines.series?.keys[i] ?? null;
    return aloneMarked(line.map(at => pointOf(at, key, cells[i]!.get(at.layer)!, y, options.band)));
  });
  const averaged = cells.flatMap(cell => [...cell.values()]);
  return {
    title: longName(column.description) || y,
    notes: [...bandNote(averaged, y, options.band), ...undefinedNote(table.rows, y)],
    y,
    label: table.label,
    layers,
    alike,
    series: lines.series,
    points,
    chance: chanceOf(table, layers, alike),
  };
}

/** Says of each point of a line whether it has no neighbour. */
const aloneMarked = (line: readonly Omit<Point, 'alone'>[]): Point[] =>
  line.map((point, i) => ({
    ...point,
    alone:
      point.value !== null && (line[i - 1]?.value ?? null) === null && (line[i + 1]?.value ?? null) === null,
  }));

function checkTidy(table: Table): void {
  const missing = ['layer', 'depth', 'index'].filter(name => !table.columns.some(c => c.name === name));
  if (missing.length > 0)
    fail(
      'E501',
      `the table of "${table.label}" cannot be drawn over layers: it has no column "${missing[0]!}"`,
      {
        hint: 'a profile draws the tables of metrics and probes',
      },
    );
  if (table.rows.length === 0)
    fail('E501', `the table of "${table.label}" has no rows`, {
      hint: 'check which layers and samples its stage was given',
    });
}

function valueColumn(table: Table, asked: string | null): string {
  const columns = valueColumns(table);
  const y = asked ?? table.value;
  if (y !== null && columns.includes(y)) return y;
  const message = y === null ? 'no column to show by default' : `no column of values "${y}"`;
  return fail('E501', `the table of "${table.label}" has ${message}`, columnHint(y ?? '', columns));
}

/** The rows of each line. */
function linesOf(table: Table, asked: string): {series: Series | null; rows: readonly (readonly Row[])[]} {
  const column = asked === 'auto' ? autoSeries(table.rows) : asked === 'none' ? null : asked;
  if (column === null) return {series: null, rows: [table.rows]};
  const names = table.columns.map(c => c.name);
  if (!names.includes(column))
    fail(
      'E501',
      `the table of "${table.label}" has no column "${column}" to draw lines by`,
      columnHint(column, names),
    );
  const values = distinct(table.rows, column);
  if (values.length > MAX_SERIES)
    fail(
      'E501',
      `"${column}" of "${table.label}" would give ${values.length} lines; ${MAX_SERIES} can be told apart`,
      {
        hint:
          column === 'variant'
            ? 'sweep fewer values, or compare the variants as a table: strata compare NAME'
            : 'set series: none for their mean and spread',
      },
    );
  const byKey = groupBy(table.rows, row => keyOf(row[column]));
  if (column === 'variant') {
    const {title, names: keys, ordered} = variantNames([...byKey.keys()]);
    return {series: {title, keys, ordered}, rows: [...byKey.values()]};
  }
  const numbers = values.filter(v => typeof v === 'number').sort((a, b) => a - b);
  // Fractions are read from the whole down; other numbers upwards; names in the order of the table.
  const ordered = numbers.length === values.length;
  const sorted = !ordered ? values : column === 'fraction' ? numbers.reverse() : numbers;
  const keys = sorted.map(keyOf);
  return {series: {title: column, keys, ordered}, rows: keys.map(key => byKey.get(key)!)};
}

function autoSeries(rows: readonly Row[]): string | null {
  if (distinct(rows, 'fraction').length > 1) return 'fraction';
  const groups = distinct(rows, 'group').length;
  return groups > 1 && groups <= MAX_GROUPS ? 'group' : null;
}

const keyOf = (value: Row[string] | undefined): string => String(value ?? 'all');

function pointOf(
  position: LayerPosition,
  series: string | null,
  rows: readonly Row[],
  y: string,
  band: PanelOptions['band'],
): Omit<Point, 'alone'> {
  const values = rows.map(row => observation(row, y)).filter(v => typeof v === 'number');
  const observations = values.length;
  if (observations === 0) return {...position, series, value: null, low: null, high: null, observations};
  const {mean, std} = meanStd(values);
  const [low, high] =
    band === 'std'
      ? [mean - std, mean + std]
      : band === 'minmax'
        ? [Math.min(...values), Math.max(...values)]
        : [null, null];
  return {...position, series, value: mean, low, high, observations};
}

/** The quantity's name: a column's description up to its first aside. */
function longName(description: string): string {
  const name = description.split(/[;,]\s|(?<=\w)\s\(|\.(?:\s|$)/)[0]!.trim();
  return name.charAt(0).toUpperCase() + name.slice(1);
}

const BAND_WORDS = {std: 'mean ± std', minmax: 'mean, min to max', none: 'mean'};

/** `mean ± std of 5 repeats`, if anything was averaged. */
function bandNote(averaged: readonly (readonly Row[])[], y: string, band: PanelOptions['band']): string[] {
  const defined = averaged.map(rows => rows.filter(row => typeof observation(row, y) === 'number'));
  if (defined.every(rows => rows.length <= 1)) return [];
  const counts = ['fraction', 'repeat', 'group', 'token']
    .map(column => ({column, n: Math.max(...defined.map(rows => distinct(rows, column).length))}))
    .filter(({n}) => n > 1)
    .map(({column, n}) => `${n} ${column}s`);
  return [`${BAND_WORDS[band]} of ${counts.length > 0 ? counts.join(' × ') : 'all rows'}`];
}

/** `2 of 40 undefined: constant`, if anything was. */
function undefinedNote(rows: readonly Row[], y: string): string[] {
  const reasons = rows.map(row => observation(row, y)).filter(v => typeof v === 'string');
  if (reasons.length === 0) return [];
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const list = [...counts].map(([reason, n]) => (counts.size === 1 ? reason : `${n} ${reason}`));
  return [`${reasons.length} of ${rows.length} undefined: ${list.join(', ')}`];
}

function chanceOf(table: Table, layers: readonly LayerPosition[], alike: boolean): Panel['chance'] {
  if (!table.columns.some(c => c.name === 'chance')) return null;
  const byLayer = groupBy(table.rows, row => String(row['layer']));
  const levels = layers.flatMap(position => {
    const values = byLayer
      .get(position.layer)!
      .map(row => row['chance'])
      .filter(v => typeof v === 'number');
    return values.length > 0 ? [{...position, chance: meanStd(values).mean}] : [];
  });
  // Of networks that differ, only what is the same throughout can be shown.
  if (!alike && new Set(levels.map(level => level.chance)).size > 1) return null;
  return levels.length > 0 ? levels : null;
}

function columnHint(name: string, columns: readonly string[]): {hint?: string} {
  const hint = suggestion(name, columns, 'it has');
  return hint === null ? {} : {hint};
}
