import {openCandidates} from './candidates.js';
import type {Candidates} from './candidates.js';
import {distancesTo} from './distance.js';
import {DistanceBound} from './distance-bound.js';
import type {Matrix} from './matrix.js';
import {NearestList} from './nearest-list.js';
import type {Search} from './neighbors.js';
import {scanNeighbors} from './neighbor-scan.js';
import type {Query} from './neighbor-scan.js';
import {range} from './range.js';
import {readAll} from './vectors.js';

/** Rows that a product is taken for. */
const BLOCK = 512;
/** Beyond this a bound in float32 tells nothing. */
const TOO_LOOSE = 0.01;
/** Candidates beyond k, at least. */
const SLACK = 4;

/**
 * Exact nearest neighbours by way of matrix products in float32 on any device: they choose candidates, which are measured in float64;
 * where the bound on their rounding cannot rule out the other points, the row is done again in float64. Rows and points are held whole.
 */
export async function searchByFloat32({
  rows,
  points,
  same,
  lists,
  threads,
  device,
  step,
}: Search): Promise<void> {
  const all = await readAll(points);
  const x = same ? all : joined(all, await readAll(rows));
  const count = all.rows;
  /** The first of the rows in x. */
  const first = same ? 0 : count;
  const {k} = lists;
  const listOf = (row: number): NearestList => {
    const from = (row - first) * k;
    return new NearestList(lists.indices.subarray(from, from + k), lists.distances.subarray(from, from + k));
  };

  const bound = new DistanceBound(x);
  const open: Query[] = [];
  if (bound.looseness('float32') > TOO_LOOSE) {
    for (let row = first; row < x.rows; row++) open.push({row, nearest: listOf(row), within: Infinity});
  } else {
    const lowest = Math.min(count, k + 1 + Math.max(SLACK, Math.ceil(k / 8)));
    const candidates = await openCandidates(bound.float32(range(0, count)), x.cols, lowest, {
      device,
      threads,
    });
    try {
      for (let from = first; from < x.rows; from += BLOCK) {
        const to = Math.min(from + BLOCK, x.rows);
        const query = bound.float32(range(from, to));
        const block = await candidates.find(query.points);
        const before = open.length;
        for (let row = from; row < to; row++) {
          const nearest = listOf(row);
          if (refine(bound, row, query.base[row - from]!, block, row - from, nearest, count)) continue;
          open.push({row, nearest, within: nearest.limit});
          nearest.clear();
        }
        step(to - from - (open.length - before));
      }
    } finally {
      await candidates.close();
    }
  }
  await scanNeighbors(bound, open, threads, step, count);
}

/** The rows of both, the second after the first. */
function joined(a: Matrix, b: Matrix): Matrix {
  const single = a.data instanceof Float32Array && b.data instanceof Float32Array;
  const data = single
    ? new Float32Array(a.data.length + b.data.length)
    : new Float64Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return {rows: a.rows + b.rows, cols: a.cols, data};
}

const batch = new Int32Array(4);
const batchDistances = new Float64Array(4);

/**
 * Takes the nearest of a row's candidates, in the order of their scores until the next one must be farther.
 *
 * @returns whether no other point can be nearer
 */
function refine(
  bound: DistanceBound,
  row: number,
  base: number,
  {width, scores, indices}: Candidates,
  at: number,
  nearest: NearestList,
  count: number,
): boolean {
  const {data, cols} = bound.x;
  const end = (at + 1) * width;
  let next = at * width;
  while (next < end) {
    if (scores[next]! > bound.limit('float32', base, nearest.limit)) return true;
    let size = 0;
    while (next < end && size < batch.length) {
      const index = indices[next++]!;
      if (index !== row) batch[size++] = index;
    }
    distancesTo(data, cols, row, batch, size, batchDistances);
    for (let t = 0; t < size; t++) nearest.offer(batch[t]!, batchDistances[t]!);
  }
  return width === count || scores[end - 1]! > bound.limit('float32', base, nearest.limit);
}
