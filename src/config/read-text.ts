import {readFileSync} from 'node:fs';
import type {Code} from '../diagnostics/catalogue.js';
import {fail} from '../diagnostics/diagnostic.js';

/** The text of a file that the user named as `written`; fails with `code` if it cannot be read. */
export function readText(file: string, code: Code, written: string): string {
  try {
    return decode(readFileSync(file));
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === null) fail(code, `there is no file ${written}`, {hint: `looked for ${file}`});
    fail(code, `${written} cannot be read: ${reason}`);
  }
}

/** UTF-8, less a byte order mark. */
export const decode = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\ufeff/, '');

/** Why a file could not be read; null if there is none. */
export function reasonOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOENT') return null;
  return code === 'EISDIR' ? 'it is a folder' : code;
}
