import {Worker} from 'node:worker_threads';
import type {Rows, ScreenOptions} from './int8-screen.js';
import {Int8Searcher} from './int8-searcher.js';
import type {Reply, Request} from './int8-worker.js';
import {quantisedRows} from './quantised.js';

/** What was found for some rows: row-major, rows x k. */
export interface Found {
  /** The number of the first row. */
  readonly first: number;
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

/** Searchers that share the rows of a group. */
export interface Crew {
  take(rows: Rows): Promise<void>;
  /** Looks at a block of points for all rows. Points may not be changed before it is done. */
  search(points: Rows, step: (rows: number) => void): Promise<void>;
  found(): Promise<Found[]>;
  close(): Promise<void>;
}

/** One searcher, in this thread: its products take all threads. */
export function crewOfOne(options: ScreenOptions): Crew {
  const searcher = new Int8Searcher(options);
  let first = 0;
  return {
    take(rows) {
      first = rows.first;
      searcher.take(rows);
      return Promise.resolve();
    },
    search: (points, step) => searcher.search(points, step),
    found() {
      const {indices, distances} = searcher.found();
      return Promise.resolve([{first, indices, distances}]);
    },
    close: () => Promise.resolve(),
  };
}

/** As many searchers as threads, each in its own, with products on one thread. */
export class CrewOfThreads implements Crew {
  readonly #members: readonly Member[];
  readonly #cols: number;
  #firsts: number[] = [];
  /** Where threads find the points of a block. */
  #shared = new SharedArrayBuffer(0);

  constructor(options: ScreenOptions, threads: number) {
    this.#cols = options.cols;
    this.#members = Array.from({length: threads}, () => new Member({...options, threads: 1}));
  }

  async take({first, data, quantised}: Rows): Promise<void> {
    const share = Math.ceil(quantised.rows / this.#members.length);
    this.#firsts = this.#members.map((_, m) => first + Math.min(m * share, quantised.rows));
    await Promise.all(
      this.#members.map((member, m) => {
        const from = Math.min(m * share, quantised.rows);
        const to = Math.min(from + share, quantised.rows);
        const own = data.slice(from * this.#cols, to * this.#cols);
        const take = {first: first + from, data: own, quantised: quantisedRows(quantised, from, to)};
        return member.ask({take}, [own.buffer]);
      }),
    );
  }

  async search({first, data, quantised}: Rows, step: (rows: number) => void): Promise<void> {
    if (this.#shared.byteLength < data.byteLength) this.#shared = new SharedArrayBuffer(data.byteLength);
    const shared =
      data instanceof Float32Array
        ? new Float32Array(this.#shared, 0, data.length)
        : new Float64Array(this.#shared, 0, data.length);
    shared.set(data);
    const search = {first, data: shared, quantised};
    await Promise.all(this.#members.map(member => member.ask({search}, [], step)));
  }

  async found(): Promise<Found[]> {
    const replies = await Promise.all(this.#members.map(member => member.ask('found')));
    return replies.flatMap((reply, m) =>
      typeof reply === 'object' && 'found' in reply ? [{first: this.#firsts[m]!, ...reply.found}] : [],
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(member => member.end()));
  }
}

/** A thread, and whoever waits for its answer. */
class Member {
  readonly #thread: Worker;
  #step: (rows: number) => void = () => undefined;
  #settle: {resolve: (reply: Reply) => void; reject: (error: unknown) => void} | undefined;
  #crash: Error | undefined;

  constructor(options: ScreenOptions) {
    this.#thread = new Worker(new URL('./int8-worker.js', import.meta.url), {workerData: options});
    this.#thread.on('message', (reply: Reply) => this.#hear(reply));
    this.#thread.on('error', error => {
      this.#crash = error;
      this.#settle?.reject(error);
    });
  }

  ask(
    request: Request,
    transfer: ArrayBuffer[] = [],
    step: (rows: number) => void = () => undefined,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#crash !== undefined) {
        reject(this.#crash);
        return;
      }
      this.#settle = {resolve, reject};
      this.#step = step;
      this.#thread.postMessage(request, transfer);
    });
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }

  #hear(reply: Reply): void {
    if (typeof reply === 'object' && 'step' in reply) {
      try {
        this.#step(reply.step);
      } catch (error) {
        this.#settle?.reject(error);
      }
    } else this.#settle?.resolve(reply);
  }
}
