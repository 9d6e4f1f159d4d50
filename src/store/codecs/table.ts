import type {Column, Row} from '../../stages/ports.js';
import type {Canonical} from '../canonical.js';
import {canonicalDigest} from '../canonical.js';
import {storeErrors} from '../store-errors.js';
import {HashedFile} from './hashed-file.js';

const PARQUET_TYPES = {string: 'UTF8', int: 'INT64', float: 'DOUBLE', bool: 'BOOLEAN'} as const;

type Cell = Row[string];

/** The values of a row in column order, checked against the columns: parquetjs would drop or round silently what does not fit. */
function cells(columns: readonly Column[], row: Row, at: number): Cell[] {
  for (const name of Object.keys(row))
    if (!columns.some(c => c.name === name)) throw new Error(`row ${at}: no column "${name}"`);
  return columns.map(({name, type}) => {
    const value = row[name] ?? null;
    const fits =
      value === null ||
      (type === 'string' && typeof value === 'string') ||
      (type === 'bool' && typeof value === 'boolean') ||
      (type === 'int' && Number.isSafeInteger(value)) ||
      (type === 'float' && Number.isFinite(value));
    if (!fits) throw new Error(`row ${at}: column "${name}" is ${type}, the value is ${String(value)}`);
    return value;
  });
}

/** Digest of what a table says: columns, and values in row order. A float column keeps 1 apart from an int column's 1. */
export function tableDigest(columns: readonly Column[], rows: readonly Row[]): string {
  const values: Canonical = rows.map((row, i) => cells(columns, row, i));
  return canonicalDigest('table', {columns: columns.map(c => [c.name, c.type]), values});
}

/**
 * Writes a tidy table as Parquet (strings UTF-8, int64, float64, booleans; all optional); gives the sha256 (hex) of its
 * bytes.
 *
 * @throws E601 what the file system refuses
 */
export async function writeTable(
  file: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<string> {
  if (rows.length === 0) throw new Error('a table without rows cannot be written as Parquet');
  const {loadParquet} = await import('./parquetjs.js');
  const {ParquetSchema, ParquetWriter} = loadParquet();
  const schema = new ParquetSchema(
    Object.fromEntries(columns.map(c => [c.name, {type: PARQUET_TYPES[c.type], optional: true}])),
  );
  // parquetjs does not wait for its first write: an error there would end the process. So it writes into memory.
  const chunks: Uint8Array[] = [];
  const memory = {
    write(bytes: Uint8Array, done: () => void) {
      chunks.push(bytes);
      done();
    },
    close: (done: () => void) => done(),
  };
  const writer = await ParquetWriter.openStream(schema, memory as never);
  for (const [at, row] of rows.entries()) {
    const values = cells(columns, row, at);
    const present = columns.flatMap((c, i) => (values[i] === null ? [] : [[c.name, values[i]] as const]));
    await writer.appendRow(Object.fromEntries(present) as Record<string, string | number | boolean>);
  }
  await writer.close();
  const hashed = new HashedFile(file);
  for (const chunk of chunks) hashed.write(chunk);
  return hashed.close();
}

/**
 * Reads the rows of a table that `writeTable` wrote.
 *
 * @throws E601 what the file system refuses
 */
export function readTable(file: string, columns: readonly Column[]): Promise<Row[]> {
  return storeErrors(file, async () => {
    const {asyncBufferFromFile, parquetReadObjects} = await import('hyparquet');
    const rows = await parquetReadObjects({file: await asyncBufferFromFile(file)});
    const cell = (value: unknown): Cell =>
      typeof value === 'bigint' ? Number(value) : value === undefined ? null : (value as Cell);
    return rows.map(row => Object.fromEntries(columns.map(c => [c.name, cell(row[c.name])])));
  });
}
