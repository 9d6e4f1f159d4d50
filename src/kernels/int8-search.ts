import type {Rows} from './int8-screen.js';
import {INT8_SCREEN, Int8Screen} from './int8-screen.js';
import type {Search} from './neighbors.js';
import type {Quantised} from './quantised.js';
import {Quantiser} from './quantised.js';
import type {Stretch, Vectors} from './vectors.js';
import {isMatrix, stretches, vectorsOf} from './vectors.js';
import {WasmInstance} from './wasm-instance.js';

/** Bytes of the points that are searched at once, and of the rows that they are searched for where these do not lie in memory. */
const POINT_BYTES = 2 ** 25;
const ROW_BYTES = 2 ** 27;
const MOST_POINTS = 2 ** 14;

/** Exact nearest neighbours by way of 8-bit integers, on the CPU: blocks of rows against blocks of points, each read in order. */
export async function searchByInt8({rows, points, same, lists, threads, step}: Search): Promise<void> {
  const {cols} = points;
  const quantiser = new Quantiser(...(await centre(vectorsOf(points))));
  const memory = new WasmInstance(INT8_SCREEN);
  const bytes = 4 * cols;
  const pointsAtOnce = Math.max(1, Math.min(points.rows, MOST_POINTS, Math.floor(POINT_BYTES / bytes)));
  const rowsAtOnce = isMatrix(rows) ? rows.rows : Math.max(pointsAtOnce, Math.floor(ROW_BYTES / bytes));
  const blocks = Math.ceil(points.rows / pointsAtOnce);
  for await (const group of stretches(vectorsOf(rows), rowsAtOnce)) {
    const members = quantised(group, quantiser);
    for await (const stretch of stretches(vectorsOf(points), pointsAtOnce)) {
      // Points in memory that are the rows too have been quantised as such.
      const known = same && isMatrix(points) ? part(members.quantised, stretch, cols) : null;
      const block = known === null ? quantised(stretch, quantiser) : {data: stretch.data, quantised: known};
      const screen = await Int8Screen.open(
        memory,
        block,
        cols,
        stretch.first,
        lists.k,
        quantiser.scale,
        threads,
      );
      try {
        await screen.search(members, group.first, lists, same, count => step(count / blocks));
      } finally {
        await screen.close();
      }
    }
  }
}

const quantised = ({data}: Stretch, quantiser: Quantiser): Rows => ({
  data,
  quantised: quantiser.quantise(data),
});

function part(
  {integers, scales, errors, squares, rows}: Quantised,
  {first, data}: Stretch,
  cols: number,
): Quantised {
  const count = data.length / cols;
  const end = first + count;
  const width = integers.length / rows;
  return {
    rows: count,
    integers: integers.subarray(first * width, end * width),
    scales: scales.subarray(first, end),
    errors: errors.subarray(first, end),
    squares: squares.subarray(first, end),
  };
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
