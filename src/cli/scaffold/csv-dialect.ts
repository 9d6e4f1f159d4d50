import {closeSync, openSync, readSync} from 'node:fs';

export interface CsvDialect {
  readonly delimiter: string;
  /** Whether the first line names the columns. */
  readonly header: boolean;
  /** The column whose name says that it holds classes. */
  readonly label: string | undefined;
}

/** Bytes that hold the first line of any file of vectors that a person would write. */
const ENOUGH = 1 << 16;
const DELIMITERS = [',', '\t', ';'];
const LABELS = ['label', 'labels', 'class', 'target'];

/** What the first line of a text file of vectors tells of it. */
export function csvDialect(file: string): CsvDialect {
  const [line = ''] = start(file)
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
  const count = (delimiter: string): number => line.split(delimiter).length;
  const delimiter = DELIMITERS.reduce((best, d) => (count(d) > count(best) ? d : best));
  const names = line.split(delimiter).map(field => field.trim().replace(/^"(.*)"$/, '$1'));
  const header = names.some(name => name !== '' && Number.isNaN(Number(name)));
  const label = header ? names.find(name => LABELS.includes(name.toLowerCase())) : undefined;
  return {delimiter, header, label};
}

function start(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(ENOUGH);
    return bytes.toString('utf8', 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}
