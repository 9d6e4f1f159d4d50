import {readStatistics} from './column-statistics.js';
import {distancesTo} from './distance.js';
import type {Frame, Prepared} from './distance-bound.js';
import {DistanceBound, frameOf} from './distance-bound.js';
import type {FloatArray, Matrix} from './matrix.js';
import type {Part} from './parts.js';
import {partsOf, someOf} from './parts.js';
import {range} from './range.js';
import {Scores} from './scores.js';
import type {Vectors} from './vectors.js';
import {vectorsOf} from './vectors.js';

/** Numbers of the rows in hand, and of the points that they meet at once. */
const HELD = 2 ** 24;
/** Rows, and points that they are compared with at once. */
const ROWS = 512;
const POINTS = 8192;
/** Rows measured exactly at once. */
const BATCH = 16;

interface Options {
  readonly signal?: AbortSignal | undefined;
  /** Threads of the products. Default: one per physical core. */
  readonly threads?: number | undefined;
  /** Numbers that are held at once. */
  readonly held?: number | undefined;
}

/**
 * The rank, from 1, of the nearest row of another class among all other rows, ordered by (distance, index), of some rows. There must
 * be another class.
 *
 * Float32 scores bound the distances from below and above (`DistanceBound`): rows that the bounds leave open are measured exactly,
 * the others are counted or passed over. Some rows at a time meet all others twice: the first time the nearest of another class is
 * found, the second time, within the class, what comes before it is counted.
 *
 * @param x is read block by block: memory is bounded whatever its number of rows
 * @param rows of which it is wanted, ascending
 * @returns one rank for each of them
 * @throws E305 if a value is not finite
 */
export async function otherClassRanks(
  x: Matrix | Vectors,
  labels: Int32Array,
  rows: Int32Array,
  {signal, threads, held = HELD}: Options = {},
): Promise<Int32Array> {
  const vectors = vectorsOf(x);
  const frame = frameOf((await readStatistics(x)).statistics);
  const most = Math.max(1, Math.floor(held / x.cols));
  const products = await Scores.open('float32', threads);
  const ranks = new Int32Array(rows.length);
  let done = 0;
  try {
    for await (const own of picked(vectors, rows, most)) {
      const group = groupOf(own, frame, rows.subarray(done, done + own.rows), labels);
      for await (const part of partsOf(vectors, most, frame))
        await approach(group, part, labels, products, signal);
      for await (const part of partsOf(vectors, most, frame))
        await count(group, part, labels, products, signal);
      group.order.forEach((at, q) => (ranks[done + at] = group.queries[q]!.rank));
      done += own.rows;
    }
  } finally {
    await products.release();
  }
  return ranks;
}

/** Rows in hand, class by class. */
interface Group {
  /** Their places among the rows in hand. */
  readonly order: Int32Array;
  readonly queries: readonly Query[];
  readonly prepared: Prepared;
}

/** @param numbers of the rows among all */
function groupOf(own: Matrix, frame: Frame, numbers: Int32Array, labels: Int32Array): Group {
  const bound = new DistanceBound(own, frame);
  const labelOf = (at: number): number => labels[numbers[at]!]!;
  const order = range(0, own.rows).sort((a, b) => labelOf(a) - labelOf(b) || a - b);
  const prepared = bound.float32(order);
  const queries = Array.from(
    order,
    (at, q) => new Query(bound, at, numbers[at]!, labelOf(at), prepared.base[q]!),
  );
  return {order, queries, prepared};
}

/** Offers all rows of a part that are of another class. */
async function approach(
  {queries, prepared}: Group,
  part: Part,
  labels: Int32Array,
  products: Scores,
  signal: AbortSignal | undefined,
): Promise<void> {
  const {rows} = part.bound.x;
  for (let start = 0; start < rows; start += POINTS) {
    const points = part.bound.float32(range(start, Math.min(start + POINTS, rows)));
    for (let from = 0; from < queries.length; from += ROWS) {
      signal?.throwIfAborted();
      const some = queries.slice(from, from + ROWS);
      const scores = await products.of(someOf(prepared, from, from + some.length), points);
      some.forEach((query, q) => {
        query.approach(scores.subarray(q * points.rows, (q + 1) * points.rows), start, part, labels);
      });
    }
  }
}

/** Counts the rows of a part, those of each class for the rows in hand of this class. */
async function count(
  {queries, prepared}: Group,
  part: Part,
  labels: Int32Array,
  products: Scores,
  signal: AbortSignal | undefined,
): Promise<void> {
  const members = membersByLabel(part, labels);
  for (let from = 0, to = 0; from < queries.length; from = to) {
    const {label} = queries[from]!;
    while (queries[to]?.label === label && to - from < ROWS) to++;
    for (const some of chunks(members.get(label) ?? [], POINTS)) {
      signal?.throwIfAborted();
      const points = part.bound.float32(some);
      const scores = await products.of(someOf(prepared, from, to), points);
      for (let q = from; q < to; q++) {
        const own = scores.subarray((q - from) * some.length, (q - from + 1) * some.length);
        queries[q]!.count(own, points.bias, some, part);
      }
    }
  }
}

