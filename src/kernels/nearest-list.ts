/** The k nearest points seen so far, ascending by (distance, index), kept in place in the arrays it is given. */
export class NearestList {
  /** How many are kept. */
  size = 0;

  constructor(
    readonly indices: Int32Array,
    readonly distances: Float64Array,
  ) {}

  /** The distance that a point must not exceed to enter: Infinity until the list is full. */
  get limit(): number {
    const k = this.indices.length;
    return this.size < k ? Infinity : this.distances[k - 1]!;
  }

  clear(): void {
    this.size = 0;
  }

  /** Whether no point with this index or a higher one can enter any more, because all kept coincide with the query. */
  closedFrom(index: number): boolean {
    return this.limit === 0 && this.indices[this.size - 1]! < index;
  }

  /** Takes a point that is not in the list yet, or leaves it if k nearer ones are kept. */
  offer(index: number, distance: number): void {
    const {indices, distances} = this;
    this.size = insertNearest(indices, distances, 0, this.size, indices.length, index, distance);
  }
}

/**
 * Puts a point into its place by (distance, index) in a list that begins at `first` and holds `size` of at most `k` points.
 *
 * @returns how many it holds now
 */
export function insertNearest(
  indices: Int32Array,
  distances: Float64Array,
  first: number,
  size: number,
  k: number,
  index: number,
  distance: number,
): number {
  let at = first + size;
  if (size === k) {
    at--;
    if (!precedes(distance, index, distances[at]!, indices[at]!)) return size;
  }
  for (; at > first && precedes(distance, index, distances[at - 1]!, indices[at - 1]!); at--) {
    distances[at] = distances[at - 1]!;
    indices[at] = indices[at - 1]!;
  }
  distances[at] = distance;
  indices[at] = index;
  return Math.min(k, size + 1);
}

function precedes(distance: number, index: number, otherDistance: number, otherIndex: number): boolean {
  return distance < otherDistance || (distance === otherDistance && index < otherIndex);
}
