import type {ChildProcess} from 'node:child_process';
import {fork} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import type {Command, Job, Report} from './job.js';

const ENTRY = fileURLToPath(new URL('./worker.js', import.meta.url));

/** How a job ended. */
export type JobEnd =
  | {readonly end: 'done'}
  | {readonly end: 'cancelled'}
  | {readonly end: 'failed'; readonly diagnostics: readonly Diagnostic[]}
  /** The worker is gone, with what it said last. */
  | {
      readonly end: 'died';
      readonly code: number | null;
      readonly signal: string | null;
      readonly said: readonly string[];
    };

export type Listener = (report: Exclude<Report, {type: 'ended'}>) => void;

/** What a worker is given of the environment: what programs need to find their way, and what devices and runtimes are told by. */
const ENVIRONMENT =
  /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|TMP|TEMP|SYSTEMROOT|NODE_.*|STRATA_.*|LD_.*|DYLD_.*|CUDA_.*|NVIDIA_.*|OMP_.*|ORT_.*|VK_.*|XDG_.*|DISPLAY|FONTCONFIG_.*)$/i;

/** Lines of a worker that are kept for the case that it dies. */
const LAST_LINES = 10;

/** One worker: a process that does jobs, one after another, until it is dismissed or dies. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  #ended: ((end: JobEnd) => void) | undefined;
  #listener: Listener | undefined;
  #alive = true;

  constructor() {
    const env = Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name));
    this.#child = fork(ENTRY, [], {
      env: Object.fromEntries(env),
      // JSON would turn -0 into 0, and keys tell them apart.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.on('message', (report: Report) => this.#hear(report));
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      createInterface({input: stream}).on('line', line => this.#say(line));
    this.#child.on('error', error => this.#say(error.message));
    // After "exit" there may still be lines and messages on the way; "close" comes after them.
    this.#child.on('exit', () => (this.#alive = false));
    this.#child.on('close', (code, signal) => {
      this.#alive = false;
      this.#end({end: 'died', code, signal, said: [...this.#said]});
    });
  }

  /** Whether it can be given a job. */
  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Does a job. An aborted signal asks the stage to stop; it may take a while to. */
  run(job: Job, listener: Listener, signal: AbortSignal): Promise<JobEnd> {
    this.#said.length = 0;
    this.#listener = listener;
    const abort = (): void => this.#send({type: 'abort'});
    signal.addEventListener('abort', abort, {once: true});
    return new Promise<JobEnd>(resolve => {
      this.#ended = end => {
        signal.removeEventListener('abort', abort);
        resolve(end);
      };
      this.#send({type: 'run', job});
    });
  }

  /** Lets it go when it has no job. */
  dismiss(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #send(command: Command): void {
    // A worker that is gone is told of by "close".
    if (this.#child.connected) this.#child.send(command, () => undefined);
  }

  #hear(report: Report): void {
    if (report.type !== 'ended') this.#listener?.(report);
    else if (report.cancelled) this.#end({end: 'cancelled'});
    else if (report.diagnostics.length > 0) this.#end({end: 'failed', diagnostics: report.diagnostics});
    else this.#end({end: 'done'});
  }

  #say(line: string): void {
    this.#said.push(line);
    if (this.#said.length > LAST_LINES) this.#said.shift();
    this.#listener?.({type: 'log', message: line});
  }

  #end(end: JobEnd): void {
    const ended = this.#ended;
    this.#ended = undefined;
    this.#listener = undefined;
    ended?.(end);
  }
}
