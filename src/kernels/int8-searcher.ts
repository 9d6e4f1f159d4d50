import type {Points, Rows, ScreenOptions} from './int8-screen.js';
import {Int8Screen, screenMemory, tileOf} from './int8-screen.js';
import {NearestLists} from './nearest-lists.js';
import type {SharedLists} from './nearest-lists.js';

/** What threads share that search for the neighbours of the same rows. */
export interface Shared {
  readonly rows: number;
  readonly lists: SharedLists;
  /** Of the rows that are searched for: how many were begun with, and how many are done. */
  readonly progress: Int32Array;
}

export const [BEGUN, DONE] = [0, 1];

/** One of the threads that search for the neighbours of rows, among one block of points after the other. */
export class Int8Searcher {
  readonly #memory = screenMemory();
  readonly #lists: NearestLists;
  readonly #progress: Int32Array;
  #screen: Int8Screen | undefined;

  constructor(
    private readonly options: ScreenOptions,
    {rows, lists, progress}: Shared,
  ) {
    this.#lists = new NearestLists(rows, options.k, lists);
    this.#progress = progress;
  }

  /** Searches among these points from here on. */
  async open(points: Points): Promise<void> {
    await this.close();
    this.#screen = await Int8Screen.open(this.#memory, points, this.options);
  }

  /** Takes rows that no thread has begun with, a tile at a time, until none is left. */
  async search(rows: Rows, step: () => void): Promise<void> {
    const count = rows.quantised.rows;
    const tile = tileOf(rows.quantised.integers.length / count);
    for (;;) {
      const from = Atomics.add(this.#progress, BEGUN, tile);
      if (from >= count) return;
      const to = Math.min(from + tile, count);
      await this.#screen!.search(rows, from, to, this.#lists);
      Atomics.add(this.#progress, DONE, to - from);
      step();
    }
  }

  async close(): Promise<void> {
    await this.#screen?.close();
    this.#screen = undefined;
  }
}
