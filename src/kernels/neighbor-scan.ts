import {openSession} from '../onnx/session.js';
import {distancesTo} from './distance.js';
import type {DistanceBound} from './distance-bound.js';
import type {NearestList} from './nearest-list.js';
import {range} from './range.js';
import {scoresModel} from './scores.js';
import {floatTensor} from './tensors.js';

/** Numbers in a tile of rows, and in a tile of scores. */
const TILE = 2 ** 23;
const BATCH = 16;

/** A row whose neighbours are wanted. */
export interface Query {
  readonly row: number;
  /** Receives the neighbours. Empty. */
  readonly nearest: NearestList;
  /** A distance that the last of them is known not to exceed. */
  readonly within: number;
}

/**
 * Nearest neighbours, among the first `rows` rows, by looking at every point whose bound in float64 does not rule it out: for the rows where float32
 * cannot tell neighbours from others (ties, duplicates, clusters far from each other, very many columns).
 */
export async function scanNeighbors(
  bound: DistanceBound,
  queries: readonly Query[],
  threads: number | undefined,
  step: (rows: number) => void,
  rows = bound.x.rows,
): Promise<void> {
  if (queries.length === 0) return;
  const {cols} = bound.x;
  // Float64 on the CPU, wherever the rest runs: other devices have none, or a slow one.
  const session = await openSession(scoresModel('float64'), {threads});
  const tile = Math.max(1, Math.min(rows, Math.floor(TILE / cols)));
  const group = Math.max(1, Math.min(512, tile, Math.floor(TILE / tile)));
  try {
    for (let from = 0; from < queries.length; from += group) {
      const members = queries.slice(from, from + group);
      const query = bound.float64(Int32Array.from(members, m => m.row));
      for (let start = 0; start < rows; start += tile) {
        const count = Math.min(tile, rows - start);
        const points = bound.float64(range(start, start + count));
        const {scores} = await session.run({
          query: floatTensor(query.points, members.length, cols),
          points: floatTensor(points.points, count, cols),
          bias: floatTensor(points.bias, count),
        });
        const all = scores!.data as Float64Array;
        members.forEach((member, m) => {
          scanRow(bound, member, query.base[m]!, all.subarray(m * count, (m + 1) * count), start);
        });
        step(0);
      }
      step(members.length);
    }
  } finally {
    await session.release();
  }
}

/** Offers the points from `start` on, one for each score, to a query. */
function scanRow(
  bound: DistanceBound,
  {row, nearest, within}: Query,
  base: number,
  scores: Float64Array,
  start: number,
): void {
  const {cols, data} = bound.x;
  const found = new Int32Array(BATCH);
  const distances = new Float64Array(BATCH);
  let size = 0;
  let limit = bound.limit('float64', base, Math.min(within, nearest.limit));
  const take = () => {
    distancesTo(data, cols, row, found, size, distances);
    for (let t = 0; t < size; t++) nearest.offer(found[t]!, distances[t]!);
    size = 0;
    limit = bound.limit('float64', base, Math.min(within, nearest.limit));
  };
  for (let j = 0; j < scores.length; j++) {
    if (scores[j]! > limit || start + j === row) continue;
    if (nearest.closedFrom(start + j)) return;
    found[size++] = start + j;
    if (size === BATCH) take();
  }
  take();
}
