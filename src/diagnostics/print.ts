import {isAbsolute, relative} from 'node:path';
import {CATALOGUE} from './catalogue.js';
import type {Diagnostic, Place} from './diagnostic.js';

/** Colours, from whoever knows the terminal. */
export interface Painter {
  code(text: string): string;
  place(text: string): string;
  gutter(text: string): string;
  mark(text: string): string;
  hint(text: string): string;
}

const same = (text: string): string => text;
const PLAIN: Painter = {code: same, place: same, gutter: same, mark: same, hint: same};

/** A longer line is cut to a window around the marked stretch. */
const WINDOW = 100;

/** Characters that take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function columns(text: string): number {
  let n = 0;
  for (const char of text) n += WIDE.test(char) ? 2 : 1;
  return n;
}

/** The line of a place and its squiggle below, behind a gutter with the line number. */
function frame(place: Place, paint: Painter): string[] {
  let start = place.col - 1;
  let text = place.text;
  if (text.length > WINDOW) {
    const from = Math.max(0, Math.min(start - 30, text.length - WINDOW));
    const end = Math.min(text.length, from + WINDOW);
    text = `${from > 0 ? '…' : ''}${text.slice(from, end)}${end < text.length ? '…' : ''}`;
    start -= from - (from > 0 ? 1 : 0);
  }
  const number = String(place.line);
  const before = text.slice(0, start);
  const marked = text.slice(start, start + place.width).replace(/\s+$/, '');
  const pad = before.includes('\t') ? before.replace(/[^\t]/g, ' ') : ' '.repeat(columns(before));
  return [
    `${paint.gutter(`   ${number} |`)} ${text}`.trimEnd(),
    `${paint.gutter(`   ${' '.repeat(number.length)} |`)} ${pad}${paint.mark('~'.repeat(Math.max(1, columns(marked))))}`,
  ];
}

function where(place: Place, cwd: string): string {
  const file = isAbsolute(place.file) ? relative(cwd, place.file) : place.file;
  return `${file}:${place.line}:${place.col}`;
}

/**
 * The text form of a diagnostic: code, place and message on one line, then the code frame, the hint and the notes.
 * Paths are shown relative to `cwd`.
 */
export function printDiagnostic(diagnostic: Diagnostic, cwd: string, paint: Painter = PLAIN): string {
  const {code, message, place, hint, notes = []} = diagnostic;
  const at = place === undefined ? '' : ` ${paint.place(where(place, cwd))}`;
  const lines = [`${paint.code(code)}${at}  ${message}`];
  if (place !== undefined) lines.push(...frame(place, paint));
  if (hint !== undefined) lines.push(...hint.split('\n').map(line => `   ${paint.hint(line)}`));
  for (const note of notes) {
    if (note.place === undefined) lines.push(`   ${note.message}`);
    else
      lines.push(`   ${paint.place(where(note.place, cwd))}  ${note.message}`, ...frame(note.place, paint));
  }
  return lines.join('\n');
}

/** The text form of several diagnostics, an empty line between them, with a final line break. */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  cwd: string,
  paint: Painter = PLAIN,
): string {
  return diagnostics.map(d => `${printDiagnostic(d, cwd, paint)}\n`).join('\n');
}

/** A stretch of text for machines: 1-based lines and columns in UTF-16 code units, `end` exclusive. */
export interface JsonRange {
  readonly file: string;
  readonly start: {readonly line: number; readonly col: number};
  readonly end: {readonly line: number; readonly col: number};
}

export interface JsonDiagnostic {
  readonly code: string;
  readonly title: string;
  readonly message: string;
  readonly range: JsonRange | null;
  readonly hint: string | null;
  readonly notes: readonly {readonly message: string; readonly range: JsonRange | null}[];
}

function range(place: Place | undefined): JsonRange | null {
  if (place === undefined) return null;
  const {file, line, col, width} = place;
  return {file, start: {line, col}, end: {line, col: col + width}};
}

/** The machine form of diagnostics, ready for JSON. Files are absolute paths. */
export function jsonDiagnostics(diagnostics: readonly Diagnostic[]): JsonDiagnostic[] {
  return diagnostics.map(({code, message, place, hint, notes = []}) => ({
    code,
    title: CATALOGUE[code],
    message,
    range: range(place),
    hint: hint ?? null,
    notes: notes.map(note => ({message: note.message, range: range(note.place)})),
  }));
}
