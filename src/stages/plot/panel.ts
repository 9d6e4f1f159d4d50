import {fail} from '../../diagnostics/diagnostic.js';
import type {Table} from '../ports.js';
import {placesOf, type LayerPosition} from './layer-places.js';
import type {Average, Band, Series} from './lines.js';
import {autoSeries, averageOf, bandNote, linesOf, longName, undefinedNote, valueColumn} from './lines.js';
import {checkQuestions} from './questions.js';
import {groupBy, meanStd} from './tidy.js';

/** What a panel shows of its table. */
export interface PanelOptions {
  /** Value column; null takes the table's own. */
  readonly y: string | null;
  /** Column whose values become lines, `variant` in a sweep; `auto` and `none` besides. */
  readonly series: string;
  readonly band: Band;
}

/** A line's point at one layer: the mean of its observations, null where none is defined. */
export interface Point extends LayerPosition, Average {
  readonly series: string | null;
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

/**
 * Reduces a tidy table to lines over layers: rows of one layer and one series are averaged. E501 if the table is not tidy,
 * is empty, lacks the column asked for, or would give too many lines.
 */
export function panelOf(table: Table, options: PanelOptions): Panel {
  checkTidy(table);
  const y = valueColumn(table, options.y);
  const lines = linesOf(table, options.series === 'auto' ? autoSeries(table.rows) : options.series);
  const {layers, alike, ofLines} = placesOf(lines.rows);
  const column = table.columns.find(c => c.name === y)!;
  const cells = lines.rows.map(rows => groupBy(rows, row => String(row['layer'])));
  const points = ofLines.flatMap((line, i) => {
    const key = lines.series?.keys[i] ?? null;
    return aloneMarked(
      line.map(at => ({...at, series: key, ...averageOf(cells[i]!.get(at.layer)!, y, options.band)})),
    );
  });
  const averaged = cells.flatMap(cell => [...cell.values()]);
  checkQuestions(table.label, averaged);
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
