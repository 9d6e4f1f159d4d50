import {fail} from '../../diagnostics/diagnostic.js';
import type {FloatArray} from '../ports.js';

/** What a file of numbers holds, in whichever format. */
export interface MatrixRows {
  readonly rows: number;
  readonly cols: number;
  /** Row-major; float32 if the file has no more than that, else float64. */
  readonly data: FloatArray;
  /** One a row, as the file has them; null without a column of labels. */
  readonly labels: readonly unknown[] | null;
}

/** Class numbers where all labels are whole numbers, else class names. Errors: E304 for labels that are neither. */
export function toClasses(
  labels: readonly unknown[],
  file: string,
): {label: number | null; class: string | null}[] {
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
