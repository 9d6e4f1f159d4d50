import {fail} from '../../diagnostics/diagnostic.js';
import type {Box} from '../ports.js';
import {readCsv} from './csv.js';
import {readBytes} from './file.js';
import {parseJson} from './json.js';
import {nearest} from './nearest.js';

/** Which columns (CSV) or keys (JSON) hold what; null is not read. */
export interface SidecarColumns {
  readonly file: string;
  readonly label: string | null;
  readonly class: string | null;
  readonly split: string | null;
  /** One key with [x0, y0, x1, y1] or a list of them, or four columns. */
  readonly boxes: string | readonly string[] | null;
}

export interface SidecarEntry {
  readonly label: number | null;
  readonly class: string | null;
  readonly split: string | null;
  readonly boxes: readonly Box[];
}

/** A row of the file: its values by column, and where it is. */
interface Row {
  readonly where: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * What a file beside the images says of them, by image: CSV with a header, a JSON list of objects, or a JSON object keyed by image
 * (to objects, or to plain class numbers or names). Several rows of an image add up their boxes.
 *
 * Errors: E301, E302 for a damaged file, E304 for columns or values that are missing or contradict each other.
 */
export async function readSidecar(file: string, columns: SidecarColumns): Promise<Map<string, SidecarEntry>> {
  const entries = new Map<string, SidecarEntry>();
  for (const row of rowsOf(await readBytes(file), file, columns)) {
    const name = value(row, columns.file);
    if (typeof name !== 'string') fail('E304', `${row.where}: "${columns.file}" is not a file name`);
    const entry: SidecarEntry = {
      label: columns.label === null ? null : labelOf(row, columns.label),
      class: columns.class === null ? null : textOf(row, columns.class),
      split: columns.split === null ? null : textOf(row, columns.split),
      boxes: columns.boxes === null ? [] : boxesOf(row, columns.boxes),
    };
    const earlier = entries.get(name);
    if (earlier === undefined) {
      entries.set(name, entry);
      continue;
    }
    for (const key of ['label', 'class', 'split'] as const) {
      if (earlier[key] !== entry[key]) {
        fail(
          'E304',
          `${row.where}: ${key} of ${name} is ${String(entry[key])}, in an earlier row ${String(earlier[key])}`,
        );
      }
    }
    entries.set(name, {...earlier, boxes: [...earlier.boxes, ...entry.boxes]});
  }
  return entries;
}

function* rowsOf(content: Buffer, file: string, columns: SidecarColumns): Generator<Row> {
  if (!file.toLowerCase().endsWith('.json')) {
    yield* csvRows(content, file);
    return;
  }
  const json = parseJson(content.toString('utf8'), file);
  if (Array.isArray(json)) {
    for (const [i, item] of json.entries()) {
      const where = `${file}: entry ${i}`;
      if (typeof item !== 'object' || item === null) fail('E302', `${where} is not an object`);
      yield {where, values: item as Record<string, unknown>};
    }
  } else if (typeof json === 'object' && json !== null) {
    for (const [key, item] of Object.entries(json)) {
      const where = `${file}: entry "${key}"`;
      const values =
        typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : plain(item, columns);
      yield {where, values: {...values, [columns.file]: key}};
    }
  } else {
    fail('E302', `${file}: neither a list nor an object`);
  }
}

/** A bare value instead of an object is what the one column asked for would hold. */
function plain(item: unknown, columns: SidecarColumns): Record<string, unknown> {
  const [only, ...others] = [columns.label, columns.class].filter(c => c !== null);
  return only === undefined || others.length > 0 ? {} : {[only]: item};
}

function* csvRows(content: Buffer, file: string): Generator<Row> {
  let header: readonly string[] | undefined;
  for (const {fields, line, offset} of readCsv(content, ',', file)) {
    const where = `${file}: line ${line}, byte ${offset}`;
    if (header === undefined) {
      header = fields.map(f => f.trim());
    } else {
      if (fields.length !== header.length)
        fail('E302', `${where}: ${fields.length} fields, the header has ${header.length}`);
      yield {where, values: Object.fromEntries(header.map((name, i) => [name, fields[i]!.trim()]))};
    }
  }
}

function value(row: Row, column: string): unknown {
  const v = row.values[column];
  if (v === undefined || v === null || v === '') {
    const hint = Object.hasOwn(row.values, column) ? {} : nearest(column, Object.keys(row.values));
    fail('E304', `${row.where}: no "${column}"`, hint);
  }
  return v;
}

function labelOf(row: Row, column: string): number {
  const v = value(row, column);
  const label = typeof v === 'string' && /^\d+$/.test(v) ? Number(v) : v;
  if (typeof label !== 'number' || !Number.isInteger(label))
    fail('E304', `${row.where}: ${column} ${JSON.stringify(v)} is not a class number`);
  return label;
}

function textOf(row: Row, column: string): string {
  const v = value(row, column);
  if (typeof v !== 'string' && typeof v !== 'number')
    fail('E304', `${row.where}: ${column} ${JSON.stringify(v)} is not a name`);
  return String(v);
}

function boxesOf(row: Row, columns: string | readonly string[]): Box[] {
  if (typeof columns !== 'string')
    return [
      boxOf(
        columns.map(c => value(row, c)),
        row,
      ),
    ];
  const v = value(row, columns);
  if (!Array.isArray(v))
    fail('E304', `${row.where}: ${columns} ${JSON.stringify(v)} is not a box or a list of boxes`);
  return (v as unknown[]).every(Array.isArray) ? (v as unknown[][]).map(b => boxOf(b, row)) : [boxOf(v, row)];
}

function boxOf(corners: readonly unknown[], row: Row): Box {
  const numbers = corners.map(c => (typeof c === 'string' && c !== '' ? Number(c) : c));
  if (
    numbers.length !== 4 ||
    !numbers.every((c): c is number => typeof c === 'number' && Number.isFinite(c))
  ) {
    fail('E304', `${row.where}: box ${JSON.stringify(corners)} is not four numbers`);
  }
  const [x0, y0, x1, y1] = numbers as [number, number, number, number];
  if (x1 < x0 || y1 < y0) {
    fail('E304', `${row.where}: box ${JSON.stringify(corners)} ends before it begins`, {
      hint: 'expected [x0, y0, x1, y1]',
    });
  }
  return {x0, y0, x1, y1};
}
