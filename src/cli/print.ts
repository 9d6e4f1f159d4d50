import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {jsonDiagnostics, printDiagnostics as text} from '../diagnostics/print.js';
import {painterFor} from './paint.js';

/** Prints diagnostics to stderr, or as JSON to stdout. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(jsonDiagnostics(diagnostics), null, 1)}\n`);
  else process.stderr.write(text(diagnostics, process.cwd(), painterFor(process.stderr)));
}
