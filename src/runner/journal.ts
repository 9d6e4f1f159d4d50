import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import type {Event} from './events.js';
import {runOfId} from './run-folder.js';

/** A line of the journal of a run. */
export interface Entry {
  /** As it stands in the file. */
  readonly line: string;
  readonly event: Event;
  /** Seconds since the first line. */
  readonly seconds: number;
}

const FILE = 'events.jsonl';

/**
 * Finds the folder of a run by path, by experiment name (its newest run) or by run id. Unlike `findRun` it finds runs that
 * are still going on, and those that were killed, too.
 *
 * @throws E711
 */
export function findJournal(outputs: string, run: string): string {
  if (existsSync(join(run, FILE))) return run;
  return newestRun(join(outputs, run)) ?? runOfId(outputs, run, FILE);
}

/** The name of a run folder: the time, and a number if several runs began in one second. */
const RUN = /^(\d{8}-\d{6})(?:-(\d+))?$/;

function newestRun(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const runs = readdirSync(folder)
    .map(name => RUN.exec(name))
    .filter(match => match !== null)
    .filter(([name]) => existsSync(join(folder, name, FILE)))
    .sort(([, a, i = '1'], [, b, j = '1']) => (a === b ? Number(j) - Number(i) : a! < b! ? 1 : -1));
  return runs[0] && join(folder, runs[0][0]);
}

/**
 * Reads the journal of a run. The last line of a run that was killed may be torn, and is left out.
 *
 * @throws E712
 */
export function readJournal(folder: string): Entry[] {
  const file = join(folder, FILE);
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    fail('E712', `cannot read the journal of a run, ${file}: ${(error as Error).message}`);
  }
  // What follows the last line break is nothing, or torn.
  const whole = lines.slice(0, -1);
  const events = whole.map((line, i) => {
    try {
      return JSON.parse(line) as Event & {readonly at: string};
    } catch {
      fail('E712', `${file}:${i + 1}: not an event`);
    }
  });
  const start = Date.parse(events[0]?.at ?? '');
  return events.map((event, i) => ({
    line: whole[i]!,
    event,
    seconds: (Date.parse(event.at) - start) / 1000,
  }));
}
