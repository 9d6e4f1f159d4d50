import type {Place} from '../diagnostics/diagnostic.js';

/** A text that values come from: a file, or the overrides of the command line, one on each line. */
export class Source {
  /** Offset of the start of every line. */
  readonly #starts: number[] = [0];

  /**
   * @param file Absolute path, or a title such as `command line`.
   * @param folder What relative paths written in this text are relative to.
   */
  constructor(
    readonly file: string,
    readonly folder: string,
    readonly text: string,
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
    const to = line + 1 < this.#starts.length ? this.#starts[line + 1]! - 1 : this.text.length;
    const text = this.text.slice(from, to).replace(/\r$/, '');
    const width = Math.max(1, Math.min(end, from + text.length) - start);
    return {file: this.file, line: line + 1, col: start - from + 1, width, text};
  }
}

/** A stretch of a source, from offset `start` to before `end`. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export const placeOf = (span: Span): Place => span.source.place(span.start, span.end);
