import {alignmentChance} from './alignment-chance.js';
import {readStatistics} from './column-statistics.js';
import type {FloatArray, Matrix} from './matrix.js';
import type {NeighborOptions, Neighbors} from './neighbors.js';
import {nearestNeighbors} from './neighbors.js';
import {orderStatistics} from './order-statistics.js';
import {standardError} from './moments.js';
import {neighborhoodOverlap} from './overlap.js';
import {eachNeighbor} from './parts.js';
import {unitRows} from './unit-rows.js';
import type {Stretch, Vectors} from './vectors.js';
import {readAll, stretches, vectorsOf} from './vectors.js';

export interface MutualKnnOptions extends NeighborOptions {
  readonly k: number;
  /** Values beyond this quantile of the absolute values of all are brought to it first; 1 leaves them. */
  readonly clip: number;
  /** Whether rows are brought to length 1, so that distances order as cosines do. */
  readonly normalise: boolean;
  /** Numbers of the rows, and of the points, that are held at once. */
  readonly held?: number | undefined;
}

/** Numbers of the rows, and of the points, that are held at once, and of a part that is clipped. */
const HELD = 2 ** 24;
const PART = 2 ** 20;

/** The nearest neighbours of every row as it was prepared, and its inner products with them (row-major, n x k). */
export interface KnnKernel {
  readonly neighbors: Neighbors;
  readonly products: Float64Array;
}

/**
 * The neighbours of a representation for `mutualKnn`.
 *
 * @param x is read block by block: memory is bounded whatever its number of rows
 * @throws E305 if a value is not finite
 */
export async function prepareMutualKnn(
  x: Matrix | Vectors,
  {k, clip, normalise, held = HELD, ...options}: MutualKnnOptions,
): Promise<KnnKernel> {
  const {rows, cols, blocks} = vectorsOf(x);
  await readStatistics(x);
  const limit = clip < 1 && rows * cols > 0 ? await absoluteQuantile(blocks, clip) : Infinity;
  const clipped: Vectors = {
    rows,
    cols,
    async *blocks() {
      const part = Math.max(1, Math.floor(PART / cols)) * cols;
      for await (const block of blocks())
        for (let at = 0; at < block.length; at += part) {
          const data = Float64Array.from(block.subarray(at, at + part));
          for (let i = 0; i < data.length; i++) data[i] = Math.max(-limit, Math.min(limit, data[i]!));
          yield normalise ? unitRows(data, cols, data) : data;
        }
    },
  };
  // Not awaited: what is under way here would hold the original for as long as neighbours are looked for.
  return kernelOf(rows * cols <= held ? await readAll(clipped) : clipped, k, held, options);
}

async function kernelOf(
  x: Matrix | Vectors,
  k: number,
  held: number,
  options: NeighborOptions,
): Promise<KnnKernel> {
  const {cols} = x;
  const neighbors = await nearestNeighbors(x, k, options);
  const width = neighbors.k;
  const products = new Float64Array(neighbors.indices.length);
  const most = Math.max(1, Math.floor(held / cols));
  for await (const rows of stretches(vectorsOf(x), most))
    for await (const points of stretches(vectorsOf(x), most)) {
      const sideOf = ({first, data}: Stretch) => ({first, count: data.length / cols});
      eachNeighbor(sideOf(rows), sideOf(points), neighbors, width, (row, point, which) => {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += rows.data[row * cols + c]! * points.data[point * cols + c]!;
        products[(rows.first + row) * width + which] = sum;
      });
    }
  return {neighbors, products};
}

export interface MutualKnn {
  /** Mean share of the k nearest neighbours that both have in common. Null if there are none. */
  readonly overlap: number | null;
  /** Of independent representations: k / (n - 1). */
  readonly chance: number | null;
  /** Of the overlap, over the points. */
  readonly standardError: number | null;
  /** Share of the points that are among the neighbours in A of one of their neighbours in B. */
  readonly cycle: number | null;
  /** CKA of the kernels with nothing but common neighbours left. Null below four rows, or if none is mutual. */
  readonly cknna: number | null;
  /** Its mean over all orders of the samples of B. */
  readonly cknnaChance: number | null;
  /** What it is the ratio of: unbiased HSIC of A with B, A with A, B with B. */
  readonly alignments: readonly [number, number, number] | null;
}

/** Alignment of two representations of the same rows by their nearest neighbours (Huh, Cheung, Wang, Isola 2024, appendix A). */
export function mutualKnn(a: KnnKernel, b: KnnKernel): MutualKnn {
  const {n, k} = a.neighbors;
  const {mean, chance, perPoint} = neighborhoodOverlap(a.neighbors, b.neighbors, k);
  const found = {overlap: mean, chance, standardError: mean === null ? null : standardError(perPoint)};
  if (mean === null) return {...found, ...NOTHING, cycle: null};
  const cycle = share(n, i => neighborsOf(b.neighbors, i).some(j => neighborsOf(a.neighbors, j).includes(i)));
  if (n < 4) return {...found, ...NOTHING, cycle};
  const alignments = [alignment(a, b), alignment(a, a), alignment(b, b)] as const;
  const [ab, aa, bb] = alignments;
  if (!(aa > 0 && bb > 0)) return {...found, ...NOTHING, cycle, alignments};
  const whole = Math.sqrt(aa * bb);
  return {...found, cycle, cknna: ab / whole, cknnaChance: alignmentChance(a, b) / whole, alignments};
}

const NOTHING = {cknna: null, cknnaChance: null, alignments: null};

/**
 * Unbiased HSIC (Song et al. 2012, eq. 5) of two kernels in which only the products with common neighbours are left. As neighbours
 * need not be mutual, these matrices are not symmetric: tr(K L) sees only the pairs that are.
 */
function alignment(a: KnnKernel, b: KnnKernel): number {
  const {n, k} = a.neighbors;
  const columnSums = new Float64Array(n);
  const rowSums = new Float64Array(n);
  let [trace, sumA, sumB] = [0, 0, 0];
  const common = Array.from({length: n}, (_, i) => {
    const found = new Map<number, readonly [number, number]>();
    const others = neighborsOf(b.neighbors, i);
    neighborsOf(a.neighbors, i).forEach((j, at) => {
      const place = others.indexOf(j);
      if (place >= 0) found.set(j, [a.products[i * k + at]!, b.products[i * k + place]!]);
    });
    return found;
  });
  common.forEach((found, i) => {
    for (const [j, [left, right]] of found) {
      sumA += left;
      sumB += right;
      columnSums[j]! += left;
      rowSums[i]! += right;
      const back = common[j]!.get(i);
      if (back !== undefined) trace += left * back[1];
    }
  });
  const cross = columnSums.reduce((sum, value, j) => sum + value * rowSums[j]!, 0);
  const total = trace + (sumA / (n - 1)) * (sumB / (n - 2)) - (2 / (n - 2)) * cross;
  return total / (n * (n - 3));
}

const neighborsOf = ({indices, k}: Neighbors, i: number): Int32Array => indices.subarray(i * k, (i + 1) * k);

function share(n: number, holds: (i: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < n; i++) if (holds(i)) count++;
  return count / n;
}

/** Of the absolute values in ascending order that at the place `floor(quantile * length)`. */
async function absoluteQuantile(blocks: Vectors['blocks'], quantile: number): Promise<number> {
  async function* absolute(): AsyncGenerator<FloatArray> {
    for await (const block of blocks()) yield block.map(Math.abs);
  }
  const [value] = await orderStatistics(absolute, count => [Math.floor(quantile * count)]);
  return value!;
}
