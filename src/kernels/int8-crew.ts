import {Worker} from 'node:worker_threads';
import {heldRows, holdPoints} from './exact-distances.js';
import type {Points, Rows, ScreenOptions} from './int8-screen.js';
import type {Shared} from './int8-searcher.js';
import {BEGUN, DONE, Int8Searcher} from './int8-searcher.js';
import type {QuantiserTask} from './int8-quantising.js';
import {quantiseTogether} from './int8-quantising.js';
import type {Request} from './int8-worker.js';
import type {FloatArray} from './matrix.js';
import {sharedLists} from './nearest-lists.js';
import type {Quantised, Quantiser} from './quantised.js';
import {quantisedRoom, quantisedRows} from './quantised.js';
import type {SharedMemory} from './wasm-instance.js';

/** Bytes of the rows that are quantised at once, unless threads share all of them. */
const SHARED_BYTES = 2 ** 23;

export interface CrewOptions extends Pick<ScreenOptions, 'k' | 'same'> {
  /** Of all that are searched for. */
  readonly rows: number;
  /** This thread and those that help it. */
  readonly size: number;
  /** Threads of the products of each. */
  readonly threads: number;
}

const sharesMemory = (data: FloatArray): boolean => data.buffer instanceof SharedArrayBuffer;

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
    this.#helpers = Array.from({length: size - 1}, (_, h) => {
      const helper = waiting.pop() ?? new Helper();
      helper.begin({options: options(h + 1), shared: this.#shared});
      return helper;
    });
    this.#own = new Int8Searcher(options(0), this.#shared);
  }

  /** Rows where all threads find them, if they can lie there one after another. */
  hold(data: FloatArray, cols: number): FloatArray {
    const block = holdPoints(data, cols, 1 + this.#helpers.length);
    this.#points = block.memory;
    return heldRows(block) ?? data;
  }

  /** Quantises rows, all threads together. */
  async quantise(data: FloatArray, quantiser: Quantiser): Promise<Quantised> {
    const {shift, scale} = quantiser;
    const cols = shift.length;
    const rows = data.length / cols;
    const all = quantisedRoom(rows, cols);
    const stretch = sharesMemory(data) ? rows : Math.ceil(SHARED_BYTES / (data.BYTES_PER_ELEMENT * cols));
    for (let first = 0; first < rows; first += stretch) {
      const end = Math.min(first + stretch, rows);
      const task: QuantiserTask = {
        shift,
        scale,
        data: this.#share(data.subarray(first * cols, end * cols)),
        quantised: quantisedRows(all, first, end),
        progress: new Int32Array(new SharedArrayBuffer(8)),
      };
      const others = Promise.all(this.#helpers.map(helper => helper.ask({quantise: task})));
      // A thread that starts late finds nothing left to do: there is no need to wait for it. If it has died, the next question tells.
      others.catch(() => undefined);
      if (!quantiseTogether(task, quantiser)) await others;
    }
    return all;
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
    await Promise.all([
      ...this.#helpers.map(helper => helper.ask({search: rows})),
      this.#own.search(rows, tell),
    ]);
    tell();
  }

  /** The lists as they are now: row-major, rows x k. */
  get found(): {readonly indices: Int32Array; readonly distances: Float64Array} {
    return this.#shared.lists;
  }

  /** @param kept whether its threads wait for another search, with some of the memory of this one */
  async close(kept: boolean): Promise<void> {
    // Those that are still at work find nothing left to begin with.
    Atomics.store(this.#shared.progress, BEGUN, 2 ** 30);
    await Promise.all([this.#own.close(), ...this.#helpers.map(helper => helper.end(kept))]);
  }

  #share(data: FloatArray): FloatArray {
    if (sharesMemory(data)) return data;
    if (this.#rows.byteLength < data.byteLength) this.#rows = new SharedArrayBuffer(data.byteLength);
    const shared =
      data instanceof Float32Array
        ? new Float32Array(this.#rows, 0, data.length)
        : new Float64Array(this.#rows, 0, data.length);
    shared.set(data);
    return shared;
  }
}

/** A thread, and who waits for its answers. */
class Helper {
  readonly #thread = new Worker(new URL('./int8-worker.js', import.meta.url));
  readonly #asked: {readonly resolve: () => void; readonly reject: (error: unknown) => void}[] = [];
  #crash: Error | undefined;

  constructor() {
    this.#thread.on('message', () => this.#asked.shift()?.resolve());
    this.#thread.on('error', error => {
      this.#crash = error;
      for (const {reject} of this.#asked.splice(0)) reject(error);
    });
  }

  tell(request: Request): void {
    this.#thread.postMessage(request);
  }

  ask(request: Request): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#crash === undefined) {
        this.#asked.push({resolve, reject});
        this.tell(request);
      } else reject(this.#crash);
    });
  }

  begin(search: Extract<Request, {begin: unknown}>['begin']): void {
    this.#thread.ref();
    this.tell({begin: search});
  }

  async end(kept: boolean): Promise<void> {
    if (kept && this.#crash === undefined) {
      await this.ask({end: true});
      this.#thread.unref();
      waiting.push(this);
    } else await this.#thread.terminate();
  }
}

/** Threads that wait for a search. They do not keep the process. */
const waiting: Helper[] = [];
