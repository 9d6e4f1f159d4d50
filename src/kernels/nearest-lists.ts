import {insertNearest} from './nearest-list.js';

/** The k nearest points of every row seen so far: row-major, rows x k, ascending by (distance, index). */
export class NearestLists {
  readonly indices: Int32Array<ArrayBuffer>;
  readonly distances: Float64Array<ArrayBuffer>;
  readonly #sizes: Int32Array;

  constructor(
    readonly rows: number,
    readonly k: number,
  ) {
    this.indices = new Int32Array(rows * k);
    this.distances = new Float64Array(rows * k);
    this.#sizes = new Int32Array(rows);
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
