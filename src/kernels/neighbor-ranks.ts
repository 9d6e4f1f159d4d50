import {openSession} from '../onnx/session.js';
import {distancesTo} from './distance.js';
import {DistanceBound} from './distance-bound.js';
import {requireFinite} from './finite.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import type {Neighbors} from './neighbors.js';
import {range} from './range.js';
import {scoresModel} from './scores.js';
import {floatTensor} from './tensors.js';

export interface RankOptions {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rows, and points that they are compared with at once. */
const ROWS = 256;
const POINTS = 16_384;
/** Beyond this a bound in float32 leaves too many points open. */
const TOO_LOOSE = 0.01;

/**
 * The ranks that the k nearest neighbours of every row in one representation have among its neighbours in another, from 1.
 *
 * Ranks are exact, by (distance, index) of direct differences in float64: products in float32 leave open which of two
 * distances is smaller only where they nearly agree, and there the distances are computed. Memory is that of a block of rows.
 *
 * @param from table of the first, of at least k neighbours; beyond n - 1 there are no more
 * @param to the same n points in the second
 * @returns n x min(k, n - 1), row-major, in the order of the table
 * @throws E305 if a value is not finite
 */
export async function neighborRanks(
  from: Neighbors,
  to: Matrix,
  k: number,
  {threads, signal}: RankOptions = {},
): Promise<Int32Array> {
  const {rows: n, cols} = to;
  const width = Math.min(k, Math.max(0, n - 1));
  if (from.n !== n || from.k < width)
    throw new RangeError(`a table of ${from.n} x ${from.k}, ${n} rows, k ${k}`);
  requireFinite(to);
  const ranks = new Int32Array(n * width);
  if (width === 0) return ranks;

  const bound = new DistanceBound(to);
  const precision = bound.looseness('float32') > TOO_LOOSE ? 'float64' : 'float32';
  const points = bound[precision](range(0, n));
  const session = await openSession(scoresModel(precision), {threads});
  try {
    for (let start = 0; start < n; start += ROWS) {
      signal?.throwIfAborted();
      const count = Math.min(ROWS, n - start);
      const ranked = Array.from({length: count}, (_, r) => {
        const row = start + r;
        const neighbors = from.indices.slice(row * from.k, row * from.k + width);
        return new RankCount(bound, precision, row, points.base[row]!, neighbors);
      });
      const query = points.points.subarray(start * cols, (start + count) * cols);
      for (let first = 0; first < n; first += POINTS) {
        const size = Math.min(POINTS, n - first);
        const bias = points.bias.subarray(first, first + size);
        const {scores} = await session.run({
          query: floatTensor(query, count, cols),
          points: floatTensor(points.points.subarray(first * cols, (first + size) * cols), size, cols),
          bias: floatTensor(bias, size),
        });
        const all = scores!.data as FloatArray;
        ranked.forEach((row, r) => row.scan(all.subarray(r * size, (r + 1) * size), bias, first));
      }
      ranked.forEach((row, r) => row.write(ranks.subarray((start + r) * width, (start + r + 1) * width)));
    }
  } finally {
    await session.release();
  }
  return ranks;
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

  constructor(
    private readonly bound: DistanceBound,
    precision: FloatType,
    private readonly row: number,
    base: number,
    points: Int32Array,
  ) {
    const {data, cols} = bound.x;
    const distances = new Float64Array(points.length);
    distancesTo(data, cols, row, points, points.length, distances);
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

  /** Counts the points from `first` on, one for each score, but for the row itself and the points that are ranked. */
  scan(scores: FloatArray, bias: FloatArray, first: number): void {
    const open: number[] = [];
    const end = scores.length;
    const own = Math.min(Math.max(this.row - first, 0), end);
    this.#scan(scores, bias, 0, own, first, open);
    this.#scan(scores, bias, this.row === first + own ? own + 1 : own, end, first, open);
    this.#compare(Int32Array.from(open));
  }

  #scan(
    scores: FloatArray,
    bias: FloatArray,
    start: number,
    end: number,
    first: number,
    open: number[],
  ): void {
    const far = this.#far;
    const near = this.#near;
    const counts = this.#counts;
    const slack = this.#slack;
    const k = far.length;
    for (let j = start; j < end; j++) {
      const score = scores[j]!;
      if (score > far[k - 1]!) continue;
      const most = score + slack * bias[j]!;
      let at = 0;
      while (score > far[at]!) at++;
      if (most < near[at]!) counts[at]!++;
      else open.push(first + j);
    }
  }

  /** Places points by their distances. */
  #compare(others: Int32Array): void {
    const {data, cols} = this.bound.x;
    const exact = new Float64Array(others.length);
    distancesTo(data, cols, this.row, others, others.length, exact);
    others.forEach((other, i) => {
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
