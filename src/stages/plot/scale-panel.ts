import {fail} from '../../diagnostics/diagnostic.js';
import type {Row, Table} from '../ports.js';
import type {Average, Band, Series} from './lines.js';
import {autoLines, averageOf, bandNote, linesOf, longName, undefinedNote, valueColumn} from './lines.js';
import {answers, checkQuestions} from './questions.js';
import {distinct, groupBy, meanStd, observation} from './tidy.js';

/** What is read along the axis: numbers of samples, or distances. */
export type ScaleAxis = 'n' | 'scale';

export interface ScaleOptions {
  readonly x: ScaleAxis;
  /** Value column; null takes the table's own. */
  readonly y: string | null;
  /** Column whose values become lines; `auto` and `none` besides. */
  readonly series: string;
  readonly band: Band;
}

/** A line's point at one scale. */
export interface ScalePoint extends Average {
  readonly series: string | null;
  /** Mean of the scale over the observations; above 0. */
  readonly x: number;
}

/** One table made ready to be drawn over scales. */
export interface ScalePanel {
  readonly title: string;
  readonly notes: readonly string[];
  /** Name of the value column. */
  readonly y: string;
  /** Label of the stage that made the table. */
  readonly label: string;
  readonly series: Series | null;
  /** Line by line, in ascending order of the scale. */
  readonly points: readonly ScalePoint[];
}

/**
 * Reduces a tidy table to lines over scales: rows of one line and one size of subset (and, of Gride, one pair of neighbours) are
 * averaged. Points without a value are left out. E501 if the table lacks a column that is needed, or would give too many lines.
 */
export function scalePanelOf(table: Table, {x, y: asked, series: by, band}: ScaleOptions): ScalePanel {
  if (!table.columns.some(c => c.name === x))
    fail('E501', `the table of "${table.label}" has no column "${x}" to draw over`, {
      hint:
        x === 'scale'
          ? 'metric twonn and gride have one; or set x: n'
          : 'draw the table of a metric or probe',
    });
  const y = valueColumn(table, asked);
  const series = by === 'auto' ? autoLines(table.rows) : by;
  // A line goes along the distances at one size, not along both.
  const shown =
    x === 'scale' && hasScales(table) && series !== 'fraction'
      ? largest(table.rows)
      : {rows: table.rows, notes: []};
  const lines = linesOf({...table, rows: shown.rows}, series);
  const cells = lines.rows.map(rows => [...groupBy(rows, x === 'n' ? sizeOf : scaleOf).values()]);
  checkQuestions(table.label, cells.flat());
  const points = cells.flatMap((line, i) =>
    line
      .flatMap((rows): ScalePoint[] => {
        const defined = rows.filter(row => typeof observation(row, y) === 'number');
        const scales = defined.map(row => row[x]).filter(v => typeof v === 'number');
        if (scales.length === 0) return [];
        const {mean} = meanStd(scales);
        // A logarithm has no place for a distance of 0, as that of duplicates is.
        return mean > 0
          ? [{series: lines.series?.keys[i] ?? null, x: mean, ...averageOf(defined, y, band)}]
          : [];
      })
      .sort((a, b) => a.x - b.x),
  );
  const column = table.columns.find(c => c.name === y)!;
  return {
    title: longName(column.description) || y,
    notes: [...shown.notes, ...bandNote(cells.flat(), y, band), ...undefinedNote(shown.rows, y)],
    y,
    label: table.label,
    series: lines.series,
    points,
  };
}

/** Whether one number of samples is measured at several distances, as by Gride. */
export const hasScales = ({rows}: Table): boolean => answers(rows, 'scale_n1').length > 1;

/** Rows of the largest share of the samples, and a note if there are others. */
function largest(rows: readonly Row[]): {rows: readonly Row[]; notes: readonly string[]} {
  const fractions = distinct(rows, 'fraction').filter(f => typeof f === 'number');
  if (fractions.length < 2) return {rows, notes: []};
  const most = Math.max(...fractions);
  return {rows: rows.filter(row => row['fraction'] === most), notes: [`of fraction ${most} alone`]};
}

/** What rows of one size have in common. */
const sizeOf = (row: Row): string => String(row['fraction']);
/** What rows of one size and, of Gride, one pair of neighbours have in common. */
const scaleOf = (row: Row): string => `${sizeOf(row)} ${String(row['scale_n2'])}`;
