import {availableParallelism} from 'node:os';
import {scaleToOne} from './centred.js';
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
/** Products of numbers that are worth the start of threads, and as many as cost what is done with their sum. */
const [WORTH, SUM] = [2 ** 34, 512];

/** Exact nearest neighbours by way of 8-bit integers, on the CPU: stretches of rows against blocks of points, each read in order. */
export async function searchByInt8({
  statistics,
  same,
  lists,
  threads,
  step,
  ...given
}: Search): Promise<void> {
  let {rows, points} = given;
  const {cols} = points;
  const all = threads ?? availableParallelism();
  const size = rows.rows * points.rows * (cols + SUM) > WORTH ? all : 1;
  const atOnce = (bytes: number): number =>
    Math.min(Math.max(FEWEST, FEWEST * Math.floor(bytes / (4 * cols * FEWEST))), MOST);
  const pointBytes = 4 * cols * points.rows <= ALL_BYTES ? ALL_BYTES : POINT_BYTES;
  const blocks = Math.ceil(points.rows / atOnce(pointBytes));
  const crew = new Crew({rows: rows.rows, k: lists.k, same, size, threads: size === 1 ? all : 1});
  try {
    const quantiser = new Quantiser(statistics.means, scaleToOne(statistics));
    if (same && isMatrix(points) && blocks === 1)
      rows = points = {...points, data: crew.hold(points.data, cols)};
    // Rows that lie in memory are quantised once, whether they are looked for or at.
    const whole = same && isMatrix(points) ? await crew.quantise(points.data, quantiser) : null;
    const alike = FEWEST * Math.ceil(points.rows / blocks / FEWEST);
    for await (const block of quantised(points, alike, quantiser, whole)) {
      await crew.open(block, quantiser.scale);
      const source = quantised(rows, atOnce(ROW_BYTES), quantiser, whole);
      let next = await source.next();
      while (next.done !== true) {
        const searching = crew.search(next.value, count => step(count / blocks));
        // The next rows are read while other threads are at work on these.
        [next] = await Promise.all([source.next(), searching]);
      }
    }
  } finally {
    // Of a search that takes long the start of threads is a small part.
    await crew.close(blocks === 1);
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
