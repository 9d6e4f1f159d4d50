import {
  appendFileSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join, relative} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import type {Key, KeyRecord, Part} from '../store/manifest.js';
import type {Event, Outcome} from './events.js';

/** What a run leaves of one stage. */
export interface StageRecord {
  readonly stage: string;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly seconds: number;
  readonly key: Key | null;
  readonly record: KeyRecord | null;
  readonly type: string;
  readonly parts: readonly Part[];
  readonly units: {readonly ran: number; readonly cached: number} | null;
}

/** The record of a run, `run.json`: enough to compare it with another and to run it again. */
export interface RunRecord {
  readonly format: 1;
  readonly run: string;
  readonly ok: boolean;
  readonly experiment: Readonly<Record<string, unknown>> & {readonly name: string};
  readonly overrides: readonly string[];
  readonly stages: Readonly<Record<string, StageRecord>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly host: Readonly<Record<string, string | number>>;
  readonly store: string;
  readonly started: string;
  readonly seconds: number;
}

/** The folder of one run: `outputs/NAME/RUN/` with `run.json`, `events.jsonl`, `tables/` and `figures/`. */
export class RunFolder {
  private constructor(
    readonly run: string,
    readonly path: string,
  ) {}

  /**
   * Makes a new folder, named by the time; never one that another run has.
   *
   * @throws E714 where nothing can be written
   */
  static create(outputs: string, name: string, now: Date): RunFolder {
    const base = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
    try {
      mkdirSync(join(outputs, name), {recursive: true});
      for (let attempt = 1; ; attempt++) {
        const run = attempt === 1 ? base : `${base}-${attempt}`;
        if (make(join(outputs, name, run))) return new RunFolder(run, join(outputs, name, run));
      }
    } catch (error) {
      const {code, message} = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      fail('E714', `cannot write to ${join(outputs, name)}: ${message}`, {
        hint: 'run in a folder where outputs/ can be made and written to',
      });
    }
  }

  /** Appends an event to the journal. */
  log(event: Event): void {
    appendFileSync(
      join(this.path, 'events.jsonl'),
      `${JSON.stringify({at: new Date().toISOString(), ...event})}\n`,
    );
  }

  /** Copies a blob of the store out, for people to open and even to edit. */
  export(blob: string, folder: 'tables' | 'figures', file: string): string {
    mkdirSync(join(this.path, folder), {recursive: true});
    const to = join(this.path, folder, file);
    copyFileSync(blob, to, constants.COPYFILE_FICLONE);
    return to;
  }

  /** Writes the record and, last, lets `latest` point here. */
  finish(record: RunRecord): void {
    const draft = join(this.path, 'run.json.draft');
    writeFileSync(draft, `${JSON.stringify(record, null, 1)}\n`);
    renameSync(draft, join(this.path, 'run.json'));
    const latest = join(this.path, '..', 'latest');
    const link = join(this.path, 'latest.draft');
    symlinkSync(this.run, link);
    renameSync(link, latest);
  }
}

/** Makes a folder; false if it is there already. */
function make(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The folder that `latest` points to, or undefined before the first finished run and when somebody has removed it. */
export function latestRun(outputs: string, name: string): string | undefined {
  try {
    const folder = join(outputs, name, readlinkSync(join(outputs, name, 'latest')));
    return existsSync(join(folder, 'run.json')) ? folder : undefined;
  } catch {
    return undefined;
  }
}

export function readRun(folder: string): RunRecord {
  const file = join(folder, 'run.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
  } catch (error) {
    fail('E712', `cannot read the record of a run, ${file}: ${(error as Error).message}`);
  }
}

/** Finds the folder of a run by path, by experiment name (its latest run) or by run id. */
export function findRun(outputs: string, run: string): string {
  if (existsSync(join(run, 'run.json'))) return run;
  const latest = latestRun(outputs, run);
  if (latest !== undefined) return latest;
  const names = listNames(outputs);
  const found = names.map(name => join(outputs, name, run)).filter(f => existsSync(join(f, 'run.json')));
  if (found.length === 1) return found[0]!;
  fail(
    'E711',
    found.length === 0
      ? `no run "${run}" in ${relative('.', outputs)}/`
      : `"${run}" names ${found.length} runs`,
    {
      hint:
        found.length > 0
          ? `name one by its path: ${found.map(f => relative('.', f)).join(', ')}`
          : names.length > 0
            ? `experiments that have runs: ${names.join(', ')}`
            : 'nothing has run here yet: strata run FILE',
    },
  );
}

function listNames(outputs: string): string[] {
  if (!existsSync(outputs)) return [];
  return readdirSync(outputs, {withFileTypes: true})
    .filter(e => e.isDirectory() && !e.name.startsWith('.'))
    .map(e => e.name)
    .sort();
}
