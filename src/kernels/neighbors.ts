import {openCandidates} from './candidates.js';
import type {Candidates} from './candidates.js';
import {distancesTo} from './distance.js';
import {DistanceBound} from './distance-bound.js';
import {requireFinite} from './finite.js';
import type {Matrix} from './matrix.js';
import {NearestList} from './nearest-list.js';
import {scanNeighbors} from './neighbor-scan.js';
import type {Query} from './neighbor-scan.js';
import {range} from './range.js';
import type {Device} from '../onnx/session.js';

/** The k nearest neighbours of every row: row-major, n x k, ascending by (distance, index), the row itself left out. */
export interface Neighbors {
  readonly n: number;
  readonly k: number;
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

export interface NeighborOptions {
  readonly signal?: AbortSignal | undefined;
  /** Rows done so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Where the products are computed. Default `cpu`. */
  readonly device?: Device | 'auto' | undefined;
  /** Threads of the products on the CPU. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/** Differences of two numbers that are computed sooner than a session is opened. */
const FEW = 2 ** 24;
/** Rows that a product is taken for. */
const BLOCK = 512;
/** Beyond this a bound in float32 tells nothing. */
const TOO_LOOSE = 0.01;
/** Candidates beyond k, at least. */
const SLACK = 4;

/**
 * Exact k nearest neighbours of every row among the others, by Euclidean distance.
 *
 * The result is that of computing every distance by direct differences in float64 on the data as given and ordering by
 * (distance, index), distances compared after the square root; the row itself is excluded by its index, so that its duplicates
 * count. Matrix products in float32 only choose which points are worth that: a point is left out when a bound on the
 * rounding errors proves it farther than the k-th neighbour found, and where the bound cannot, the row is done again in float64.
 *
 * @param x finite numbers, below 2^500
 * @param k neighbours per row; at most rows - 1 are there
 * @throws E305 if a value is not finite; the signal's reason if it is aborted
 */
export async function nearestNeighbors(
  x: Matrix,
  k: number,
  options: NeighborOptions = {},
): Promise<Neighbors> {
  const {rows: n, cols} = x;
  const width = Math.max(0, Math.min(k, n - 1));
  requireFinite(x);
  const table = {n, k: width, indices: new Int32Array(n * width), distances: new Float64Array(n * width)};
  if (width === 0) return table;

  const {signal, onProgress, device, threads} = options;
  let done = 0;
  const step = (rows: number): void => {
    signal?.throwIfAborted();
    onProgress?.((done += rows), n);
  };
  const listOf = (row: number): NearestList => {
    const from = row * width;
    const to = from + width;
    return new NearestList(table.indices.subarray(from, to), table.distances.subarray(from, to));
  };

  if (n * n * cols <= FEW) {
    for (let row = 0; row < n; row++) compareAll(x, row, listOf(row));
    step(n);
    return table;
  }

  const bound = new DistanceBound(x);
  const open: Query[] = [];
  if (bound.looseness('float32') > TOO_LOOSE) {
    for (let row = 0; row < n; row++) open.push({row, nearest: listOf(row), within: Infinity});
  } else {
    const points = bound.float32(range(0, n));
    const lowest = Math.min(n, width + 1 + Math.max(SLACK, Math.ceil(width / 8)));
    const candidates = await openCandidates(points, cols, lowest, {device, threads});
    try {
      for (let from = 0; from < n; from += BLOCK) {
        const to = Math.min(from + BLOCK, n);
        const block = await candidates.find(from, to);
        const before = open.length;
        for (let row = from; row < to; row++) {
          const nearest = listOf(row);
          if (refine(bound, row, points.base[row]!, block, row - from, nearest)) continue;
          open.push({row, nearest, within: nearest.limit});
          nearest.clear();
        }
        step(to - from - (open.length - before));
      }
    } finally {
      await candidates.close();
    }
  }
  await scanNeighbors(bound, open, threads, step);
  return table;
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
): boolean {
  const {data, cols, rows} = bound.x;
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
  return width === rows || scores[end - 1]! > bound.limit('float32', base, nearest.limit);
}

function compareAll(x: Matrix, row: number, nearest: NearestList): void {
  const others = range(0, x.rows);
  const distances = new Float64Array(x.rows);
  distancesTo(x.data, x.cols, row, others, x.rows, distances);
  for (let j = 0; j < x.rows; j++) if (j !== row) nearest.offer(j, distances[j]!);
}
