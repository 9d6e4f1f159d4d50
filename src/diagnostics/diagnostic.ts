import type {Code} from './catalogue.js';

/** A stretch of a source text: 1-based line and column, `width` characters long, with the line it stands on. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly col: number;
  readonly width: number;
  readonly text: string;
}

/** One problem, told to a person: what is wrong, where, what was expected and what to do. */
export interface Diagnostic {
  readonly code: Code;
  readonly message: string;
  readonly place?: Place;
  /** Further places that explain the first: each edge of a cycle, the first of two duplicate keys. */
  readonly notes?: readonly {readonly message: string; readonly place?: Place}[];
  /** What to do, one or more lines: "did you mean ...?", the names there are. */
  readonly hint?: string;
  /** For bugs: where it was thrown. Goes to the journal of the run, never to the terminal. */
  readonly stack?: string;
}

/** The one expected exception: carries diagnostics to the boundary that prints them. Anything else thrown is a bug. */
export class StrataError extends Error {
  override readonly name = 'StrataError';
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(d => `${d.code} ${d.message}`).join('\n'));
  }
}

/** Throws a single diagnostic. */
export function fail(code: Code, message: string, more: Omit<Diagnostic, 'code' | 'message'> = {}): never {
  throw new StrataError([{code, message, ...more}]);
}
