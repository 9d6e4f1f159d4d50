import type {Rows, ScreenOptions} from './int8-screen.js';
import {Int8Screen, screenMemory} from './int8-screen.js';
import {NearestLists} from './nearest-lists.js';

/** The neighbours of a group of rows, found among one block of points after the other. */
export class Int8Searcher {
  readonly #memory = screenMemory();
  #rows: Rows | undefined;
  #lists = new NearestLists(0, 0);

  constructor(private readonly options: ScreenOptions) {}

  /** Begins with other rows, of which nothing is known yet. */
  take(rows: Rows): void {
    this.#rows = rows;
    this.#lists = new NearestLists(rows.quantised.rows, this.options.k);
  }

  /** Looks at a block of points for all rows. */
  async search(points: Rows, step: (rows: number) => void): Promise<void> {
    const screen = await Int8Screen.open(this.#memory, points, this.options);
    try {
      await screen.search(this.#rows!, this.#lists, step);
    } finally {
      await screen.close();
    }
  }

  /** What was found for the rows, in their order. */
  found(): NearestLists {
    return this.#lists;
  }
}
