import type {Diagnostic} from './diagnostic.js';

/** Problems that read the same once each, as the parts of one job may all fail for one reason; in the order they came. */
export function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const {code, message, place, hint, notes} = diagnostic;
    const text = JSON.stringify([code, message, place, hint, notes]);
    if (!found.has(text)) found.set(text, diagnostic);
  }
  return [...found.values()];
}
