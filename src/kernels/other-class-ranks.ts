import {openSession} from '../onnx/session.js';
import {distancesTo} from './distance.js';
import {DistanceBound} from './distance-bound.js';
import type {Matrix} from './matrix.js';
import {range} from './range.js';
import {scoresModel} from './scores.js';
import {floatTensor} from './tensors.js';

/** Scores of a group of rows, and numbers in a tile of points, held at once. */
const SCORES = 2 ** 25;
const TILE = 2 ** 23;
const GROUP = 512;
/** Rows measured exactly at once. */
const BATCH = 16;

interface Options {
  readonly signal?: AbortSignal | undefined;
  /** Threads of the products. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/**
 * The rank, from 1, of the nearest row of another class among all other rows, ordered by (distance, index), of some rows. There must
 * be another class.
 *
 * Float32 scores bound the distances from below and above (`DistanceBound`): rows that the bounds leave open are measured exactly,
 * the others are counted or passed over.
 *
 * @param rows of which it is wanted
 * @returns one rank for each of them
 */
export async function otherClassRanks(
  x: Matrix,
  labels: Int32Array,
  rows: Int32Array,
  {signal, threads}: Options = {},
): Promise<Int32Array> {
  const bound = new DistanceBound(x);
  const session = await openSession(scoresModel('float32'), {threads});
  const ranks = new Int32Array(rows.length);
  const tile = Math.max(1, Math.min(x.rows, Math.floor(TILE / x.cols)));
  const group = Math.max(1, Math.min(GROUP, Math.floor(SCORES / x.rows)));
  const scores = new Float32Array(group * x.rows);
  const bias = new Float32Array(x.rows);
  try {
    for (let from = 0; from < rows.length; from += group) {
      const members = rows.subarray(from, from + group);
      const query = bound.float32(members);
      for (let start = 0; start < x.rows; start += tile) {
        signal?.throwIfAborted();
        const points = bound.float32(range(start, Math.min(start + tile, x.rows)));
        bias.set(points.bias, start);
        const found = await session.run({
          query: floatTensor(query.points, members.length, x.cols),
          points: floatTensor(points.points, points.rows, x.cols),
          bias: floatTensor(points.bias, points.rows),
        });
        const part = found['scores']!.data as Float32Array;
        for (let m = 0; m < members.length; m++)
          scores.set(part.subarray(m * points.rows, (m + 1) * points.rows), m * x.rows + start);
      }
      members.forEach((row, m) => {
        const own = scores.subarray(m * x.rows, (m + 1) * x.rows);
        ranks[from + m] = rankOf(bound, labels, row, query.base[m]!, own, bias);
      });
    }
  } finally {
    await session.release();
  }
  return ranks;
}

function rankOf(
  bound: DistanceBound,
  labels: Int32Array,
  row: number,
  base: number,
  scores: Float32Array,
  bias: Float32Array,
): number {
  const measured = new Measured(bound.x, row);
  const label = labels[row]!;
  // Nearest of another class: the first to be measured is that of the lowest score, so that few others are.
  let lowest = -1;
  for (let j = 0; j < scores.length; j++)
    if (labels[j] !== label && (lowest < 0 || scores[j]! < scores[lowest]!)) lowest = j;
  let nearest = {index: Infinity, distance: Infinity};
  const closer = (index: number, distance: number): void => {
    if (distance < nearest.distance || (distance === nearest.distance && index < nearest.index))
      nearest = {index, distance};
  };
  measured.add(lowest, closer);
  measured.end(closer);
  let limit = bound.limit('float32', base, nearest.distance);
  for (let j = 0; j < scores.length; j++) {
    if (scores[j]! > limit || labels[j] === label || j === lowest) continue;
    if (measured.add(j, closer)) limit = bound.limit('float32', base, nearest.distance);
  }
  measured.end(closer);

  // Those of its own class that come before.
  limit = bound.limit('float32', base, nearest.distance);
  const near = bound.near('float32', base, nearest.distance);
  const slack = bound.slack('float32');
  let rank = 1;
  const count = (index: number, distance: number): void => {
    if (distance < nearest.distance || (distance === nearest.distance && index < nearest.index)) rank++;
  };
  for (let j = 0; j < scores.length; j++) {
    if (scores[j]! > limit || labels[j] !== label || j === row) continue;
    if (scores[j]! + slack * bias[j]! < near) rank++;
    else measured.add(j, count);
  }
  measured.end(count);
  return rank;
}

/** Exact distances from a row, some at a time. */
class Measured {
  private readonly indices = new Int32Array(BATCH);
  private readonly distances = new Float64Array(BATCH);
  private size = 0;

  constructor(
    private readonly x: Matrix,
    private readonly row: number,
  ) {}

  /** Takes another, and says whether any were told of. */
  add(index: number, tell: (index: number, distance: number) => void): boolean {
    this.indices[this.size++] = index;
    if (this.size < BATCH) return false;
    this.end(tell);
    return true;
  }

  /** Tells of all that were taken. */
  end(tell: (index: number, distance: number) => void): void {
    const {data, cols} = this.x;
    distancesTo(data, cols, this.row, this.indices, this.size, this.distances);
    for (let i = 0; i < this.size; i++) tell(this.indices[i]!, this.distances[i]!);
    this.size = 0;
  }
}
