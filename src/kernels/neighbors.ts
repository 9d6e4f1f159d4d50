import {distancesTo} from './distance.js';
import type {ColumnStatistics} from './column-statistics.js';
import {readStatistics} from './column-statistics.js';
import {searchByFloat32} from './float32-search.js';
import {int8ProductsExact} from './int8-products.js';
import {searchByInt8} from './int8-search.js';
import type {Matrix} from './matrix.js';
import {NearestLists} from './nearest-lists.js';
import {range} from './range.js';
import {unitVectors} from './unit-rows.js';
import {readAll} from './vectors.js';
import type {Vectors} from './vectors.js';
import {cudaInstalled} from '../onnx/session.js';
import type {Device} from '../onnx/session.js';

/** The k nearest neighbours of every row: row-major, n x k, ascending by (distance, index), the row itself left out. */
export interface Neighbors {
  readonly n: number;
  readonly k: number;
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

/** By which neighbours are near: `cosine` is the Euclidean distance of the rows brought to length 1. */
export type Distance = 'euclidean' | 'cosine';

export interface NeighborOptions {
  /** Default `euclidean`. */
  readonly distance?: Distance | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Rows done so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Where the products are computed. Default `cpu`. */
  readonly device?: Device | 'auto' | undefined;
  /** Threads of the products on the CPU. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/** What finds the neighbours of rows among points. */
export interface Search {
  readonly rows: Matrix | Vectors;
  readonly points: Matrix | Vectors;
  /** Of the points. */
  readonly statistics: ColumnStatistics;
  /** Whether these are the same: then a row is no neighbour of itself. */
  readonly same: boolean;
  readonly lists: NearestLists;
  readonly threads: number | undefined;
  readonly device: Device | 'auto';
  /** Is told of rows that are done; throws if the search is to end. */
  readonly step: (rows: number) => void;
}

/** Differences of two numbers that are computed sooner than a session is opened. */
const FEW = 2 ** 24;

/**
 * Exact k nearest neighbours of every row among the others.
 *
 * The result is that of computing every distance by direct differences in float64 on the data as given and ordering by
 * (distance, index), distances compared after the square root; the row itself is excluded by its index, so that its duplicates
 * count. Matrix products, in 8-bit integers or float32, only choose which points are worth that: a point is left out when a bound on
 * what rounding loses proves it farther than the k-th neighbour found.
 *
 * @param x finite numbers, below 2^500. Vectors are read block by block: memory is bounded whatever their number
 * @param k neighbours per row; at most rows - 1 are there
 * @throws E305 if a value is not finite; the signal's reason if it is aborted
 */
export function nearestNeighbors(
  x: Matrix | Vectors,
  k: number,
  options: NeighborOptions = {},
): Promise<Neighbors> {
  return search(x, x, Math.max(0, Math.min(k, x.rows - 1)), options);
}

/**
 * Exact k nearest points of every row, as `nearestNeighbors` but among other points.
 *
 * @param rows as many columns as the points
 * @param k at most as many as there are points
 */
export function nearestPoints(
  rows: Matrix | Vectors,
  points: Matrix | Vectors,
  k: number,
  options: NeighborOptions = {},
): Promise<Neighbors> {
  return search(rows, points, Math.min(k, points.rows), options);
}

async function search(
  rows: Matrix | Vectors,
  points: Matrix | Vectors,
  k: number,
  {distance, signal, onProgress, device = 'cpu', threads}: NeighborOptions,
): Promise<Neighbors> {
  const lists = new NearestLists(rows.rows, k);
  const same = rows === points;
  let done = 0;
  const step = (count: number): void => {
    signal?.throwIfAborted();
    onProgress?.(Math.round((done += count)), rows.rows);
  };
  let {statistics} = await readStatistics(points);
  if (!same) await readStatistics(rows);
  const measured = distance === 'cosine' ? unitVectors : (x: Matrix | Vectors) => x;
  const [from, to] = [measured(rows), measured(points)];
  if (to !== points) ({statistics} = await readStatistics(to));
  const task: Search = {rows: from, points: to, statistics, same, lists, threads, device, step};
  if (k > 0 && rows.rows > 0) {
    if (rows.rows * points.rows * points.cols <= FEW) await compareAll(task);
    else if (onCpu(device) && (await int8ProductsExact())) await searchByInt8(task);
    else await searchByFloat32(task);
  }
  const {indices, distances} = lists;
  return {n: rows.rows, k, indices, distances};
}

const onCpu = (device: Device | 'auto'): boolean =>
  device === 'cpu' || (device === 'auto' && !cudaInstalled());

/** Every row with every point. */
async function compareAll(task: Search): Promise<void> {
  const {same, lists, step} = task;
  const rows = await readAll(task.rows);
  const points = same ? rows : await readAll(task.points);
  const all = range(0, points.rows);
  const distances = new Float64Array(points.rows);
  for (let row = 0; row < rows.rows; row++) {
    distancesTo(rows.data, rows.cols, row, all, points.rows, distances, points.data);
    for (let j = 0; j < points.rows; j++) if (!same || j !== row) lists.offer(row, j, distances[j]!);
  }
  step(rows.rows);
}
