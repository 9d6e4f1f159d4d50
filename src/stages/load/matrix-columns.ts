import {fail} from '../../diagnostics/diagnostic.js';
import type {MatrixRows} from './matrix-rows.js';
import {nearest} from './nearest.js';

/** A column of a table file. */
export interface TableColumn {
  readonly name: string;
  /** Whether float32 holds its numbers. */
  readonly single: boolean;
  /** A number, a text, a list of numbers, or null. */
  get(row: number): unknown;
}

type Numbers = ArrayLike<unknown>;
const isList = (v: unknown): v is Numbers => Array.isArray(v) || ArrayBuffer.isView(v);

/**
 * A matrix from the columns of a table: one column of vectors, or all columns of numbers but that of labels.
 *
 * @param vector - name of the column of vectors; null for the only one
 * @param label - column of labels by name or 0-based number, or null
 * Errors: E302 for a table without numbers or with ragged vectors, E303 without rows, E304, E305 for values that are not finite.
 */
export function matrixOf(
  columns: readonly TableColumn[],
  rows: number,
  {vector, label}: {vector: string | null; label: string | number | null},
  file: string,
): MatrixRows {
  if (rows === 0) fail('E303', `${file}: no rows`);
  const labels = label === null ? null : columnOf(label, columns, file);
  const features = featuresOf(columns, labels, vector, file);
  const wide = isList(features[0]!.get(0));
  const cols = wide ? (features[0]!.get(0) as Numbers).length : features.length;
  if (cols === 0) fail('E302', `${file}: column ${features[0]!.name}: vectors of length 0`);
  const data = features.every(f => f.single) ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const values = wide ? (features[0]!.get(row) as Numbers | null) : features.map(f => f.get(row));
    if (values?.length !== cols) {
      fail(
        'E302',
        `${file}: row ${row}, column ${features[0]!.name}: ${values?.length ?? 'no'} values, expected ${cols}`,
      );
    }
    for (let col = 0; col < cols; col++) {
      data[row * cols + col] = finite(values[col], () => {
        return `${file}: row ${row}, column ${wide ? `${features[0]!.name}[${col}]` : features[col]!.name}`;
      });
    }
  }
  return {
    rows,
    cols,
    data,
    labels: labels === null ? null : Array.from({length: rows}, (_, row) => labels.get(row)),
  };
}

function featuresOf(
  columns: readonly TableColumn[],
  labels: TableColumn | null,
  vector: string | null,
  file: string,
): TableColumn[] {
  if (vector !== null) {
    const column = columnOf(vector, columns, file);
    if (!isList(column.get(0))) fail('E302', `${file}: column ${vector} does not hold vectors`);
    return [column];
  }
  const others = columns.filter(c => c !== labels);
  if (others.length === 0) fail('E302', `${file}: no column of numbers`);
  const vectors = others.filter(c => isList(c.get(0)));
  if (vectors.length === 0) return others;
  if (vectors.length > 1) {
    fail('E302', `${file}: several columns of vectors: ${vectors.map(c => c.name).join(', ')}`, {
      hint: 'name one in "column"',
    });
  }
  return vectors;
}

function columnOf(wanted: string | number, columns: readonly TableColumn[], file: string): TableColumn {
  const column = typeof wanted === 'number' ? columns[wanted] : columns.find(c => c.name === wanted);
  if (column !== undefined) return column;
  const names = columns.map(c => c.name);
  return fail('E304', `${file}: no column ${wanted}`, nearest(String(wanted), names));
}

function finite(value: unknown, where: () => string): number {
  const number = typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  if (typeof number === 'number') return fail('E305', `${where()}: ${number} is not finite`);
  if (number === null || number === undefined) return fail('E305', `${where()}: no value`);
  return fail('E302', `${where()}: ${JSON.stringify(number)} is not a number`, {
    hint: 'name the column of labels in "label"',
  });
}
