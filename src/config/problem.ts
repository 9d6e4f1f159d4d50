import {basename} from 'node:path';
import type {Code} from '../diagnostics/catalogue.js';
import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {placeOf, type Source, type Span} from './source.js';
import type {Value} from './value.js';

export type Notes = NonNullable<Diagnostic['notes']>;

/** Past so many problems it is no longer looked into what each might have been meant to be. */
export const MANY = 200;

/** A diagnostic at a stretch of a source, with a note for each file that brought that source in. */
export function problem(
  code: Code,
  message: string,
  span: Span,
  hint?: string | null,
  notes: Notes = [],
): Diagnostic {
  const all = [...notes, ...chainOf(span.source)];
  return {
    code,
    message,
    place: placeOf(span),
    ...(all.length > 0 && {notes: all}),
    ...(typeof hint === 'string' && {hint}),
  };
}

/** The chain of files that extend this source, the nearest first. */
export function chainOf({extendedAt}: Source): Notes {
  const chain: Notes[number][] = [];
  for (let at = extendedAt; at !== null; at = at.source.extendedAt) {
    chain.push({message: `extended by ${basename(at.source.file)}`, place: placeOf(at)});
  }
  return chain;
}

/** Where a key was taken out of a map, if it was. */
export function removalOf(map: Value | undefined, key: string): Notes {
  const span = map?.kind === 'map' ? map.removed?.get(key) : undefined;
  return span ? [{message: 'removed here', place: placeOf(span)}] : [];
}

/** A diagnostic at a value, wherever it was written, with a note for each alias or reference that brought it to its place. */
export function valueProblem(
  code: Code,
  message: string,
  value: Value,
  hint?: string | null,
  notes: Notes = [],
): Diagnostic {
  return problem(code, message, value.span, hint, [...usesOf(value.via), ...notes]);
}

/** A note for each place that what was written elsewhere is used at. */
export const usesOf = (via: readonly Span[] = []): Notes =>
  via.map(span => ({message: 'used here', place: placeOf(span)}));
