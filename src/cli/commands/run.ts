import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {printDiagnostic} from '../../diagnostics/print.js';
import type {Event} from '../../runner/events.js';
import {ofStore} from '../boundary.js';
import {coloured, paintFor, painterFor} from '../paint.js';
import {jsonReporter} from '../reporters/json.js';
import {duration, plainReporter} from '../reporters/plain.js';
import type {Paint} from '../reporters/plain.js';
import type {StageResult} from '../../runner/execute.js';
import type {Opened} from '../open.js';
import {ttyReporter} from '../reporters/tty.js';
import type {Reporter} from '../reporters/reporter.js';
import {openPlan} from '../open.js';
import {runPlan} from '../../runner/run.js';
import {packageVersion} from '../package.js';

/** `strata run FILE [OVERRIDE...]` */
export async function run(
  file: string,
  overrides: string[],
  {json = false, overrideFile}: {json?: boolean; overrideFile: string[]},
): Promise<number> {
  const opened = await openPlan(file, overrides, overrideFile);
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
      const width = out.isTTY ? out.columns : PLAIN_WIDTH;
      write(
        `${await reportOf(opened, results, folder, paint, width)}\n${closing(results, relative('.', folder))}\n`,
      );
    }
    if (abort.signal.aborted) return 130;
    const diagnostics = [...results.values()].flatMap(r => r.diagnostics ?? []);
    return ok ? 0 : ofStore(diagnostics) ? 3 : 1;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** Columns of text that is not for a terminal. */
const PLAIN_WIDTH = 120;

/**
 * The results by layer and where the figures are. The text is also kept in the folder of the run: when everything was
 * known already, it need not be made again from the tables.
 */
async function reportOf(
  opened: Opened,
  results: ReadonlyMap<string, StageResult>,
  folder: string,
  paint: Paint,
  width: number,
): Promise<string> {
  const file = join(folder, 'summary.txt');
  const known = [...results.values()].every(r => r.outcome === 'cached');
  if (known && existsSync(file)) return readFileSync(file, 'utf8');
  const {summarize} = await import('../summary.js');
  const draft = `${file}.draft`;
  writeFileSync(draft, await summarize(opened, results, relative('.', folder), text => text, PLAIN_WIDTH));
  renameSync(draft, file);
  return summarize(opened, results, relative('.', folder), text => paint('dim', text), width);
}

/** One line: how many stages were cached, ran, failed, and where everything is. */
function closing(results: ReadonlyMap<string, StageResult>, folder: string): string {
  const all = [...results.values()];
  const count = (outcome: string): number => all.filter(r => r.outcome === outcome).length;
  const words = {
    ran: 'ran',
    'cut-off': 'cut off',
    failed: 'failed',
    skipped: 'skipped',
    cancelled: 'cancelled',
  };
  if (count('cached') === all.length) return `everything was cached (${all.length} stages): ${folder}`;
  const parts = Object.entries(words).flatMap(([o, word]) => (count(o) > 0 ? [`${count(o)} ${word}`] : []));
  const took = all.reduce((sum, r) => sum + r.seconds, 0);
  return `${[`${count('cached')} cached`, ...parts].join(', ')} in ${duration(took)}: ${folder}`;
}
