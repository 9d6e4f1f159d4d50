import {readdirSync} from 'node:fs';
import {availableParallelism, totalmem} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';
import type {Need} from './need.js';
import type {Job} from './job.js';
import type {JobEnd, Listener} from './worker-process.js';
import {WorkerProcess} from './worker-process.js';

export interface PoolOptions {
  /** Jobs at the same time. Default: as many as cores. */
  readonly jobs?: number | undefined;
  /** Default: those of this machine. */
  readonly cores?: number;
  /** In bytes. Default: that of this machine, or what this process may use of it. */
  readonly memory?: number;
}

/** The right to run one job: some cores, memory and perhaps a device, until it is released. */
export interface Slot {
  /** Native threads that a job in this slot may use. */
  readonly threads: number;
  /** The device it may use, such as cuda:1. */
  readonly device: string | null;
  /** Runs a job in a worker process. */
  run(
    job: Job,
    listener: Listener,
    signal: AbortSignal,
    options: RunOptions,
  ): Promise<JobEnd | {readonly end: 'timeout'}>;
  release(): void;
}

export interface RunOptions {
  /** Seconds after which the worker is killed. */
  readonly timeout: number | null;
  /** Is told the worker's process before the job begins. */
  readonly started: (pid: number) => void;
}

interface Waiting {
  readonly need: Need;
  readonly grant: (slot: Slot) => void;
}

/** How long a job waits for a worker that is busy before another is started, in milliseconds. */
const PATIENCE = 400;
/** Share of the machine's memory that jobs may say they need, all together. */
const MEMORY = 0.8;

/**
 * The worker processes of this machine, and what of it they may use at the same time. Who waits longest is served first, so
 * that a job that needs much is not overtaken for ever.
 */
export class Pool {
  readonly jobs: number;
  readonly cores: number;
  readonly #memory: number;
  readonly #devices = new Set(devices());
  readonly #idle: WorkerProcess[] = [];
  readonly #busy = new Set<WorkerProcess>();
  readonly #queue: Waiting[] = [];
  readonly #wanting: ((worker: WorkerProcess) => void)[] = [];
  #running = 0;
  #cpuUsed = 0;
  #memoryUsed = 0;

  constructor({jobs, cores, memory}: PoolOptions = {}) {
    this.cores = cores ?? availableParallelism();
    this.#memory = (memory ?? Math.min(totalmem(), process.constrainedMemory() || Infinity)) * MEMORY;
    this.jobs = jobs ?? this.cores;
  }

  /** Starts a worker before there is a job for it: it takes a while to come up. */
  warm(): void {
    if (this.#idle.length + this.#busy.size === 0) this.#idle.push(new WorkerProcess());
  }

  /** Waits for room for a job. */
  slot(need: Need, signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        need: {...need, cpu: Math.min(need.cpu, this.cores), least: Math.min(need.least, this.cores)},
        grant: slot => {
          signal.removeEventListener('abort', leave);
          resolve(slot);
        },
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener('abort', leave, {once: true});
      this.#queue.push(waiting);
      this.#serve();
    });
  }

  /** Lets the workers go. Only when no job is running. */
  close(): void {
    for (const worker of this.#idle) worker.dismiss();
  }

  /** Ends all workers at once. */
  kill(): void {
    for (const worker of [...this.#idle, ...this.#busy]) worker.kill();
  }

  #serve(): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const {least, memory, device} = first.need;
      const taken = device === null ? null : this.#deviceFor(device);
      const fits =
        this.#running === 0 ||
        (this.#running < this.jobs &&
          this.#cpuUsed + least <= this.cores &&
          this.#memoryUsed + memory <= this.#memory);
      if (!fits || taken === undefined) return;
      this.#queue.shift();
      first.grant(this.#take(first.need, taken));
    }
  }

  /** A free device of the kind; undefined if all are taken. One that this machine does not have is told of by who opens it. */
  #deviceFor(wanted: string): string | null | undefined {
    const fits = (id: string): boolean => id === wanted || id.startsWith(`${wanted}:`);
    if (!devices().some(fits)) return null;
    return [...this.#devices].find(fits);
  }

  #take({cpu, least, memory}: Need, device: string | null): Slot {
    const cores = Math.max(least, Math.min(cpu, this.cores - this.#cpuUsed));
    this.#running++;
    this.#cpuUsed += cores;
    this.#memoryUsed += memory;
    if (device !== null) this.#devices.delete(device);
    return {
      threads: cpu,
      device,
      run: (job, listener, signal, options) => this.#run(job, listener, signal, options),
      release: () => {
        this.#running--;
        this.#cpuUsed -= cores;
        this.#memoryUsed -= memory;
        if (device !== null) this.#devices.add(device);
        this.#serve();
      },
    };
  }

  /** A worker that has nothing to do. While others are busy with short jobs, waiting for one is faster than starting another. */
  async #worker(): Promise<WorkerProcess> {
    let worker = this.#idle.pop();
    while (worker?.alive === false) worker = this.#idle.pop();
    if (worker !== undefined) return worker;
    if (this.#busy.size === 0) return new WorkerProcess();
    return new Promise(resolve => {
      const late = setTimeout(() => {
        this.#wanting.splice(this.#wanting.indexOf(take), 1);
        resolve(new WorkerProcess());
      }, PATIENCE);
      const take = (worker: WorkerProcess): void => {
        clearTimeout(late);
        resolve(worker);
      };
      this.#wanting.push(take);
    });
  }

  async #run(
    job: Job,
    listener: Listener,
    signal: AbortSignal,
    {timeout, started}: RunOptions,
  ): Promise<JobEnd | {readonly end: 'timeout'}> {
    const running = await this.#worker();
    this.#busy.add(running);
    if (running.pid !== undefined) started(running.pid);
    const limit = new AbortController();
    if (timeout !== null)
      void delay(timeout * 1000, undefined, limit).then(
        () => running.kill(),
        () => undefined,
      );
    const began = performance.now();
    const end = await running.run(job, listener, signal);
    const late = timeout !== null && performance.now() - began >= timeout * 1000;
    limit.abort();
    this.#busy.delete(running);
    if (running.alive) (this.#wanting.shift() ?? (worker => this.#idle.push(worker)))(running);
    return late && end.end === 'died' ? {end: 'timeout'} : end;
  }
}

/** The accelerators of this machine, as devices are named in experiments. */
function devices(): string[] {
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  const count =
    visible === undefined
      ? nvidiaDevices()
      : visible.split(',').filter(id => id !== '' && id !== '-1').length;
  return ['webgpu', ...Array.from({length: count}, (_, i) => `cuda:${i}`)];
}

function nvidiaDevices(): number {
  try {
    return readdirSync('/dev').filter(name => /^nvidia\d+$/.test(name)).length;
  } catch {
    return 0;
  }
}
