import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {Row, Table} from '../ports.js';
import {answers, questionOf, wholes} from './questions.js';
import {distinct, groupBy, meanStd, observation, valueColumns} from './tidy.js';
import {variantNames} from './variant-names.js';

/** What is drawn around a mean. */
export type Band = 'std' | 'minmax' | 'none';

/** The lines of a panel: what the legend is headed by, and the name of each. */
export interface Series {
  readonly title: string;
  readonly keys: readonly string[];
  readonly ordered: boolean;
}

/** Mean of the observations of some rows, null where none is defined. */
export interface Average {
  readonly value: number | null;
  /** Ends of the band; null without one. */
  readonly low: number | null;
  readonly high: number | null;
  /** Number of observations that the mean is of. */
  readonly observations: number;
}

/** More groups than this are averaged rather than drawn one by one, unless asked for. */
const MAX_GROUPS = 12;
/** More lines than this cannot be told apart. */
const MAX_SERIES = 21;

/** The column asked for, or the one that the table shows by default. E501 if it has none such. */
export function valueColumn(table: Table, asked: string | null): string {
  const columns = valueColumns(table);
  const y = asked ?? table.value;
  if (y !== null && columns.includes(y)) return y;
  const message = y === null ? 'no column to show by default' : `no column of values "${y}"`;
  return fail('E501', `the table of "${table.label}" has ${message}`, columnHint(y ?? '', columns));
}

/**
 * The rows of each line, one line if the column is null or "none". E501 if the table has no such column, or has too many values
 * in it.
 */
export function linesOf(
  table: Table,
  column: string | null,
): {series: Series | null; rows: readonly (readonly Row[])[]} {
  if (column === null || column === 'none') return {series: null, rows: [wholes(table.rows)]};
  const names = table.columns.map(c => c.name);
  if (!names.includes(column))
    fail(
      'E501',
      `the table of "${table.label}" has no column "${column}" to draw lines by`,
      columnHint(column, names),
    );
  const rows = column === 'group' ? table.rows : wholes(table.rows);
  const values = distinct(rows, column);
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
  const byKey = groupBy(rows, row => keyOf(row[column]));
  if (column === 'variant') {
    const {title, names: keys, ordered} = variantNames([...byKey.keys()]);
    return {series: {title, keys, ordered}, rows: [...byKey.values()]};
  }
  const numbers = values.filter(v => typeof v === 'number').sort((a, b) => a - b);
  // Fractions are read from the whole down; other numbers upwards; names in the order of the table.
  const ordered = numbers.length === values.length;
  const sorted = !ordered ? values : column === 'fraction' ? numbers.reverse() : numbers;
  const keys = sorted.map(keyOf);
  // Layers stand in the order of the forward pass.
  return {
    series: {title: column, keys, ordered: ordered || column === 'layer'},
    rows: keys.map(key => byKey.get(key)!),
  };
}

/** Groups, if there are a few. */
export function fewGroups(rows: readonly Row[]): string | null {
  const groups = distinct(rows, 'group').length;
  return groups > 1 && groups <= MAX_GROUPS ? 'group' : null;
}

/** What profiles draw lines by: fractions if there are several, else a few ranges or scales, else a few groups. */
export function autoSeries(rows: readonly Row[]): string | null {
  if (distinct(rows, 'fraction').length > 1) return 'fraction';
  const question = questionOf(rows);
  return question !== null && question !== 'other' && answers(rows, question).length <= MAX_GROUPS
    ? question
    : fewGroups(rows);
}

/** What figures over scales and ranks draw lines by: layers, if there are several, else a few groups. */
export const autoLines = (rows: readonly Row[]): string | null =>
  distinct(rows, 'layer').length > 1 ? 'layer' : fewGroups(rows);

const keyOf = (value: Row[string] | undefined): string => String(value ?? 'all');

/** The mean of a column over rows, with its band. */
export function averageOf(rows: readonly Row[], y: string, band: Band): Average {
  const values = rows.map(row => observation(row, y)).filter(v => typeof v === 'number');
  const observations = values.length;
  if (observations === 0) return {value: null, low: null, high: null, observations};
  const {mean, std} = meanStd(values);
  const [low, high] =
    band === 'std'
      ? [mean - std, mean + std]
      : band === 'minmax'
        ? [Math.min(...values), Math.max(...values)]
        : [null, null];
  return {value: mean, low, high, observations};
}

/** The quantity's name: a column's description up to its first aside. */
export function longName(description: string): string {
  const name = description.split(/[;,]\s|(?<=\w)\s\(|\.(?:\s|$)/)[0]!.trim();
  // A symbol, as in k*, stays as it is.
  return name.replace(/^[a-z](?=[a-z ])/, first => first.toUpperCase());
}

const BAND_WORDS: Readonly<Record<Band, string>> = {
  std: 'mean ± std',
  minmax: 'mean, min to max',
  none: 'mean',
};

/** `mean ± std of 5 repeats`, or of `2 to 8 repeats`, if anything was averaged. */
export function bandNote(averaged: readonly (readonly Row[])[], y: string, band: Band): string[] {
  const defined = averaged
    .map(rows => rows.filter(row => typeof observation(row, y) === 'number'))
    .filter(rows => rows.length > 1);
  if (defined.length === 0) return [];
  const counts = ['layer', 'fraction', 'repeat', 'group', 'token', 'rank']
    .map(column => ({column, n: defined.map(rows => distinct(rows, column).length).filter(n => n > 1)}))
    .filter(({n}) => n.length > 0)
    .map(({column, n}) => `${[...new Set([Math.min(...n), Math.max(...n)])].join(' to ')} ${column}s`);
  return [`${BAND_WORDS[band]} of ${counts.length > 0 ? counts.join(' × ') : 'all rows'}`];
}

/** `2 of 40 undefined: constant`, if anything was. */
export function undefinedNote(rows: readonly Row[], y: string): string[] {
  const reasons = rows.map(row => observation(row, y)).filter(v => typeof v === 'string');
  if (reasons.length === 0) return [];
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const list = [...counts].map(([reason, n]) => (counts.size === 1 ? reason : `${n} ${reason}`));
  return [`${reasons.length} of ${rows.length} undefined: ${list.join(', ')}`];
}

function columnHint(name: string, columns: readonly string[]): {hint?: string} {
  const hint = suggestion(name, columns, 'it has');
  return hint === null ? {} : {hint};
}
