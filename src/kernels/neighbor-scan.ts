import {distancesTo} from './distance.js';
import type {FloatArray} from './matrix.js';
import type {NearestLists} from './nearest-lists.js';
import type {Part} from './parts.js';
import {range} from './range.js';
import {Scores} from './scores.js';

/** Numbers in a tile of rows, and in a tile of scores. */
const TILE = 2 ** 23;
const BATCH = 16;

/** Some of the rows, and some of the points that their neighbours are among, in one frame. */
export interface Encounter {
  readonly rows: Part;
  readonly points: Part;
  /** Whether rows and points are the same: then a row is not offered to itself. */
  readonly same: boolean;
  /** Of all rows: the nearest of the points before these, and receives those of these. */
  readonly lists: NearestLists;
}

/** A row whose neighbours are wanted. */
export interface Query {
  /** Its place among the rows of the encounter. */
  readonly row: number;
  /** A distance that the last of its list is known not to exceed. */
  readonly within: number;
}

/** The place of a row among the points, if it has one. */
export const placeOf = ({rows, points, same}: Encounter, row: number): number =>
  same ? rows.first + row - points.first : -1;

/**
 * Nearest neighbours by looking at every point whose bound in float64 does not rule it out: for the rows where float32 cannot tell
 * neighbours from others (ties, duplicates, clusters far from each other, very many columns).
 */
export async function scanNeighbors(
  encounter: Encounter,
  queries: readonly Query[],
  threads: number | undefined,
  step: (rows: number) => void,
): Promise<void> {
  if (queries.length === 0) return;
  const {rows, points} = encounter;
  const {rows: count, cols} = points.bound.x;
  // Float64 on the CPU, wherever the rest runs: other devices have none, or a slow one.
  const products = await Scores.open('float64', threads);
  const tile = Math.max(1, Math.min(count, Math.floor(TILE / cols)));
  const group = Math.max(1, Math.min(512, tile, Math.floor(TILE / tile)));
  try {
    for (let from = 0; from < queries.length; from += group) {
      const members = queries.slice(from, from + group);
      const query = rows.bound.float64(Int32Array.from(members, m => m.row));
      for (let start = 0; start < count; start += tile) {
        const end = Math.min(start + tile, count);
        const size = end - start;
        const some = points.bound.float64(range(start, end));
        const all = await products.of(query, some);
        members.forEach((member, m) => {
          scanRow(encounter, member, query.base[m]!, all.subarray(m * size, (m + 1) * size), start);
        });
        step(0);
      }
      step(members.length);
    }
  } finally {
    await products.release();
  }
}

/** Offers the points from `start` on, one for each score, to a query. */
function scanRow(
  encounter: Encounter,
  {row, within}: Query,
  base: number,
  scores: FloatArray,
  start: number,
): void {
  const {rows, points, lists} = encounter;
  const {data, cols} = rows.bound.x;
  const target = rows.first + row;
  const self = placeOf(encounter, row);
  const found = new Int32Array(BATCH);
  const distances = new Float64Array(BATCH);
  const reach = (): number => rows.bound.limit('float64', base, Math.min(within, lists.limit(target)));
  let size = 0;
  let limit = reach();
  const take = () => {
    distancesTo(data, cols, row, found, size, distances, points.bound.x.data);
    for (let t = 0; t < size; t++) lists.offer(target, points.first + found[t]!, distances[t]!);
    size = 0;
    limit = reach();
  };
  for (let j = 0; j < scores.length; j++) {
    if (scores[j]! > limit || start + j === self) continue;
    if (lists.closedFrom(target, points.first + start + j)) return;
    found[size++] = start + j;
    if (size === BATCH) take();
  }
  take();
}
