import {openCandidates} from './candidates.js';
import type {Candidates} from './candidates.js';
import {scaleToOne} from './centred.js';
import {readStatistics} from './column-statistics.js';
import {distancesTo} from './distance.js';
import type {Frame, Prepared} from './distance-bound.js';
import type {Search} from './neighbors.js';
import {placeOf, scanNeighbors} from './neighbor-scan.js';
import type {Encounter, Query} from './neighbor-scan.js';
import type {Part} from './parts.js';
import {partsOf} from './parts.js';
import {range} from './range.js';
import {readAll, vectorsOf} from './vectors.js';

/** Numbers of the points, and of the rows, that are held at once. */
const HELD = 2 ** 25;
/** Rows that a product is taken for. */
const BLOCK = 512;
/** Beyond this a bound in float32 tells nothing. */
const TOO_LOOSE = 0.01;
/** Candidates beyond k, at least. */
const SLACK = 4;

/**
 * Exact nearest neighbours by way of matrix products in float32 on any device: they choose candidates, which are measured in float64;
 * where the bound on their rounding cannot rule out the other points, the row is done again in float64. Stretches of rows meet
 * stretches of points, each read in order; where one stretch holds all that is both, it is read once.
 *
 * @param held numbers of a stretch
 */
export async function searchByFloat32(search: Search, held = HELD): Promise<void> {
  const {same, lists, threads, device, step} = search;
  let {rows, points} = search;
  const {cols} = points;
  const most = Math.max(1, Math.floor(held / cols));
  const parts = Math.ceil(points.rows / most);
  const frame = await commonFrame(search);
  if (same && parts === 1) rows = points = await readAll(points);
  const stepPart = (done: number): void => step(done / parts);
  let products: Products | undefined;
  const searchAmong = async (among: Part): Promise<void> => {
    const {bound} = among;
    let prepared: Prepared<Float32Array> | undefined;
    if (bound.looseness('float32') <= TOO_LOOSE) {
      products ??= await openCandidates(cols, {device, threads});
      prepared = bound.float32(range(0, bound.x.rows));
    }
    for await (const some of partsOf(vectorsOf(rows), most, frame)) {
      const encounter: Encounter = {rows: some, points: among, same, lists};
      const open =
        products && prepared
          ? await searchCandidates(encounter, products, prepared, stepPart)
          : allOpen(encounter);
      await scanNeighbors(encounter, open, threads, stepPart);
    }
  };
  try {
    for await (const among of partsOf(vectorsOf(points), Math.ceil(points.rows / parts), frame))
      await searchAmong(among);
  } finally {
    await products?.close();
  }
}

type Products = Awaited<ReturnType<typeof openCandidates>>;

/** The points lie around zero in it, and none of the rows is too large. */
async function commonFrame({rows, same, statistics}: Search): Promise<Frame> {
  const {means} = statistics;
  const scale = scaleToOne(statistics);
  if (same) return {means, scale};
  const {least, most} = (await readStatistics(rows)).statistics;
  return {means, scale: Math.min(scale, scaleToOne({means, least, most}))};
}

const allOpen = ({rows, lists}: Encounter): Query[] =>
  Array.from({length: rows.bound.x.rows}, (_, row) => ({row, within: lists.limit(rows.first + row)}));

/**
 * Offers points to the lists of the rows by way of candidates.
 *
 * @returns the rows for which that is not enough, their lists as they were but for points that have lost their place
 */
async function searchCandidates(
  encounter: Encounter,
  products: Products,
  prepared: Prepared<Float32Array>,
  step: (rows: number) => void,
): Promise<Query[]> {
  const {rows, points, lists} = encounter;
  const {k} = lists;
  const {bound, first} = rows;
  const width = Math.min(prepared.rows, k + 1 + Math.max(SLACK, Math.ceil(k / 8)));
  const open: Query[] = [];
  for (let from = 0; from < bound.x.rows; from += BLOCK) {
    const to = Math.min(from + BLOCK, bound.x.rows);
    const query = bound.float32(range(from, to));
    const block = await products.find(query.points, prepared, width);
    const before = open.length;
    for (let row = from; row < to; row++) {
      if (refine(encounter, row, query.base[row - from]!, block, row - from)) continue;
      open.push({row, within: lists.limit(first + row)});
      lists.keepBelow(first + row, points.first);
    }
    step(to - from - (open.length - before));
  }
  return open;
}

const batch = new Int32Array(4);
const batchDistances = new Float64Array(4);

/**
 * Takes the nearest of a row's candidates, in the order of their scores until the next one must be farther.
 *
 * @returns whether no other of the points can be nearer
 */
function refine(
  encounter: Encounter,
  row: number,
  base: number,
  {width, scores, indices}: Candidates,
  at: number,
): boolean {
  const {rows, points, lists} = encounter;
  const {data, cols} = rows.bound.x;
  const {rows: count, data: others} = points.bound.x;
  const target = rows.first + row;
  const self = placeOf(encounter, row);
  const limit = (): number => rows.bound.limit('float32', base, lists.limit(target));
  const end = (at + 1) * width;
  let next = at * width;
  while (next < end) {
    if (scores[next]! > limit()) return true;
    let size = 0;
    while (next < end && size < batch.length) {
      const index = indices[next++]!;
      if (index !== self) batch[size++] = index;
    }
    distancesTo(data, cols, row, batch, size, batchDistances, others);
    for (let t = 0; t < size; t++) lists.offer(target, points.first + batch[t]!, batchDistances[t]!);
  }
  return width === count || scores[end - 1]! > limit() || lists.closedFrom(target, points.first);
}
