import type {Code} from '../diagnostics/catalogue.js';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {placeOf, type Span} from './source.js';
import type {Value} from './value.js';

type Notes = NonNullable<Diagnostic['notes']>;

/** A diagnostic at a stretch of a source. */
export function problem(
  code: Code,
  message: string,
  span: Span,
  hint?: string | null,
  notes: Notes = [],
): Diagnostic {
  return {
    code,
    message,
    place: placeOf(span),
    ...(notes.length > 0 && {notes}),
    ...(typeof hint === 'string' && {hint}),
  };
}

/** A diagnostic at a value, wherever it was written, with a note for each reference that brought it to its place. */
export function valueProblem(code: Code, message: string, value: Value, hint?: string | null): Diagnostic {
  const notes = value.via.map(span => ({message: 'used here', place: placeOf(span)}));
  return problem(code, message, value.span, hint, notes);
}
