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
import {dirname, join, relative} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import {isSystemError, reasonOf} from '../diagnostics/system-error.js';
import type {Key, KeyRecord, Part} from '../store/manifest.js';
import type {Event, Outcome} from './events.js';
import type {GitState} from './git-state.js';

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

/** A stage as the experiment of a run declared it: all defaults filled in, references replaced, paths absolute. */
export interface DeclaredStage {
  readonly kind: string;
  readonly name: string | null;
  readonly from: Readonly<Record<string, readonly string[]>>;
  readonly params: Readonly<Record<string, unknown>>;
  /** From the seed of the experiment and its label; of no use to stages that draw nothing. */
  readonly seed: number;
}

/** The experiment of a run, composed and resolved: it depends on no other file, variable or default any more. */
export interface DeclaredExperiment extends Readonly<Record<string, unknown>> {
  readonly strata: 1;
  /** Absolute path of the file that it was read from. */
  readonly file: string;
  readonly name: string;
  readonly description: string | null;
  readonly seed: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly stages: Readonly<Record<string, DeclaredStage>>;
}

/**
 * The record of a run, `run.json`: enough to compare it with another and to run it again. What files outside the store
 * held is told by the records of the stages that read them, as `{content: ...}` in place of the path.
 */
export interface RunRecord {
  readonly format: 1;
  readonly run: string;
  readonly ok: boolean;
  readonly experiment: DeclaredExperiment;
  readonly overrides: readonly string[];
  readonly stages: Readonly<Record<string, StageRecord>>;
  /** Of Strata, of Node and of every package that it runs on. */
  readonly versions: Readonly<Record<string, string>>;
  /** The machine; `memory` in bytes. */
  readonly host: Readonly<Record<string, string | number>>;
  /** Where models ran, by the labels of the stages that ran them. */
  readonly devices: Readonly<Record<string, string>>;
  /** The repository of the experiment's file when the run began; null if there is none, or nothing was run. */
  readonly git: GitState | null;
  readonly store: string;
  readonly started: string;
  readonly seconds: number;
}

/** The folder of one run: `outputs/NAME/RUN/` with `run.json`, `events.jsonl`, `tables/` and `figures/`. */
export class RunFolder {
  /** Why the journal ends before the run does. */
  #torn: Error | undefined;

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
      return unwritable(
        join(outputs, name),
        error,
        'run in a folder where outputs/ can be made and written to',
      );
    }
  }

  /**
   * Appends an event to the journal. It never throws, because events come from anywhere: work goes on, its results are
   * kept in the store, and `finish` tells what went wrong first.
   */
  log(event: Event): void {
    if (this.#torn !== undefined) return;
    try {
      const line = JSON.stringify({at: new Date().toISOString(), ...event});
      appendFileSync(join(this.path, 'events.jsonl'), `${line}\n`);
    } catch (error) {
      this.#torn = error as Error;
    }
  }

  /**
   * Copies a blob of the store out, for people to open and even to edit.
   *
   * @throws E714 where nothing can be written
   */
  export(blob: string, folder: 'tables' | 'figures', file: string): void {
    try {
      const to = join(this.path, folder, file);
      // The label of a stage of a variant has a folder in it.
      mkdirSync(dirname(to), {recursive: true});
      copyFileSync(blob, to, constants.COPYFILE_FICLONE);
    } catch (error) {
      unwritable(this.path, error);
    }
  }

  /**
   * Writes the record and, last, lets `latest` point here.
   *
   * @throws E714 where it, or an event before it, could not be written
   */
  finish(record: RunRecord): void {
    try {
      if (this.#torn !== undefined) throw this.#torn;
      const draft = join(this.path, 'run.json.draft');
      writeFileSync(draft, `${JSON.stringify(record, null, 1)}\n`);
      renameSync(draft, join(this.path, 'run.json'));
      const link = join(this.path, 'latest.draft');
      symlinkSync(this.run, link);
      renameSync(link, join(this.path, '..', 'latest'));
    } catch (error) {
      unwritable(this.path, error);
    }
  }
}

/** Passes on an error of the file system as what the user can do about it; anything else is a bug. */
function unwritable(folder: string, error: unknown, hint = NOT_LOST): never {
  if (!isSystemError(error)) throw error;
  fail('E714', `cannot write to ${relative('.', folder)}: ${reasonOf(error)}`, {hint});
}

const NOT_LOST = 'mend it and run again: what was finished is in the store and is not done again';

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

/**
 * Finds the folder of a run by path, by experiment name (its latest run) or by run id.
 *
 * @throws E711
 */
export function findRun(outputs: string, run: string): string {
  if (existsSync(join(run, 'run.json'))) return run;
  return latestRun(outputs, run) ?? runOfId(outputs, run, 'run.json');
}

/**
 * The one folder of that run id, among the runs of experiments and of the variants of sweeps, that has a certain file.
 *
 * @throws E711
 */
export function runOfId(outputs: string, run: string, file: string): string {
  const names = listNames(outputs);
  const variants = names.flatMap(name => listNames(join(outputs, name)).map(id => join(name, id)));
  const found = [...names, ...variants]
    .map(name => join(outputs, name, run))
    .filter(folder => existsSync(join(folder, file)));
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    fail('E711', `"${run}" names ${found.length} runs`, {
      hint: `name one by its path: ${found.map(f => relative('.', f)).join(', ')}`,
    });
  const ofSweep = variants.filter(name => dirname(name) === run);
  const hint =
    ofSweep.length > 0
      ? `it is a sweep; the first of its variants: ${ofSweep.slice(0, NAMED).join(', ')}`
      : names.length > 0
        ? `experiments that have runs: ${names.join(', ')}`
        : 'nothing has run here yet: strata run FILE';
  fail('E711', `no run "${run}" in ${relative('.', outputs)}/`, {hint});
}

/** Variants that a hint names. */
const NAMED = 4;

function listNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, {withFileTypes: true})
    .filter(e => e.isDirectory() && !e.name.startsWith('.'))
    .map(e => e.name)
    .sort();
}
