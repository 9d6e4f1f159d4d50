import {fail} from '../../diagnostics/diagnostic.js';
import {type CsvRecord, readCsv} from './csv.js';
import {readBytes} from './file.js';
import type {MatrixRows} from './matrix-rows.js';
import {nearest} from './nearest.js';

/**
 * Reads a matrix from delimited text, in float64.
 *
 * @param label - column of labels by name or 0-based number, or null
 * Errors: E301, E302 for ragged rows and text, E303 if there are no rows, E305 for values that are not finite or missing.
 */
export async function readCsvMatrix(
  file: string,
  {header, delimiter, label}: {header: boolean; delimiter: string; label: string | number | null},
): Promise<MatrixRows> {
  let names: readonly string[] | undefined;
  let width = 0;
  let labelAt = -1;
  let rows = 0;
  let data = new Float64Array(0);
  const labels: string[] = [];
  for (const record of readCsv(await readBytes(file), delimiter, file)) {
    const {fields} = record;
    if (width === 0) {
      width = fields.length;
      names = header ? fields.map(f => f.trim()) : fields.map((_, i) => String(i));
      if (label !== null) labelAt = columnAt(label, names, file);
      if (header) continue;
    }
    if (fields.length !== width) {
      fail('E302', `${place(file, rows, record)}: ${fields.length} fields, expected ${width}`, {
        hint:
          fields.length === 1 ? 'is the delimiter right?' : 'every row must have the same number of fields',
      });
    }
    const cols = labelAt < 0 ? width : width - 1;
    if (data.length < (rows + 1) * cols) data = grown(data, Math.max(2 * data.length, 1024 * cols));
    let at = rows * cols;
    for (let i = 0; i < width; i++) {
      if (i === labelAt) labels.push(fields[i]!);
      else data[at++] = numberIn(fields[i]!, () => `${place(file, rows, record)}, column ${names![i]!}`);
    }
    rows++;
  }
  const cols = labelAt < 0 ? width : width - 1;
  if (rows === 0) fail('E303', `${file}: no rows`);
  if (cols === 0) fail('E302', `${file}: no column but the labels`);
  return {rows, cols, data: data.slice(0, rows * cols), labels: labelAt < 0 ? null : labels};
}

/** One label a row: the first and only field. */
export async function readCsvLabels(file: string): Promise<string[]> {
  const labels: string[] = [];
  for (const record of readCsv(await readBytes(file), ',', file)) {
    if (record.fields.length !== 1)
      fail(
        'E304',
        `${place(file, labels.length, record)}: ${record.fields.length} fields, expected one label`,
      );
    labels.push(record.fields[0]!);
  }
  return labels;
}

const place = (file: string, row: number, {line, offset}: CsvRecord): string =>
  `${file}: row ${row} (line ${line}, byte ${offset})`;

function columnAt(label: string | number, names: readonly string[], file: string): number {
  const at = typeof label === 'number' ? label : names.indexOf(label);
  if (at < 0 || at >= names.length)
    fail('E304', `${file}: no column ${label}`, nearest(String(label), names));
  return at;
}

const grown = (data: Float64Array, length: number): Float64Array<ArrayBuffer> => {
  const larger = new Float64Array(length);
  larger.set(data);
  return larger;
};

function numberIn(field: string, where: () => string): number {
  const text = field.trim();
  // Number() also takes "", "0x1f" and the like, which are no decimal numbers.
  const value = text === '' || /^[+-]?0[xob]/i.test(text) ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  if (text === '') return fail('E305', `${where()}: no value`);
  const infinite = !Number.isNaN(value) || /^[+-]?(nan|inf|infinity)$/i.test(text);
  if (infinite) return fail('E305', `${where()}: ${text} is not finite`);
  return fail('E302', `${where()}: "${text}" is not a number`, {
    hint: 'if it belongs to a header or to labels, set "header: true" or "label"',
  });
}
