import {Worker} from 'node:worker_threads';
import {holdPoints} from './exact-distances.js';
import type {Points, Rows, ScreenOptions} from './int8-screen.js';
import type {Shared} from './int8-searcher.js';
import {BEGUN, DONE, Int8Searcher} from './int8-searcher.js';
import type {Request, WorkerData} from './int8-worker.js';
import type {FloatArray} from './matrix.js';
import {sharedLists} from './nearest-lists.js';
import type {SharedMemory} from './wasm-instance.js';

export interface CrewOptions extends Pick<ScreenOptions, 'k' | 'same'> {
  /** Of all that are searched for. */
  readonly rows: number;
  /** This thread and those that help it. */
  readonly size: number;
  /** Threads of the products of each. */
  readonly threads: number;
}

/** This thread and others that together search for the neighbours of rows. */
export class Crew {
  readonly #shared: Shared;
  readonly #own: Int8Searcher;
  readonly #helpers: readonly Helper[];
  #points: SharedMemory | undefined;
  /** Where all find the rows. */
  #rows = new SharedArrayBuffer(0);

  constructor({rows, k, same, size, threads}: CrewOptions) {
    this.#shared = {
      rows,
      lists: sharedLists(rows, k),
      progress: new Int32Array(new SharedArrayBuffer(8)),
    };
    const options = (thread: number): ScreenOptions => ({k, same, thread, threads});
    this.#helpers = Array.from(
      {length: size - 1},
      (_, h) => new Helper({options: options(h + 1), shared: this.#shared}),
    );
    this.#own = new Int8Searcher(options(0), this.#shared);
  }

  /** Searches among these points from here on. */
  async open({first, data, quantised}: Rows, scale: number): Promise<void> {
    const cols = data.length / quantised.rows;
    const block = holdPoints(data, cols, 1 + this.#helpers.length, this.#points);
    this.#points = block.memory;
    const points: Points = {first, block, quantised, scale};
    for (const helper of this.#helpers) helper.tell({open: points});
    await this.#own.open(points);
  }

  /**
   * Offers the points to the lists of rows, whose data may be overwritten from then on.
   *
   * @param step is told of rows that are done
   */
  async search({first, data, quantised}: Rows, step: (rows: number) => void): Promise<void> {
    const {progress} = this.#shared;
    progress.fill(0);
    const rows = {first, data: this.#share(data), quantised};
    let told = 0;
    const tell = (): void => {
      const done = Atomics.load(progress, DONE);
      step(done - told);
      told = done;
    };
    await Promise.all([...this.#helpers.map(helper => helper.search(rows)), this.#own.search(rows, tell)]);
    tell();
  }

  /** The lists as they are now: row-major, rows x k. */
  get found(): {readonly indices: Int32Array; readonly distances: Float64Array} {
    return this.#shared.lists;
  }

  async close(): Promise<void> {
    // Those that are still at work find nothing left to begin with.
    Atomics.store(this.#shared.progress, BEGUN, 2 ** 30);
    await Promise.all([this.#own.close(), ...this.#helpers.map(helper => helper.end())]);
  }

  #share(data: FloatArray): FloatArray {
    if (this.#rows.byteLength < data.byteLength) this.#rows = new SharedArrayBuffer(data.byteLength);
    const shared =
      data instanceof Float32Array
        ? new Float32Array(this.#rows, 0, data.length)
        : new Float64Array(this.#rows, 0, data.length);
    shared.set(data);
    return shared;
  }
}

/** A thread, and who waits for its answer. */
class Helper {
  readonly #thread: Worker;
  #settle: {readonly resolve: () => void; readonly reject: (error: unknown) => void} | undefined;
  #crash: Error | undefined;

  constructor(data: WorkerData) {
    this.#thread = new Worker(new URL('./int8-worker.js', import.meta.url), {workerData: data});
    this.#thread.on('message', () => this.#settle?.resolve());
    this.#thread.on('error', error => {
      this.#crash = error;
      this.#settle?.reject(error);
    });
  }

  tell(request: Request): void {
    this.#thread.postMessage(request);
  }

  search(rows: Rows): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#crash === undefined) {
        this.#settle = {resolve, reject};
        this.tell({search: rows});
      } else reject(this.#crash);
    });
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }
}
