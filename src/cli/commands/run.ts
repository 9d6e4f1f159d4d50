import {relative} from 'node:path';
import {printDiagnostic} from '../../diagnostics/print.js';
import type {Event} from '../../runner/events.js';
import {coloured, paintFor, painterFor} from '../paint.js';
import {jsonReporter} from '../reporters/json.js';
import {plainReporter} from '../reporters/plain.js';
import {ttyReporter} from '../reporters/tty.js';
import type {Reporter} from '../reporters/reporter.js';
import {openPlan} from '../open.js';
import {runPlan} from '../../runner/run.js';
import {packageVersion} from '../package.js';

/** `strata run FILE [OVERRIDE...]` */
export async function run(
  file: string,
  overrides: string[],
  {json = false}: {json?: boolean},
): Promise<number> {
  const opened = await openPlan(file, overrides);
  const abort = new AbortController();
  let interrupts = 0;
  const interrupt = (): void => {
    if (++interrupts > 1) process.exit(130);
    if (!json)
      process.stderr.write('\nstopping after what is being done now; press Ctrl-C again to stop at once\n');
    abort.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const out = process.stdout;
    const paint = paintFor(out);
    const write = (text: string): void => void out.write(text);
    const labels = [...opened.plan.stages.keys()];
    const print = (d: Parameters<typeof printDiagnostic>[0]): string =>
      printDiagnostic(d, process.cwd(), painterFor(out));
    const reporter: Reporter = json
      ? jsonReporter(write)
      : (coloured(out) ? ttyReporter : plainReporter)(write, labels, paint, print);
    const {results, folder, ok} = await runPlan({
      ...opened,
      overrides,
      version: packageVersion(),
      signal: abort.signal,
      emit: (event: Event) => reporter.event(event),
    });
    if (!json) {
      const {summarize} = await import('../summary.js');
      write(await summarize(opened, results, relative('.', folder), paint, out.isTTY ? out.columns : 120));
    }
    return abort.signal.aborted ? 130 : ok ? 0 : 1;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
