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
import {openFile} from '../open.js';
import type {Variant} from '../../config/load.js';
import {runPlan} from '../../runner/run.js';
import {packageVersion} from '../package.js';

interface Options {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly overrideFile: string[];
}

/** `strata run FILE [OVERRIDE...]` */
export async function run(file: string, overrides: string[], options: Options): Promise<number> {
  const {json = false, list = false, overrideFile} = options;
  const opened = openFile(file, overrides, overrideFile);
  const [only] = opened.variants;
  if (list) return listVariants(opened.variants, json);
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
    const runVariant = async (variant: Variant): Promise<number> =>
      runOne(await opened.plan(variant), overrides, json, abort.signal);
    if (only!.id === null) return await runVariant(only!);
    const {runSweep} = await import('../sweep.js');
    return await runSweep(opened, runVariant, json, abort.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function listVariants(variants: readonly Variant[], json: boolean): Promise<number> {
  const rows = variants.map(({id, changes}) => ({id, changes}));
  const text = json
    ? JSON.stringify(rows, null, 1)
    : rows.map(r => r.id ?? 'no sweep: one experiment').join('\n');
  process.stdout.write(`${text}\n`);
  return Promise.resolve(0);
}

/** Runs one experiment and prints what happens; gives the exit code. */
async function runOne(
  opened: Opened,
  overrides: readonly string[],
  json: boolean,
  signal: AbortSignal,
): Promise<number> {
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
    signal,
    emit: (event: Event) => reporter.event(event),
  });
  if (!json) {
    const width = out.isTTY ? out.columns : PLAIN_WIDTH;
    const report = await reportOf(opened, results, folder, paint, width);
    write(`${report}\n${closing(results, relative('.', folder))}\n`);
  }
  if (signal.aborted) return 130;
  const diagnostics = [...results.values()].flatMap(r => r.diagnostics ?? []);
  return ok ? 0 : ofStore(diagnostics) ? 3 : 1;
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
