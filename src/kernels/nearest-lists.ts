import {insertNearest} from './nearest-list.js';

/** What lists are kept in. */
export interface SharedLists {
  readonly indices: Int32Array;
  readonly distances: Float64Array;
  readonly sizes: Int32Array;
}

const listsIn = (rows: number, k: number, place: (bytes: number) => ArrayBufferLike): SharedLists => ({
  indices: new Int32Array(place(4 * rows * k)),
  distances: new Float64Array(place(8 * rows * k)),
  sizes: new Int32Array(place(4 * rows)),
});

/** Empty lists that threads can be sent, each to work on other rows of them. */
export const sharedLists = (rows: number, k: number): SharedLists =>
  listsIn(rows, k, bytes => new SharedArrayBuffer(bytes));

/** The k nearest points of every row seen so far: row-major, rows x k, ascending by (distance, index). */
export class NearestLists {
  readonly indices: Int32Array;
  readonly distances: Float64Array;
  readonly #sizes: Int32Array;

  /** @param shared lists made by `sharedLists`, to work on them in any thread */
  constructor(
    readonly rows: number,
    readonly k: number,
    shared?: SharedLists,
  ) {
    const {indices, distances, sizes} = shared ?? listsIn(rows, k, bytes => new ArrayBuffer(bytes));
    this.indices = indices;
    this.distances = distances;
    this.#sizes = sizes;
  }

  /** Takes over full lists of the rows from `first` on. */
  set(first: number, indices: Int32Array, distances: Float64Array): void {
    this.indices.set(indices, first * this.k);
    this.distances.set(distances, first * this.k);
  }

  /** The distance that a point must not exceed to enter the list of a row: Infinity until it is full. */
  limit(row: number): number {
    return this.#sizes[row]! < this.k ? Infinity : this.distances[(row + 1) * this.k - 1]!;
  }

  /** Takes a point that is not in the list of the row yet, or leaves it if k nearer ones are kept. */
  offer(row: number, index: number, distance: number): void {
    this.#sizes[row] = insertNearest(
      this.indices,
      this.distances,
      row * this.k,
      this.#sizes[row]!,
      this.k,
      index,
      distance,
    );
  }
}
