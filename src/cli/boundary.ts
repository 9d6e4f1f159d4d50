import {StrataError} from '../diagnostics/diagnostic.js';
import {printDiagnostics} from './print.js';

/**
 * Runs a command; every failure ends here as text and an exit code, never as a stack trace. Expected failures carry
 * their diagnostics: those of running (E5) and data end with 1, a damaged store with 3, all others with 2.
 */
export async function boundary(command: () => Promise<number>, args: readonly unknown[]): Promise<number> {
  try {
    return await command();
  } catch (error) {
    const json = args.some(a => typeof a === 'object' && a !== null && (a as {json?: unknown}).json === true);
    if (error instanceof StrataError) {
      printDiagnostics(error.diagnostics, json);
      return error.diagnostics.some(d => d.code.startsWith('E6')) ? 3 : 2;
    }
    const {message, stack} = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`strata broke: ${message}\nThis is a bug. With STRATA_DEBUG=1 it says where.\n`);
    if (process.env['STRATA_DEBUG'] === '1') process.stderr.write(`${stack ?? ''}\n`);
    return 1;
  }
}
