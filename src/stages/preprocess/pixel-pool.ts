import {availableParallelism} from 'node:os';
import {Worker} from 'node:worker_threads';
import {StrataError} from '../../diagnostics/diagnostic.js';
import type {Pixels} from '../ports.js';
import type {BatchOptions, PixelBatch, Shape} from './batches.js';
import {NEXT, type PixelJob, type PixelReport, RELEASED} from './pixel-job.js';

/** Batches that are made before they are asked for. */
const AHEAD = 2;
/** One thread keeps up with a model that takes 3 ms an image on the other processors; a GPU is faster and needs several. */
const WORKERS = Math.min(8, Math.ceil(availableParallelism() / 2));
/** Samples that are worth the start of a thread. */
const WORTH = 64;

/**
 * Batches made by worker threads. The threads share one counter of samples and each takes the next one, so that they never wait
 * for this thread, which a running model blocks; they pause only when all AHEAD batches in shared memory are full. A batch is
 * copied out before it is given away: ONNX Runtime takes no shared memory.
 */
export async function* batchesFromPool(
  {samples, origin, recipe}: Pixels,
  shape: Shape,
  {batchSize: wanted, signal, workers = WORKERS}: BatchOptions,
): AsyncGenerator<PixelBatch> {
  const {rows} = samples;
  const batchSize = Math.min(wanted, rows.length);
  const length = shape[0] * shape[1] * shape[2];
  const control = new Int32Array(new SharedArrayBuffer(8));
  const shared = new Float32Array(new SharedArrayBuffer(AHEAD * batchSize * length * 4));
  const data = new Float32Array(batchSize * length);
  const pool = new PixelPool(Math.min(workers, Math.ceil(rows.length / WORTH)), signal, {
    samples: rows.map(({id, uri, sha256}) => ({id, uri, sha256})),
    origin,
    recipe,
    shape,
    batchSize,
    ahead: AHEAD,
    control,
    shared,
  });
  try {
    for (let start = 0, batch = 0; start < rows.length; start += batchSize, batch++) {
      const count = Math.min(batchSize, rows.length - start);
      await pool.finished(start, count);
      const place = (batch % AHEAD) * batchSize * length;
      data.set(shared.subarray(place, place + count * length));
      Atomics.store(control, RELEASED, batch + 1);
      Atomics.notify(control, RELEASED);
      yield {start, count, data: data.subarray(0, count * length)};
    }
  } finally {
    // No sample is left to take, and nobody has to wait for a place.
    Atomics.store(control, NEXT, rows.length);
    Atomics.store(control, RELEASED, rows.length);
    Atomics.notify(control, RELEASED);
    await pool.stopped();
  }
}

/** The threads, and what they have reported. */
class PixelPool {
  readonly #threads: readonly Worker[];
  readonly #exits: readonly Promise<void>[];
  readonly #reports = new Map<number, PixelReport>();
  readonly #signal: AbortSignal;
  #crash: Error | undefined;
  /** Resolves what `finished` waits for. */
  #wake: () => void = () => undefined;
  readonly #onAbort = (): void => this.#wake();

  constructor(count: number, signal: AbortSignal, job: PixelJob) {
    const entry = new URL('./pixel-worker.js', import.meta.url);
    this.#threads = Array.from({length: count}, () => new Worker(entry, {workerData: job}));
    this.#exits = this.#threads.map(thread => this.#watch(thread));
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  /** Resolves when the thread has ended. */
  #watch(thread: Worker): Promise<void> {
    // Only somebody who waits for a batch keeps the process alive.
    thread.unref();
    thread.on('message', (report: PixelReport) => {
      this.#reports.set(report.index, report);
      this.#wake();
    });
    thread.on('error', error => {
      this.#crash ??= error;
      this.#wake();
    });
    return new Promise(resolve => {
      thread.on('exit', code => {
        if (code !== 0)
          this.#crash ??= new Error(`a thread that prepares images ended with exit code ${code}`);
        this.#wake();
        resolve();
      });
    });
  }

  /** Waits until samples `start` to `start + count` are done. Throws for the first of them, in order, that could not be. */
  async finished(start: number, count: number): Promise<void> {
    const indices = Array.from({length: count}, (_, i) => start + i);
    this.#threads.forEach(t => t.ref());
    for (;;) {
      this.#signal.throwIfAborted();
      if (indices.every(i => this.#reports.has(i))) break;
      if (this.#crash !== undefined) throw this.#crash;
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
    this.#threads.forEach(t => t.unref());
    for (const index of indices) {
      const {diagnostics} = this.#reports.get(index)!;
      this.#reports.delete(index);
      if (diagnostics !== undefined) throw new StrataError(diagnostics);
    }
  }

  /** Waits for the end of all threads. */
  async stopped(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#threads.forEach(t => t.ref());
    await Promise.all(this.#exits);
  }
}
