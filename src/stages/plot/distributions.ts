import {fail} from '../../diagnostics/diagnostic.js';
import type {Row, Table} from '../ports.js';
import type {Bin} from './histogram.js';
import {binEdges, histogram} from './histogram.js';
import {longName, undefinedNote, valueColumn} from './lines.js';
import {partsOf} from './parts.js';
import {checkQuestions, wholes} from './questions.js';
import {meanStd, observation} from './tidy.js';

export interface DistributionsOptions {
  /** Value column; null takes the table's own. */
  readonly y: string | null;
  /** Column whose values get a panel each; `auto` is the layer, `none` one panel of all rows. */
  readonly by: string;
  /** Bins over the range of all panels, at most. */
  readonly bins: number;
}

/** The values of one layer or class. */
export interface Distribution {
  /** Null if all rows are in one. */
  readonly name: string | null;
  readonly n: number;
  /** Null without values. */
  readonly mean: number | null;
  readonly bins: readonly Bin[];
}

export interface Distributions {
  /** Long name of the quantity. */
  readonly title: string;
  readonly notes: readonly string[];
  /** Name of the value column. */
  readonly y: string;
  /** Ends of the bins of all. */
  readonly range: readonly [low: number, high: number];
  readonly panels: readonly Distribution[];
}

/** Histograms of a column over the same bins. E501 if the table has no such columns, no value, or too many panels to tell apart. */
export function distributionsOf(table: Table, {y: asked, by, bins}: DistributionsOptions): Distributions {
  const y = valueColumn(table, asked);
  const layered = table.columns.some(c => c.name === 'layer');
  const column = by === 'auto' ? (layered ? 'layer' : null) : by === 'none' ? null : by;
  const rows = column === 'group' ? table.rows : wholes(table.rows);
  const drawn = partsOf({...table, rows}, column);
  checkQuestions(
    table.label,
    drawn.map(part => part.rows),
  );
  const parts = drawn.map(({name, rows: of}) => ({name, values: valuesOf(of, y)}));
  const all = parts.flatMap(part => part.values);
  if (all.length === 0)
    fail('E501', `column "${y}" of the table of "${table.label}" has no value to draw`, {
      hint: 'see why: strata show RUN, column status; or choose another column by y',
    });
  const {description, type} = table.columns.find(c => c.name === y)!;
  const edges = binEdges(all, bins, type === 'int');
  return {
    title: longName(description.replace(/^[a-z]+: /, '')) || y,
    notes: undefinedNote(table.rows, y),
    y,
    range: [edges[0]!, edges.at(-1)!],
    panels: parts.map(({name, values}) => ({
      name,
      n: values.length,
      mean: values.length === 0 ? null : meanStd(values).mean,
      bins: values.length === 0 ? [] : histogram(values, edges),
    })),
  };
}

const valuesOf = (rows: readonly Row[], y: string): number[] =>
  rows.map(row => observation(row, y)).filter(v => typeof v === 'number');
