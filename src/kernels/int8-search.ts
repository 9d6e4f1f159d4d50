import {availableParallelism} from 'node:os';
import {Crew} from './int8-crew.js';
import type {Rows} from './int8-screen.js';
import type {Matrix} from './matrix.js';
import type {Search} from './neighbors.js';
import type {Quantised} from './quantised.js';
import {Quantiser, quantisedRows} from './quantised.js';
import type {Vectors} from './vectors.js';
import {isMatrix, stretches, vectorsOf} from './vectors.js';

/** Bytes of the points that are searched at once: of all, or of a block of many; and of the rows that they are searched for. */
const [ALL_BYTES, POINT_BYTES] = [2 ** 25, 2 ** 25 - 2 ** 23];
const ROW_BYTES = 2 ** 23;
/** Of both: whole groups of points. */
const [FEWEST, MOST] = [64, 2 ** 14];
/** Products of numbers that are worth the start of threads. */
const WORTH = 2 ** 34;

/** Exact nearest neighbours by way of 8-bit integers, on the CPU: stretches of rows against blocks of points, each read in order. */
export async function searchByInt8({rows, points, same, lists, threads, step}: Search): Promise<void> {
  const {cols} = points;
  const all = threads ?? availableParallelism();
  const size = rows.rows * points.rows * cols > WORTH ? all : 1;
  const crew = new Crew({rows: rows.rows, k: lists.k, same, size, threads: size === 1 ? all : 1});
  try {
    const [means, scale] = await centre(vectorsOf(points));
    const quantiser = new Quantiser(means, scale);
    // Rows that lie in memory are quantised once, whether they are looked for or at.
    const whole = same && isMatrix(points) ? quantiser.quantise(points.data) : null;
    const atOnce = (bytes: number): number =>
      Math.min(Math.max(FEWEST, FEWEST * Math.floor(bytes / (4 * cols * FEWEST))), MOST);
    const pointBytes = 4 * cols * points.rows <= ALL_BYTES ? ALL_BYTES : POINT_BYTES;
    const blocks = Math.ceil(points.rows / atOnce(pointBytes));
    const alike = FEWEST * Math.ceil(points.rows / blocks / FEWEST);
    for await (const block of quantised(points, alike, quantiser, whole)) {
      await crew.open(block, scale);
      const source = quantised(rows, atOnce(ROW_BYTES), quantiser, whole);
      let next = await source.next();
      while (next.done !== true) {
        const searching = crew.search(next.value, count => step(count / blocks));
        // The next rows are read while other threads are at work on these.
        [next] = await Promise.all([source.next(), searching]);
      }
    }
  } finally {
    await crew.close();
  }
  lists.set(0, crew.found.indices, crew.found.distances);
}

/** The rows in stretches of `most`, with the integers that stand for them. */
async function* quantised(
  x: Matrix | Vectors,
  most: number,
  quantiser: Quantiser,
  whole: Quantised | null,
): AsyncGenerator<Rows> {
  for await (const {first, data} of stretches(vectorsOf(x), most)) {
    const end = first + data.length / x.cols;
    yield {
      first,
      data,
      quantised: whole === null ? quantiser.quantise(data) : quantisedRows(whole, first, end),
    };
  }
}

/** The means of the columns, and a power of two by which every number less its mean becomes at most about 1. */
async function centre(x: Vectors): Promise<[means: Float64Array, scale: number]> {
  const {rows, cols} = x;
  const means = new Float64Array(cols);
  let largest = 0;
  for await (const data of x.blocks())
    for (let at = 0; at < data.length; at += cols)
      for (let c = 0; c < cols; c++) {
        const value = data[at + c]!;
        means[c]! += value;
        largest = Math.max(largest, Math.abs(value));
      }
  for (let c = 0; c < cols; c++) means[c]! /= rows;
  // A number and its mean differ by twice the largest at most.
  return [means, largest === 0 ? 1 : 2 ** -Math.max(-1000, Math.floor(Math.log2(largest)) + 1)];
}
