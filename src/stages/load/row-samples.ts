import {extname} from 'node:path';
import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {path} from '../define.js';
import type {Misfit} from '../misfit.js';
import type {Sample} from '../ports.js';
import type {Rng} from '../rng.js';
import {namesParam, readClassNames, resolveClasses} from './classes.js';
import {readCsvLabels} from './matrix-csv.js';
import {withFile} from './npy.js';
import {npyLabels} from './npy-labels.js';
import type {Selection} from './select.js';
import {select, selection} from './select.js';

/** What sources of numbered rows take: the labels of the rows, names of their classes, and which to keep. */
export const rowParams = {
  labels: path(
    'file',
    Type.Union([Type.String(), Type.Null()], {
      description: 'File of one class number or name a row: .npy, or text without header. Default: none.',
      default: null,
    }),
  ),
  names: namesParam,
  ...selection,
};

interface RowParams extends Selection {
  /** Where in its own file a source finds labels. */
  readonly label: string | number | null;
  readonly labels: string | null;
  readonly names: string | null;
}

/** A row that is kept; its sample lacks the digest of its numbers. */
export interface ChosenRow {
  readonly row: number;
  readonly sample: Omit<Sample, 'sha256'>;
}

/** Of both parameters for labels. */
export const labelMisfit = ({label, labels}: Pick<RowParams, 'label' | 'labels'>): Misfit | null =>
  label === null || labels === null
    ? null
    : {
        code: 'E304',
        param: 'labels',
        message: 'labels are given twice, by "label" and by "labels"',
        hint: 'leave one of them out',
      };

/**
 * The rows that the parameters ask for, in their order; the id of a sample is the number of its row.
 *
 * @param own - the labels that the source has itself, and where; used without a file of labels
 * Errors: E301, E302, E304, E306.
 */
export async function chooseRows(
  count: number,
  own: {readonly labels: readonly unknown[] | null; readonly from: string},
  params: RowParams,
  rng: Rng,
): Promise<{chosen: ChosenRow[]; classes: readonly string[]}> {
  const labels = params.labels === null ? own.labels : await readLabels(params.labels);
  const from = params.labels ?? own.from;
  if (labels !== null && labels.length !== count)
    fail('E304', `${from}: ${labels.length} labels for ${count} rows`);
  const classed = labels === null ? null : toClasses(labels, from);
  const listed = Array.from({length: count}, (_, row) => ({
    row,
    id: String(row),
    label: classed?.[row]?.label ?? null,
    class: classed?.[row]?.class ?? null,
    split: null,
  }));
  const names = params.names === null ? null : await readClassNames(params.names);
  const {rows, classes} = resolveClasses(listed, names, from);
  const chosen = select(rows, classes, params, rng).map(({row, id, ...known}) => {
    return {row, sample: {id, uri: id, ...known, boxes: []}};
  });
  return {chosen, classes};
}

async function readLabels(file: string): Promise<readonly unknown[]> {
  return extname(file).toLowerCase() === '.npy' ? withFile(file, npyLabels) : readCsvLabels(file);
}

/** Class numbers where all labels are whole numbers, else class names. Errors: E304 for labels that are neither. */
function toClasses(labels: readonly unknown[], file: string): {label: number | null; class: string | null}[] {
  const values = labels.map((v, row) => {
    if (typeof v === 'string' && v.trim() !== '') return v.trim();
    if (typeof v === 'bigint' || (typeof v === 'number' && Number.isInteger(v)) || typeof v === 'boolean')
      return String(Number(v));
    return fail(
      'E304',
      `${file}: row ${row}: label ${v === '' || v == null ? 'is missing' : JSON.stringify(v) + ' is not a class'}`,
    );
  });
  const numbered = values.every(v => /^\d+$/.test(v));
  return values.map(v => (numbered ? {label: Number(v), class: null} : {label: null, class: v}));
}
