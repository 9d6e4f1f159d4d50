import {readStatistics} from './column-statistics.js';
import {distancesTo} from './distance.js';
import type {DistanceBound, Prepared} from './distance-bound.js';
import {frameOf} from './distance-bound.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import type {Neighbors} from './neighbors.js';
import type {Part} from './parts.js';
import {eachNeighbor, partsOf, someOf} from './parts.js';
import {range} from './range.js';
import {Scores} from './scores.js';
import type {Vectors} from './vectors.js';
import {vectorsOf} from './vectors.js';

export interface RankOptions {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Numbers of the rows, and of the points, that are held at once. */
  readonly held?: number | undefined;
}

/** Numbers of the rows in hand, and of the points that they meet at once. */
const HELD = 2 ** 24;
/** Rows, and points that they are compared with at once. */
const ROWS = 256;
const POINTS = 16_384;
/** Beyond this a bound in float32 leaves too many points open. */
const TOO_LOOSE = 0.01;

/**
 * The ranks that the k nearest neighbours of every row in one representation have among its neighbours in another, from 1.
 *
 * Ranks are exact, by (distance, index) of direct differences in float64: products in float32 leave open which of two
 * distances is smaller only where they nearly agree, and there the distances are computed. Some rows at a time meet all points twice:
 * to measure the distances to their neighbours, and to count what is nearer.
 *
 * @param from table of the first, of at least k neighbours; beyond n - 1 there are no more
 * @param to the same n points in the second, which is read block by block: memory is bounded whatever their number
 * @returns n x min(k, n - 1), row-major, in the order of the table
 * @throws E305 if a value is not finite
 */
export async function neighborRanks(
  from: Neighbors,
  to: Matrix | Vectors,
  k: number,
  {threads, signal, held = HELD}: RankOptions = {},
): Promise<Int32Array> {
  const {rows: n, cols} = to;
  const width = Math.min(k, Math.max(0, n - 1));
  if (from.n !== n || from.k < width)
    throw new RangeError(`a table of ${from.n} x ${from.k}, ${n} rows, k ${k}`);
  const vectors = vectorsOf(to);
  const frame = frameOf((await readStatistics(to)).statistics);
  const ranks = new Int32Array(n * width);
  if (width === 0) return ranks;

  const most = Math.max(1, Math.floor(held / cols));
  let products: Scores | undefined;
  try {
    for await (const part of partsOf(vectors, most, frame)) {
      const {first, bound} = part;
      const precision = bound.looseness('float32') > TOO_LOOSE ? 'float64' : 'float32';
      products ??= await Scores.open(precision, threads);
      const prepared = bound[precision](range(0, bound.x.rows));
      const distances = new Float64Array(bound.x.rows * width);
      for await (const points of partsOf(vectors, most, frame)) {
        signal?.throwIfAborted();
        measure(part, points, from, width, distances);
      }
      const counts = Array.from({length: bound.x.rows}, (_, row) => {
        const own = (first + row) * from.k;
        const neighbors = from.indices.subarray(own, own + width);
        const away = distances.subarray(row * width, (row + 1) * width);
        return new RankCount(bound, precision, row, first + row, prepared.base[row]!, neighbors, away);
      });
      for await (const points of partsOf(vectors, most, frame))
        await scan(counts, prepared, points, precision, products, signal);
      counts.forEach((count, r) => count.write(ranks.subarray((first + r) * width, (first + r + 1) * width)));
    }
  } finally {
    await products?.release();
  }
  return ranks;
}

/** Measures the distances of rows to those of their first neighbours that are among some points. */
function measure(rows: Part, points: Part, table: Neighbors, width: number, distances: Float64Array): void {
  const sideOf = ({first, bound}: Part) => ({first, count: bound.x.rows});
  const {data, cols} = rows.bound.x;
  const [place, distance] = [new Int32Array(1), new Float64Array(1)];
  eachNeighbor(sideOf(rows), sideOf(points), table, width, (row, point, which) => {
    place[0] = point;
    distancesTo(data, cols, row, place, 1, distance, points.bound.x.data);
    distances[row * width + which] = distance[0]!;
  });
}