/** Some of the rows, ascending, so many at a time: copies. */
async function* picked({cols, blocks}: Vectors, rows: Int32Array, most: number): AsyncGenerator<Matrix> {
  let [first, next, filled] = [0, 0, 0];
  let data: FloatArray | undefined;
  for await (const block of blocks()) {
    const end = first + block.length / cols;
    for (; next < rows.length && rows[next]! < end; next++) {
      const size = Math.min(most, rows.length - next) * cols;
      data ??= block instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
      const at = (rows[next]! - first) * cols;
      data.set(block.subarray(at, at + cols), filled);
      filled += cols;
      if (filled < data.length) continue;
      yield {rows: filled / cols, cols, data};
      [data, filled] = [undefined, 0];
    }
    first = end;
  }
}

/** Of the rows of a part: those of each class, by their places in it. */
function membersByLabel({first, bound}: Part, labels: Int32Array): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (let j = 0; j < bound.x.rows; j++) {
    const label = labels[first + j]!;
    const known = members.get(label);
    if (known === undefined) members.set(label, [j]);
    else known.push(j);
  }
  return members;
}

function* chunks(values: readonly number[], most: number): Generator<Int32Array> {
  for (let at = 0; at < values.length; at += most) yield Int32Array.from(values.slice(at, at + most));
}

const places = new Int32Array(BATCH);
const distances = new Float64Array(BATCH);

/** A row whose rank is wanted. */
class Query {
  /** From 1: those of its class that come before the nearest of another, as far as they are counted. */
  rank = 1;
  /** The nearest row of another class so far. */
  private nearest = Infinity;
  private distance = Infinity;

  /**
   * @param row its place among the rows of the bound
   * @param index its number among all
   * @param base as it was prepared
   */
  constructor(
    private readonly bound: DistanceBound,
    private readonly row: number,
    private readonly index: number,
    readonly label: number,
    private readonly base: number,
  ) {}

  /** Takes a nearer row of another class if there is one among those of a part from `start` on, one for each score. */
  approach(scores: FloatArray, start: number, points: Part, labels: Int32Array): void {
    const {label} = this;
    const first = points.first + start;
    if (this.distance === Infinity) {
      // That of the lowest score is measured before all, so that few others are.
      let lowest = -1;
      for (let j = 0; j < scores.length; j++)
        if (labels[first + j] !== label && (lowest < 0 || scores[j]! < scores[lowest]!)) lowest = j;
      if (lowest < 0) return;
      places[0] = start + lowest;
      this.take(1, points);
    }
    let size = 0;
    let limit = this.limit();
    for (let j = 0; j < scores.length; j++) {
      if (scores[j]! > limit || labels[first + j] === label) continue;
      places[size++] = start + j;
      if (size < BATCH) continue;
      this.take(size, points);
      size = 0;
      limit = this.limit();
    }
    this.take(size, points);
  }

  /** Counts the rows of its class that come before the nearest of another. */
  count(scores: FloatArray, bias: FloatArray, members: Int32Array, points: Part): void {
    const limit = this.limit();
    const near = this.bound.near('float32', this.base, this.distance);
    const slack = this.bound.slack('float32');
    const own = this.index - points.first;
    let size = 0;
    members.forEach((place, j) => {
      if (scores[j]! > limit || place === own) return;
      if (scores[j]! + slack * bias[j]! < near) {
        this.rank++;
        return;
      }
      places[size++] = place;
      if (size < BATCH) return;
      this.countBefore(size, points);
      size = 0;
    });
    this.countBefore(size, points);
  }

  private limit(): number {
    return this.bound.limit('float32', this.base, this.distance);
  }

  private take(size: number, points: Part): void {
    this.measure(size, points);
    for (let i = 0; i < size; i++) {
      const index = points.first + places[i]!;
      if (!this.isBefore(distances[i]!, index)) continue;
      this.nearest = index;
      this.distance = distances[i]!;
    }
  }

  private countBefore(size: number, points: Part): void {
    this.measure(size, points);
    for (let i = 0; i < size; i++) if (this.isBefore(distances[i]!, points.first + places[i]!)) this.rank++;
  }

  private isBefore(distance: number, index: number): boolean {
    return distance < this.distance || (distance === this.distance && index < this.nearest);
  }

  private measure(size: number, points: Part): void {
    const {data, cols} = this.bound.x;
    distancesTo(data, cols, this.row, places, size, distances, points.bound.x.data);
  }
}
