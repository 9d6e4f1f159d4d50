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

  /** Whether no point with this index or a higher one can enter the list of a row any more, because all kept coincide with it. */
  closedFrom(row: number, index: number): boolean {
    return this.limit(row) === 0 && this.indices[(row + 1) * this.k - 1]! < index;
  }

  /** Takes a point that is not in the list of the row yet, or leaves it if k nearer ones are kept. */
  offer(row: number, index: number, distance: number): void {
    const {indices, distances, k} = this;
    const first = row * k;
    const size = this.#sizes[row]!;
    let at = first + size;
    if (size === k) {
      at--;
      if (!precedes(distance, index, distances[at]!, indices[at]!)) return;
    } else this.#sizes[row] = size + 1;
    for (; at > first && precedes(distance, index, distances[at - 1]!, indices[at - 1]!); at--) {
      distances[at] = distances[at - 1]!;
      indices[at] = indices[at - 1]!;
    }
    distances[at] = distance;
    indices[at] = index;
  }

  /** Keeps of the list of a row the points below an index. */
  keepBelow(row: number, index: number): void {
    const {indices, distances} = this;
    const first = row * this.k;
    const end = first + this.#sizes[row]!;
    let to = first;
    for (let at = first; at < end; at++) {
      if (indices[at]! >= index) continue;
      indices[to] = indices[at]!;
      distances[to++] = distances[at]!;
    }
    this.#sizes[row] = to - first;
  }
}

function precedes(distance: number, index: number, otherDistance: number, otherIndex: number): boolean {
  return distance < otherDistance || (distance === otherDistance && index < otherIndex);
}
