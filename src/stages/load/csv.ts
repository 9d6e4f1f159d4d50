import {fail} from '../../diagnostics/diagnostic.js';

export interface CsvRecord {
  readonly fields: readonly string[];
  /** 1-based line on which the record starts. */
  readonly line: number;
  /** Byte at which it starts. */
  readonly offset: number;
}

const NEWLINE = 10;
const QUOTE = 34;

/**
 * Reads comma-separated values (RFC 4180): quoted fields may hold delimiters, newlines and doubled quotes. Empty lines are skipped.
 *
 * Errors: E302 for a quote that is not closed or stands within a field.
 */
export function* readCsv(content: Buffer, delimiter: string, file: string): Generator<CsvRecord> {
  let offset = content.length >= 3 && content.readUIntBE(0, 3) === 0xefbbbf ? 3 : 0;
  let line = 1;
  let quote = content.indexOf(QUOTE);
  while (offset < content.length) {
    const start = offset;
    let end = lineEnd(content, start);
    let lines = 1;
    if (quote >= 0 && quote < start) quote = content.indexOf(QUOTE, start);
    const quoted = quote >= 0 && quote < end;
    // A newline within quotes does not end the record.
    while (quoted && quotes(content, start, end) % 2 === 1) {
      if (end === content.length) fail('E302', `${file}: line ${line}, byte ${start}: a quote is not closed`);
      end = lineEnd(content, end + 1);
      lines++;
    }
    const text = content.toString('utf8', start, end).replace(/\r$/, '');
    if (text !== '')
      yield {
        fields: quoted ? unquote(text, delimiter, file, line) : text.split(delimiter),
        line,
        offset: start,
      };
    offset = end + 1;
    line += lines;
  }
}

function lineEnd(content: Buffer, from: number): number {
  const end = content.indexOf(NEWLINE, from);
  return end < 0 ? content.length : end;
}

function quotes(content: Buffer, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (content[i] === QUOTE) count++;
  return count;
}

function unquote(text: string, delimiter: string, file: string, line: number): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field: string;
    if (text[at] === '"') {
      let end = at + 1;
      while (text[end] !== '"' || text[end + 1] === '"') end += text[end] === '"' ? 2 : 1;
      field = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
      if (at < text.length && !text.startsWith(delimiter, at)) {
        fail('E302', `${file}: line ${line}: text after the closing quote of field ${fields.length + 1}`);
      }
    } else {
      const next = text.indexOf(delimiter, at);
      const end = next < 0 ? text.length : next;
      field = text.slice(at, end);
      if (field.includes('"'))
        fail('E302', `${file}: line ${line}: a quote within field ${fields.length + 1}`);
      at = end;
    }
    fields.push(field);
    if (at >= text.length) return fields;
    at += delimiter.length;
    if (at === text.length) return [...fields, ''];
  }
}
