import {fail} from '../../diagnostics/diagnostic.js';

/** Parses JSON. Errors: E302 with what the parser says. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
  } catch (error) {
    return fail('E302', `${file}: not valid JSON (${(error as Error).message})`);
  }
}
