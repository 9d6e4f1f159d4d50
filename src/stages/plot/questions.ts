import {fail} from '../../diagnostics/diagnostic.js';
import type {Row} from '../ports.js';
import {distinct, groupBy} from './tidy.js';

/**
 * Columns that say what was asked, not of which samples, with what to do where rows differ in one: they answer different questions,
 * and their mean answers none.
 */
const QUESTIONS: Readonly<Record<string, string>> = {
  other: 'draw the pairs by plot: matrix',
  range: 'draw lines by series: range, or let the metric fit one range',
  scale_n1: 'draw them by plot: scale with x: scale, or lines by series: scale_n1',
  rank: 'draw them by plot: spectrum',
};

/** The column in which the rows of a layer answer different questions; null if they answer one. */
export function questionOf(rows: readonly Row[]): string | null {
  const layers = [...groupBy(rows, row => row['layer']).values()];
  const columns = Object.keys(QUESTIONS);
  return columns.find(column => layers.some(layer => answers(layer, column).length > 1)) ?? null;
}

/** The values of such a column, in order of appearance; rows without one say why nothing was found. */
export const answers = (rows: readonly Row[], column: string): Row[string][] =>
  distinct(rows, column).filter(value => value !== null);

/**
 * Without the rows of classes where there is one of all their samples, of the same layer and subset: they are no further observation.
 */
export function wholes(rows: readonly Row[]): readonly Row[] {
  const isWhole = (row: Row): boolean => (row['group'] ?? null) === null;
  const about = ({layer, subset, variant}: Row): string => JSON.stringify([layer, subset, variant]);
  const whole = new Set(rows.filter(isWhole).map(about));
  return rows.filter(row => isWhole(row) || !whole.has(about(row)));
}

/** Rows that are averaged must answer one question. E501 if they do not. */
export function checkQuestions(label: string, averaged: readonly (readonly Row[])[]): void {
  for (const rows of averaged)
    for (const [column, hint] of Object.entries(QUESTIONS)) {
      const [first, second] = answers(rows, column);
      if (second === undefined) continue;
      const [a, b] = [first, second].map(value => (typeof value === 'string' ? `"${value}"` : String(value)));
      fail(
        'E501',
        `rows of "${label}" that differ in "${column}" (${a!}, ${b!} ...) are about different things and are not averaged`,
        {hint},
      );
    }
}
