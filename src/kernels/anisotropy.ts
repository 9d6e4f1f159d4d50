import {RunningStatistics} from './column-statistics.js';
import {largestEigenvalue} from './lanczos.js';
import type {FloatArray, Matrix} from './matrix.js';
import type {Moved} from './tiled-products.js';
import {tiledGram} from './tiled-products.js';
import {addScaled, dot} from './vector.js';
import type {Vectors} from './vectors.js';
import {vectorsOf} from './vectors.js';

/** Up to this size of the smaller product it is cheaper to form it than to read the vectors in every step. */
const FORMED = 2048;

export interface Anisotropy {
  /** `constant`: no variance to share; `insufficient`: fewer than two rows. Then there are no values but the cosine. */
  readonly status: 'ok' | 'constant' | 'insufficient';
  /** lambda_max / sum of all lambda: between 1 / min(cols, rows - 1) and 1. */
  readonly anisotropy: number | null;
  /** lambda_max of the covariance (ddof 1). */
  readonly largest: number | null;
  /** Trace of the covariance (ddof 1). */
  readonly trace: number | null;
  /**
   * Mean cosine between different rows (Ethayarajh 2019), not centred. A row of zeros has cosine 0 with every other. Null if there are
   * fewer than two rows.
   */
  readonly meanCosine: number | null;
}

export interface AnisotropyOptions {
  /** Whether the column means are removed first. Default true. Without, a common offset counts as a direction. */
  readonly centre?: boolean | undefined;
  /** Threads of the products. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/**
 * Share of the variance along the direction that has most of it (Razzhigaev et al. 2024, eq. 1): lambda_max / sum lambda of the
 * covariance of the rows, in float64. Relative error below 1e-11. The rows are read a few times, block by block.
 *
 * @throws E305 if a value is not finite
 */
export async function anisotropy(
  x: Matrix | Vectors,
  {centre = true, threads}: AnisotropyOptions = {},
): Promise<Anisotropy> {
  const {rows, cols, blocks} = vectorsOf(x);
  const running = new RunningStatistics(cols);
  const cosines = new RunningCosine(cols);
  for await (const data of blocks()) {
    running.add(data);
    cosines.add(data);
  }
  const nothing = {anisotropy: null, largest: null, trace: null, meanCosine: cosines.mean(rows)};
  if (rows < 2) return {status: 'insufficient', ...nothing};
  if (centre && running.constant) return {status: 'constant', ...nothing};
  const shift = centre ? running.statistics.means : new Float64Array(cols);
  const {largest, trace} = await squares({x, shift}, threads);
  if (trace === 0) return {status: 'constant', ...nothing};
  const freedom = rows - 1;
  return {
    ...nothing,
    status: 'ok',
    anisotropy: largest / trace,
    largest: largest / freedom,
    trace: trace / freedom,
  };
}

/** The largest of the squared singular values, and the sum of all. */
async function squares(
  {x, shift}: Moved,
  threads: number | undefined,
): Promise<{largest: number; trace: number}> {
  const {rows, cols} = x;
  let trace = 0;
  if (Math.min(rows, cols) > FORMED) {
    await eachRow({x, shift}, row => (trace += dot(row, row)));
    return {largest: trace === 0 ? 0 : await largestSquare({x, shift}), trace};
  }
  const {size, data} = await tiledGram({x, shift}, threads);
  for (let i = 0; i < size; i++) trace += data[i * size + i]!;
  const row = (i: number): Float64Array => data.subarray(i * size, (i + 1) * size);
  const largest = await largestEigenvalue(size, vector => vector.map((_, i) => dot(row(i), vector)));
  return {largest, trace};
}

/** The largest squared singular value, of a product that is never formed: the rows are read for each multiplication by it. */
function largestSquare(moved: Moved): Promise<number> {
  const {rows, cols} = moved.x;
  if (cols <= rows)
    return largestEigenvalue(cols, async vector => {
      const out = new Float64Array(cols);
      await eachRow(moved, row => addScaled(out, row, dot(row, vector)));
      return out;
    });
  return largestEigenvalue(rows, async vector => {
    const along = new Float64Array(cols);
    await eachRow(moved, (row, i) => addScaled(along, row, vector[i]!));
    const out = new Float64Array(rows);
    await eachRow(moved, (row, i) => (out[i] = dot(row, along)));
    return out;
  });
}

/** Reads the rows, each moved, in one place. */
async function eachRow({x, shift}: Moved, visit: (row: Float64Array, i: number) => void): Promise<void> {
  const row = new Float64Array(x.cols);
  let i = 0;
  for await (const data of vectorsOf(x).blocks())
    for (let at = 0; at < data.length; at += x.cols) {
      for (let c = 0; c < x.cols; c++) row[c] = data[at + c]! - shift[c]!;
      visit(row, i++);
    }
}

/** The mean cosine between rows that come block by block, by the sum of those that have a direction, each of length 1. */
class RunningCosine {
  private readonly sum: Float64Array;
  /** Rows that are not zeros. */
  private directed = 0;

  constructor(private readonly cols: number) {
    this.sum = new Float64Array(cols);
  }

  add(data: FloatArray): void {
    const {cols, sum} = this;
    for (let at = 0; at < data.length; at += cols) {
      let squares = 0;
      for (let c = 0; c < cols; c++) squares += data[at + c]! ** 2;
      if (squares === 0) continue;
      this.directed++;
      const norm = Math.sqrt(squares);
      for (let c = 0; c < cols; c++) sum[c]! += data[at + c]! / norm;
    }
  }

  mean(rows: number): number | null {
    return rows < 2 ? null : (dot(this.sum, this.sum) - this.directed) / (rows * (rows - 1));
  }
}
