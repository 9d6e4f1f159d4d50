import {availableParallelism} from 'node:os';
import type {Crew} from './int8-crew.js';
import {CrewOfThreads, crewOfOne} from './int8-crew.js';
import type {Rows, ScreenOptions} from './int8-screen.js';
import type {Matrix} from './matrix.js';
import type {Search} from './neighbors.js';
import type {Quantised} from './quantised.js';
import {Quantiser, quantisedRows} from './quantised.js';
import type {Vectors} from './vectors.js';
import {isMatrix, stretches, vectorsOf} from './vectors.js';

/** Bytes of the points that are searched at once, and of the rows that they are searched for. */
const POINT_BYTES = 2 ** 24;
const ROW_BYTES = 2 ** 26;
const MOST_POINTS = 2 ** 14;
/** Products of numbers that are worth the start of threads. */
const WORTH = 2 ** 34;

/** Exact nearest neighbours by way of 8-bit integers, on the CPU: groups of rows against blocks of points, each read in order. */
export async function searchByInt8({rows, points, same, lists, threads, step}: Search): Promise<void> {
  const {cols} = points;
  const [means, scale] = await centre(vectorsOf(points));
  const crew = openCrew(rows.rows * points.rows * cols, {cols, k: lists.k, same, scale, threads});
  const quantiser = new Quantiser(means, scale);
  // Rows that lie in memory are quantised once, whether they are looked for or at.
  const whole = same && isMatrix(points) ? quantiser.quantise(points.data) : null;
  const atOnce = (bytes: number): number => Math.max(1, Math.floor(bytes / (4 * cols)));
  const pointsAtOnce = Math.min(points.rows, MOST_POINTS, atOnce(POINT_BYTES));
  const blocks = Math.ceil(points.rows / pointsAtOnce);
  try {
    for await (const group of quantised(rows, atOnce(ROW_BYTES), quantiser, whole)) {
      await crew.take(group);
      const source = quantised(points, pointsAtOnce, quantiser, whole);
      let next = await source.next();
      while (next.done !== true) {
        const searching = crew.search(next.value, count => step(count / blocks));
        // The next block is read while threads are at work on this one.
        [next] = await Promise.all([source.next(), searching]);
      }
      for (const {first, indices, distances} of await crew.found()) lists.set(first, indices, distances);
    }
  } finally {
    await crew.close();
  }
}

function openCrew(products: number, options: ScreenOptions): Crew {
  const threads = options.threads ?? availableParallelism();
  return threads > 1 && products > WORTH ? new CrewOfThreads(options, threads) : crewOfOne(options);
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

/** The means of the columns, and the power of two by which the largest number less its mean becomes about 1. */
async function centre(x: Vectors): Promise<[means: Float64Array, scale: number]> {
  const {rows, cols} = x;
  const means = new Float64Array(cols);
  const least = new Float64Array(cols).fill(Infinity);
  const most = new Float64Array(cols).fill(-Infinity);
  for await (const data of x.blocks())
    for (let at = 0; at < data.length; at += cols)
      for (let c = 0; c < cols; c++) {
        const value = data[at + c]!;
        means[c]! += value;
        if (value < least[c]!) least[c] = value;
        if (value > most[c]!) most[c] = value;
      }
  let largest = 0;
  for (let c = 0; c < cols; c++) {
    const mean = (means[c]! /= rows);
    largest = Math.max(largest, most[c]! - mean, mean - least[c]!);
  }
  return [means, largest === 0 ? 1 : 2 ** -Math.max(-1000, Math.floor(Math.log2(largest)))];
}
