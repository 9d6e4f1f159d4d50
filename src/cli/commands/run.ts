import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {printDiagnostic} from '../../diagnostics/print.js';
import {isSystemError} from '../../diagnostics/system-error.js';
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
import {Pool} from '../../runner/executor/pool.js';
import type {RunOptions} from '../../runner/run.js';
import {costOf} from '../../runner/history.js';
import {runPlan} from '../../runner/run.js';
import {packageVersions} from '../package.js';
import {printDiagnostics} from '../print.js';
import type {Unlike} from '../frozen.js';

interface Options {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly overrideFile: string[];
  readonly jobs?: number;
  readonly keepGoing?: boolean;
  readonly paranoid?: boolean;
  readonly frozen?: boolean;
}

/** `strata run FILE [OVERRIDE...]` */
export async function run(file: string, overrides: string[], options: Options): Promise<number> {
  const {json = false, list = false, overrideFile, jobs, keepGoing = false, paranoid = false} = options;
  const opened = openFile(file, overrides, overrideFile, {paranoid});
  const [only] = opened.variants;
  if (list) return listVariants(opened.variants, json);
  const unlike: Unlike =
    options.frozen === true ? await (await import('../frozen.js')).holdToLock(file, opened) : () => [];
  const pool = new Pool({jobs});
  const abort = new AbortController();
  let interrupts = 0;
  const interrupt = (): void => {
    if (++interrupts > 1) {
      pool.kill();
      process.exit(130);
    }
    if (!json)
      process.stderr.write('\nstopping after what is being done now; press Ctrl-C again to stop at once\n');
    abort.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const runPlanned = (planned: Opened): Promise<number> =>
      runOne(planned, {overrides, json, pool, keepGoing, signal: abort.signal}, unlike);
    if (only!.id === null) return await runPlanned(await opened.plan(only!));
    const {runSweep} = await import('../sweep.js');
    return await runSweep(opened, runPlanned, json, abort.signal);
  } finally {
    pool.close();
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
  {json, ...how}: Pick<RunOptions, 'overrides' | 'signal' | 'pool' | 'keepGoing'> & {readonly json: boolean},
  unlike: Unlike,
): Promise<number> {
  const out = process.stdout;
  const paint = paintFor(out);
  const write = (text: string): void => void out.write(text);
  const labels = [...opened.plan.stages.keys()];
  const print = (d: Parameters<typeof printDiagnostic>[0]): string =>
    printDiagnostic(d, process.cwd(), painterFor(out));
  const expected = (label: string): number | null =>
    costOf(opened.plan.stages.get(label)!, opened.last, opened.store).seconds;
  const reporter: Reporter = json
    ? jsonReporter(write)
    : coloured(out)
      ? ttyReporter(write, labels, paint, print, expected)
      : plainReporter(write, labels, paint, print);
  const {results, folder, ok} = await runPlan({
    ...opened,
    ...how,
    versions: packageVersions(),
    emit: (event: Event) => reporter.event(event),
  });
  if (!json) {
    const width = out.isTTY ? out.columns : PLAIN_WIDTH;
    const report = await reportOf(opened, results, folder, paint, width);
    write(`${report}\n${closing(results, relative('.', folder))}\n`);
    const {results: damaged, blobs} = opened.store.quarantined;
    if (damaged + blobs > 0)
      write(
        paint(
          'yellow',
          `${damaged} damaged results of the store were put aside; what was needed of them was made again\n`,
        ),
      );
  }
  if (how.signal.aborted) return 130;
  const diagnostics = [...results.values()].flatMap(r => r.diagnostics ?? []);
  const changed = unlike(opened, results);
  if (changed.length > 0) printDiagnostics(changed, false);
  return ok && changed.length === 0 ? 0 : ofStore(diagnostics) ? 3 : 1;
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
  keep(file, await summarize(opened, results, relative('.', folder), text => text, PLAIN_WIDTH));
  return summarize(opened, results, relative('.', folder), text => paint('dim', text), width);
}

/** Writes the whole text or nothing. Where that cannot be done it will be made again the next time. */
function keep(file: string, text: string): void {
  const draft = `${file}.draft`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
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
