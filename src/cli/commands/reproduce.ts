import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import {isSystemError} from '../../diagnostics/system-error.js';
import {printDiagnostic} from '../../diagnostics/print.js';
import {Pool} from '../../runner/executor/pool.js';
import type {Event} from '../../runner/events.js';
import type {Reproduced} from '../../runner/reproduce.js';
import {isReproduced, reproduce as runAgain} from '../../runner/reproduce.js';
import type {RunRecord} from '../../runner/run-folder.js';
import {findRun, readRun} from '../../runner/run-folder.js';
import {packageVersions} from '../package.js';
import {coloured, paintFor, painterFor} from '../paint.js';
import {ttyReporter} from '../reporters/tty.js';
import {jsonOf, textOf} from '../reproduction.js';
import {loadCatalogue, loadValidate} from '../schemas.js';
import {openStore, outputsFolder} from '../workspace.js';

interface Options {
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly from?: string;
  readonly tolerance: number;
}

/** `strata reproduce RUN` */
export async function reproduce(run: string, options: Options): Promise<number> {
  const {json = false, keep = false, from = null, tolerance} = options;
  const folder = findRun(outputsFolder(), run);
  const record = readRun(folder);
  const scratch = emptyFolder(dirname(openStore().root));
  const pool = new Pool();
  const abort = new AbortController();
  // The second time, the signal does what it does to any program.
  const interrupt = (): void => {
    if (!json)
      process.stderr.write('\nstopping after what is being done now; press Ctrl-C again to stop at once\n');
    abort.abort();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  let found: ReadonlyMap<string, Reproduced>;
  try {
    found = await runAgain({
      record,
      folder,
      catalogue: loadCatalogue(),
      validate: loadValidate(),
      from,
      scratch,
      tolerance,
      versions: packageVersions(),
      pool,
      keepGoing: true,
      emit: progress(record),
      signal: abort.signal,
    });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    pool.close();
    if (!keep) rmSync(scratch, {recursive: true, force: true});
  }
  if (abort.signal.aborted) return 130;
  const kept = keep ? scratch : null;
  process.stdout.write(
    json
      ? jsonOf(record, found, tolerance, kept)
      : textOf(record, found, tolerance, kept, paintFor(process.stdout)),
  );
  return isReproduced(found) ? 0 : 1;
}

/** A new folder beside the store, on its file system; its name says that it can be removed. */
function emptyFolder(beside: string): string {
  try {
    mkdirSync(beside, {recursive: true});
    return mkdtempSync(join(beside, '.reproduce-'));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return fail('E601', `cannot make a clean store in ${relative('.', beside)}: ${error.message}`, {
      hint: 'it is made beside the store, which STRATA_STORE can name',
    });
  }
}

/** Shows people what is being done; what comes of it is told at the end. */
function progress({stages}: RunRecord): (event: Event) => void {
  const {stderr} = process;
  if (!coloured(stderr)) return () => undefined;
  const reporter = ttyReporter(
    text => void stderr.write(text),
    Object.keys(stages),
    paintFor(stderr),
    diagnostic => printDiagnostic(diagnostic, process.cwd(), painterFor(stderr)),
    label => stages[label]?.seconds ?? null,
  );
  return event => reporter.event(event);
}
