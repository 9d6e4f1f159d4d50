import {type ChildProcess, spawn} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of a user of Strata: files in it, and the real command run in it. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'strata-'));

  constructor() {
    for (const name of ['experiments', 'models']) cpSync(join(root, name), join(this.folder, name), {recursive: true});
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    mkdirSync(dirname(this.path(name)), {recursive: true});
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Starts `strata ARGS` without waiting for it. */
  start(...args: string[]): {process: ChildProcess; finished: Promise<Finished>} {
    const child = spawn(process.execPath, [join(root, 'bin/strata.js'), ...args], {
      cwd: this.folder,
      env: {...process.env, NO_COLOR: '1', STRATA_STORE: ''},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const finished = new Promise<Finished>(resolve => child.on('close', code => resolve({code, stdout, stderr})));
    return {process: child, finished};
  }

  /** Runs `strata ARGS` to its end. */
  strata(...args: string[]): Promise<Finished> {
    return this.start(...args).finished;
  }

  /** Runs an experiment and gives its events. */
  async events(...args: string[]): Promise<Record<string, unknown>[]> {
    const {stdout} = await this.strata('run', '--json', ...args);
    return stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
  }

  /** How each stage of a run ended, by label. */
  async outcomes(...args: string[]): Promise<Record<string, string>> {
    const events = await this.events(...args);
    const ends = events.filter(e => e['type'] === 'stage-finished');
    return Object.fromEntries(ends.map(e => [e['stage'] as string, e['outcome'] as string]));
  }
}
