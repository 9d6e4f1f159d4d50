import type {Place} from '../diagnostics/diagnostic.js';

/** Titles of the texts that are no files. */
export const COMMAND_LINE = 'command line';
export const ENVIRONMENT = 'environment';

/** A text that values come from: a file, the overrides of the command line, or variables of the environment, one a line. */
export class Source {
  /** Offset of the start of every line. */
  readonly #starts: number[] = [0];
  /** The line that was asked for last, and its number: a long one may have many places. */
  #last: {readonly line: number; readonly text: string} | null = null;

  /**
   * @param file Absolute path, or a title such as `command line`.
   * @param folder What relative paths written in this text are relative to.
   * @param role What is written in it: a part of an experiment, or changes to one, or variables.
   * @param extendedAt Where an extending file names this one; null if none does.
   */
  constructor(
    readonly file: string,
    readonly folder: string,
    readonly text: string,
    readonly role: 'experiment' | 'overrides' | 'environment' = 'experiment',
    readonly extendedAt: Span | null = null,
  ) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** The place of a stretch of this text; what goes past the end of its first line is left out. At least one wide. */
  place(start: number, end: number): Place {
    let line = 0;
    for (let high = this.#starts.length; high - line > 1;) {
      const middle = (line + high) >> 1;
      if (this.#starts[middle]! <= start) line = middle;
      else high = middle;
    }
    const from = this.#starts[line]!;
    const text = this.#line(line);
    const width = Math.max(1, Math.min(end, from + text.length) - start);
    return {file: this.file, line: line + 1, col: start - from + 1, width, text};
  }

  #line(line: number): string {
    if (this.#last?.line === line) return this.#last.text;
    const to = line + 1 < this.#starts.length ? this.#starts[line + 1]! - 1 : this.text.length;
    const end = this.text[to - 1] === '\r' && to > this.#starts[line]! ? to - 1 : to;
    const text = this.text.slice(this.#starts[line], end);
    this.#last = {line, text};
    return text;
  }
}

/** A stretch of a source, from offset `start` to before `end`. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export const placeOf = (span: Span): Place => span.source.place(span.start, span.end);
