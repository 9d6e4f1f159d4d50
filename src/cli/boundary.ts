import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {StrataError} from '../diagnostics/diagnostic.js';
import {printDiagnostics} from './print.js';

/**
 * Runs a command; every failure ends here as text and an exit code, never as a stack trace. What was found wrong before
 * anything ran ends with 2, a store that cannot be used with 3, a bug with 1.
 */
export async function boundary(command: () => Promise<number>, args: readonly unknown[]): Promise<number> {
  try {
    return await command();
  } catch (error) {
    const json = args.some(a => typeof a === 'object' && a !== null && (a as {json?: unknown}).json === true);
    if (error instanceof StrataError) {
      printDiagnostics(error.diagnostics, json);
      return ofStore(error.diagnostics) ? 3 : 2;
    }
    const {message, stack} = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`strata broke: ${message}\nThis is a bug. With STRATA_DEBUG=1 it says where.\n`);
    if (process.env['STRATA_DEBUG'] === '1') process.stderr.write(`${stack ?? ''}\n`);
    return 1;
  }
}

/** Whether the store is among what went wrong. */
export const ofStore = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(d => d.code.startsWith('E6'));
