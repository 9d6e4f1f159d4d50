import {fail} from '../../diagnostics/diagnostic.js';
import type {Row, Table} from '../ports.js';
import type {Average, Series} from './lines.js';
import {autoLines, averageOf, bandNote, linesOf, undefinedNote} from './lines.js';
import {checkQuestions} from './questions.js';
import {groupBy, observation} from './tidy.js';

/** A line's point at one rank. */
export interface SpectrumPoint extends Average {
  readonly series: string | null;
  readonly rank: number;
  /** Geometric mean of the shares of the variance; above 0. */
  readonly value: number;
  /** Whether it is all that its line has. */
  readonly alone: boolean;
}

/** One table of eigenvalues made ready to be drawn. */
export interface SpectrumPanel {
  readonly notes: readonly string[];
  /** Label of the stage that made the table. */
  readonly label: string;
  readonly series: Series | null;
  /** Line by line, by rank. */
  readonly points: readonly SpectrumPoint[];
}

/**
 * Reduces a table of eigenvalues to lines over ranks: the logarithms of the rows of one line and rank are averaged, so that the mean of
 * power laws is one. E501 if the table is not of eigenvalues, or would give too many lines.
 *
 * @param by column whose values become lines; `auto` and `none` besides
 */
export function spectrumPanelOf(table: Table, by: string): SpectrumPanel {
  const {label, rows} = table;
  if (['rank', 'share'].some(name => !table.columns.some(c => c.name === name)))
    fail('E501', `the table of "${label}" is not of eigenvalues by rank`, {
      hint: 'draw the table of metric eigenvalues',
    });
  const lines = linesOf(table, by === 'auto' ? autoLines(rows) : by);
  const cells = lines.rows.map(line =>
    [...groupBy(line.filter(isEigenvalue), row => Number(row['rank']))].sort(([a], [b]) => a - b),
  );
  const points = cells.flatMap((line, i) =>
    line.map(([rank, of]) => ({
      series: lines.series?.keys[i] ?? null,
      rank,
      ...geometricMean(of),
      alone: line.length === 1,
    })),
  );
  const averaged = cells.flat().map(([, of]) => of);
  checkQuestions(label, averaged);
  return {
    notes: [
      ...bandNote(averaged, 'share', 'std').map(note => `${note}, of logarithms`),
      // Spectra are counted, not the eigenvalues of those that are defined.
      ...undefinedNote(
        rows.filter(row => (row['rank'] ?? 1) === 1),
        'share',
      ),
    ],
    label,
    series: lines.series,
    points,
  };
}

/** A logarithm has no place for a share of 0. */
const isEigenvalue = (row: Row): boolean =>
  typeof observation(row, 'share') === 'number' && Number(row['share']) > 0;

/** The mean of the shares of some rows, with a band of one standard deviation, both of logarithms. */
function geometricMean(rows: readonly Row[]): Average & {readonly value: number} {
  const logarithms = rows.map(({share}): Row => ({share: Math.log(Number(share))}));
  const {value, low, high, observations} = averageOf(logarithms, 'share', 'std');
  return {value: Math.exp(value!), low: Math.exp(low!), high: Math.exp(high!), observations};
}
