import {type ChildProcess, spawn} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {Event, Outcome} from '../../src/runner/events.js';
import type {RunRecord} from '../../src/runner/run-folder.js';
import type {Manifest} from '../../src/store/manifest.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = join(root, 'bin/strata.js');
const preload = fileURLToPath(new URL('./preload.js', import.meta.url));

export interface Finished {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** A run that has ended, as its events tell. */
export interface Ran extends Finished {
  readonly events: readonly Event[];
  /** How each stage ended, by label. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** Why each stage ran, by label; only those that ran. */
  readonly reasons: Readonly<Record<string, string>>;
  /** The units that were run, as `stage/unit`, in order. */
  readonly units: readonly string[];
}

/** A folder of a user of Strata: files in it, and the real command run in it. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'strata-'));

  constructor() {
    for (const name of ['experiments', 'models'])
      cpSync(join(root, name), join(this.folder, name), {recursive: true});
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): string {
    mkdirSync(dirname(this.path(name)), {recursive: true});
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Deletes the folder and all in it. */
  remove(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }

  /** Starts `strata ARGS` without waiting for it. */
  start(...args: string[]): Started {
    return this.startIn({}, ...args);
  }

  /** Starts `strata ARGS` with changes to its environment; undefined takes a variable away. */
  startIn(env: Readonly<Record<string, string | undefined>>, ...args: string[]): Started {
    const child = spawn(process.execPath, ['--import', preload, bin, ...args], {
      cwd: this.folder,
      env: {...process.env, NO_COLOR: '1', STRATA_STORE: '', ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const finished = new Promise<Finished>(resolve =>
      child.on('close', code => resolve({code, stdout, stderr})),
    );
    return {process: child, finished};
  }

  /** Runs `strata ARGS` to its end. */
  strata(...args: string[]): Promise<Finished> {
    return this.start(...args).finished;
  }

  /** Runs an experiment to its end and reads its events. */
  async run(...args: string[]): Promise<Ran> {
    return ran(await this.strata('run', '--json', ...args));
  }

  /** Runs an experiment and gives its events. */
  async events(...args: string[]): Promise<readonly Event[]> {
    return (await this.run(...args)).events;
  }

  /** How each stage of a run ended, by label. */
  async outcomes(...args: string[]): Promise<Readonly<Record<string, Outcome>>> {
    return (await this.run(...args)).outcomes;
  }

  /** The record of a run of an experiment; the latest if none is named. */
  record(name: string, run = 'latest'): RunRecord {
    return JSON.parse(this.read(`outputs/${name}/${run}/run.json`)) as RunRecord;
  }

  /**
   * Digests of all parts of the results of a run, by stage and part; the latest run if none is named. Without the
   * neighbour tables: they are as large as those need who have no result yet.
   */
  digests(name: string, run = 'latest'): Record<string, Record<string, string>> {
    const stages = Object.entries(this.record(name, run).stages).filter(([label]) => !label.includes('~'));
    return Object.fromEntries(
      stages.map(([label, {parts}]) => [label, Object.fromEntries(parts.map(p => [p.name, p.digest]))]),
    );
  }

  /** Names of the run folders of an experiment. */
  runs(name: string): string[] {
    const folder = this.path(`outputs/${name}`);
    return existsSync(folder) ? readdirSync(folder).filter(entry => entry !== 'latest') : [];
  }

  /** The manifests in the store, by file name. */
  results(): Map<string, Manifest> {
    const folder = this.path('outputs/.store/results');
    if (!existsSync(folder)) return new Map();
    const files = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter(f => f.endsWith('.json'));
    return new Map(files.map(f => [f, JSON.parse(readFileSync(join(folder, f), 'utf8')) as Manifest]));
  }
}

/** What the JSON lines of `strata run --json` tell. */
export function ran(finished: Finished): Ran {
  const lines = finished.stdout.split('\n').filter(line => line !== '');
  // Where the experiment cannot be run, diagnostics stand in place of events.
  const events = lines[0]?.startsWith('{"type"') === true ? lines.map(line => JSON.parse(line) as Event) : [];
  const ends = events.filter(e => e.type === 'stage-finished');
  return {
    ...finished,
    events,
    outcomes: Object.fromEntries(ends.map(e => [e.stage, e.outcome])),
    reasons: Object.fromEntries(ends.flatMap(e => (e.reason === null ? [] : [[e.stage, e.reason]]))),
    units: events.flatMap(e => (e.type === 'unit-finished' ? [`${e.stage}/${e.unit}`] : [])),
  };
}

/** Waits until a condition holds; throws after a minute. */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition();) {
    if (Date.now() > end) throw new Error(`still waiting for ${condition.toString()}`);
    await setTimeout(5);
  }
}

/** Waits until the standard output or error of a command holds a text. */
export function said({process}: Started, stream: 'stdout' | 'stderr', text: string): Promise<void> {
  let heard = '';
  return new Promise((resolve, reject) => {
    process[stream]!.on('data', (part: string) => {
      heard += part;
      if (heard.includes(text)) resolve();
    });
    process.on('close', () => reject(new Error(`never said "${text}" but:\n${heard}`)));
  });
}

/** The processes that a process has started, by what Linux tells; none if it is gone. */
export function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
}