/** Counts some points for rows that were prepared. */
async function scan(
  counts: readonly RankCount[],
  prepared: Prepared,
  part: Part,
  precision: FloatType,
  products: Scores,
  signal: AbortSignal | undefined,
): Promise<void> {
  const {rows} = part.bound.x;
  for (let start = 0; start < rows; start += POINTS) {
    const points = part.bound[precision](range(start, Math.min(start + POINTS, rows)));
    for (let from = 0; from < counts.length; from += ROWS) {
      signal?.throwIfAborted();
      const some = counts.slice(from, from + ROWS);
      const scores = await products.of(someOf(prepared, from, from + some.length), points);
      some.forEach((count, r) => {
        count.scan(scores.subarray(r * points.rows, (r + 1) * points.rows), points.bias, start, part);
      });
    }
  }
}

/** The ranks of some points among all by their distance to one row. */
class RankCount {
  /** The points, nearest first, their places among those given, and their distances. */
  readonly #points: Int32Array;
  readonly #places: readonly number[];
  readonly #distances: Float64Array;
  /** Scores from which on another point is certainly farther than each, and below which it is certainly nearer. */
  readonly #far: Float64Array;
  readonly #near: Float64Array;
  readonly #slack: number;
  /** Other points that are nearer than this one and not nearer than the one before it. */
  readonly #counts: Float64Array;

  /**
   * @param row its place among the rows of the bound
   * @param index its number among all
   * @param base as it was prepared
   * @param distances to the points
   */
  constructor(
    private readonly bound: DistanceBound,
    precision: FloatType,
    private readonly row: number,
    private readonly index: number,
    base: number,
    points: Int32Array,
    distances: Float64Array,
  ) {
    const order = Array.from(points.keys()).sort(
      (a, b) => distances[a]! - distances[b]! || points[a]! - points[b]!,
    );
    this.#places = order;
    this.#points = Int32Array.from(order, at => points[at]!);
    this.#distances = Float64Array.from(order, at => distances[at]!);
    this.#far = this.#distances.map(distance => bound.limit(precision, base, distance));
    this.#near = this.#distances.map(distance => bound.near(precision, base, distance));
    this.#slack = bound.slack(precision);
    this.#counts = new Float64Array(points.length);
  }

  /** Counts the points of a part from `start` on, one for each score, but for the row itself and the points that are ranked. */
  scan(scores: FloatArray, bias: FloatArray, start: number, points: Part): void {
    const open: number[] = [];
    const end = scores.length;
    const self = this.index - points.first - start;
    const own = Math.min(Math.max(self, 0), end);
    this.#scan(scores, bias, 0, own, start, open);
    this.#scan(scores, bias, self === own ? own + 1 : own, end, start, open);
    this.#compare(Int32Array.from(open), points);
  }

  #scan(scores: FloatArray, bias: FloatArray, from: number, to: number, start: number, open: number[]): void {
    const far = this.#far;
    const near = this.#near;
    const counts = this.#counts;
    const slack = this.#slack;
    const k = far.length;
    for (let j = from; j < to; j++) {
      const score = scores[j]!;
      if (score > far[k - 1]!) continue;
      const most = score + slack * bias[j]!;
      let at = 0;
      while (score > far[at]!) at++;
      if (most < near[at]!) counts[at]!++;
      else open.push(start + j);
    }
  }

  /** Places points by their distances. */
  #compare(others: Int32Array, {first, bound}: Part): void {
    const {data, cols} = this.bound.x;
    const exact = new Float64Array(others.length);
    distancesTo(data, cols, this.row, others, others.length, exact, bound.x.data);
    others.forEach((place, i) => {
      const other = first + place;
      if (this.#points.includes(other)) return;
      const distance = exact[i]!;
      const at = this.#points.findIndex((point, m) => {
        const limit = this.#distances[m]!;
        return distance < limit || (distance === limit && other < point);
      });
      if (at >= 0) this.#counts[at]!++;
    });
  }

  /** Gives the rank of each point, the nearest of all other points having rank 1. */
  write(ranks: Int32Array): void {
    let nearer = 0;
    this.#counts.forEach((count, m) => {
      nearer += count;
      ranks[this.#places[m]!] = 1 + m + nearer;
    });
  }
}
