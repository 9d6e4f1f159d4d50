import {centred, scaleToOne} from './centred.js';
import type {ColumnStatistics} from './column-statistics.js';
import {columnStatistics, finiteStatistics} from './column-statistics.js';
import type {Columns} from './columns.js';
import {columnsOf, rowsOf} from './columns.js';
import {crossProductNorm} from './cross-product.js';
import {gram} from './gram.js';
import type {Hsic, Margins} from './hsic.js';
import {hsic, shuffledHsic} from './hsic.js';
import type {BlockOptions, Kernel} from './kernel-blocks.js';
import {kernelSums, medianSquare} from './kernel-blocks.js';
import type {Matrix} from './matrix.js';
import {isConstant} from './matrix.js';
import {middle} from './order-statistics.js';
import {range} from './range.js';
import {takeRows} from './take-rows.js';

export interface CkaOptions extends BlockOptions {
  /** Inner products, or exp(-|x - y|^2 / 2 sigma^2). */
  readonly kernel: 'linear' | 'rbf';
  /** rbf: sigma as a multiple of the median distance (the distances of the rows to themselves count). */
  readonly bandwidth: number;
  /** Rows in a batch: HSIC is then the mean over the batches of consecutive rows; null takes all at once. */
  readonly batch: number | null;
}

/**
 * Why a value is undefined. `constant`: no two rows differ (of those that share a batch), or too little for float64; `bandwidth`: so many rows are equal that the median distance is 0;
 * `equidistant`: all rows are equally far from each other, which leaves nothing unbiased; `insufficient`: fewer than four rows;
 * `overflow`: numbers whose fourth powers float64 cannot hold.
 */
export type CkaStatus = 'ok' | 'constant' | 'bandwidth' | 'equidistant' | 'insufficient' | 'overflow';

/** What is worked out of one representation, whatever it is compared with. */
export interface CkaSide {
  readonly status: CkaStatus;
  readonly parts: readonly Part[];
  readonly self: Hsic;
}

/**
 * The kernel of all rows, or of those of a batch: as a matrix where there are few, else as what it is made from; of a linear one
 * the columns, which its products with others are mostly made from. Plain fields, so that the bytes held can be counted.
 */
type Part = {readonly margins: Margins} & (
  {readonly matrix: Float64Array} | {readonly columns: Columns} | {readonly kernel: Kernel}
);

export interface Cka {
  /** Of the debiased value. */
  readonly status: CkaStatus;
  /** In [0, 1]; near 1 for anything if there are fewer rows than columns. Null if undefined. */
  readonly biased: number | null;
  /** From unbiased HSIC: near 0 for unrelated representations, and below it as often as above. Null below four rows. */
  readonly debiased: number | null;
  /** HSIC of the two representations. */
  readonly hsic: Hsic | null;
  /** What the biased value is on average if the rows of one are shuffled; that of the debiased is 0. */
  readonly biasedChance: number | null;
}

/** Up to this many rows the kernel matrix is kept, in float64. */
const KEPT_ROWS = 2048;
/** Largest product of columns with columns, in numbers. */
const LARGEST_PRODUCT = 2 ** 26;

/**
 * The kernel of a representation for `cka`.
 *
 * @throws E305 if a value is not finite
 */
export async function prepareCka(x: Matrix, options: CkaOptions): Promise<CkaSide> {
  const whole = finiteStatistics(x);
  const nothing = {parts: [], self: {biased: 0, unbiased: 0}};
  const size = options.batch ?? x.rows;
  const count = size === 0 ? 0 : Math.floor(x.rows / size);
  if (size < 2 || count === 0) return {status: 'insufficient', ...nothing};
  if (isConstant(x)) return {status: 'constant', ...nothing};
  const parts: Part[] = [];
  const selves: Hsic[] = [];
  for (let b = 0; b < count; b++) {
    options.signal?.throwIfAborted();
    const batch = count === 1 && size === x.rows ? x : takeRows(x, range(b * size, (b + 1) * size));
    // Of equal rows rounding of their mean must not remain.
    const rows = isConstant(batch) ? {...batch, data: batch.data.map(() => 0)} : batch;
    const statistics = rows === x ? whole : columnStatistics(rows);
    const made = await (size <= KEPT_ROWS ? keptPart : blockedPart)(rows, statistics, options);
    if (made === null) return {status: 'bandwidth', ...nothing};
    parts.push(made);
    selves.push(hsic(await inner(made, made, options), made.margins, made.margins));
  }
  const self = sumOf(selves);
  const status = selfStatus(self);
  return status === 'constant' ? {status, ...nothing} : {status, parts, self};
}

/** Unbiased HSIC of a kernel with itself, as a share of the biased, that is no more than rounding. */
const NOTHING = 1e-12;

function selfStatus({biased, unbiased}: Hsic): CkaStatus {
  if (!Number.isFinite(biased)) return 'overflow';
  if (biased <= 0) return 'constant';
  if (unbiased === null) return 'insufficient';
  return unbiased <= NOTHING * biased ? 'equidistant' : 'ok';
}

/**
 * Centred kernel alignment of two representations of the same rows: HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) (Kornblith, Norouzi,
 * Lee, Hinton 2019, eq. 4), biased as published there and debiased (Nguyen, Raghu, Kornblith 2021, eq. 3); over batches the
 * sums of HSIC take the place of HSIC (eq. 2).
 *
 * Up to 2048 rows all is float64. Beyond, products are in the precision of the data and sums over blocks in float64; a linear
 * kernel then enters by the products of columns, |Y^T X|^2, where these are the smaller work.
 */
export async function cka(a: CkaSide, b: CkaSide, options: BlockOptions = {}): Promise<Cka> {
  const status = a.status === 'ok' ? b.status : a.status;
  if (a.parts.length === 0 || b.parts.length === 0 || status === 'overflow')
    return {status, biased: null, debiased: null, hsic: null, biasedChance: null};
  const between = a === b ? a.self : await hsicBetween(a, b, options);
  const ratio = (form: keyof Hsic, value = between[form]!): number =>
    value / (Math.sqrt(a.self[form]! / b.self[form]!) * b.self[form]!);
  const shuffled = a.parts.reduce((sum, {margins}, i) => sum + shuffledHsic(margins, b.parts[i]!.margins), 0);
  return {
    status,
    biased: ratio('biased'),
    debiased: status === 'ok' ? ratio('unbiased') : null,
    hsic: between,
    biasedChance: ratio('biased', shuffled),
  };
}

async function hsicBetween(a: CkaSide, b: CkaSide, options: BlockOptions): Promise<Hsic> {
  const each: Hsic[] = [];
  for (const [i, left] of a.parts.entries()) {
    const right = b.parts[i]!;
    each.push(hsic(await inner(left, right, options), left.margins, right.margins));
  }
  return sumOf(each);
}

const sumOf = (each: readonly Hsic[]): Hsic =>
  each.reduce((sum, {biased, unbiased}) => ({
    biased: sum.biased + biased,
    unbiased: sum.unbiased === null || unbiased === null ? null : sum.unbiased + unbiased,
  }));

/** sum_ij K_ij L_ij */
async function inner(a: Part, b: Part, options: BlockOptions): Promise<number> {
  if ('matrix' in a && 'matrix' in b) {
    let sum = 0;
    for (let i = 0; i < a.matrix.length; i++) sum += a.matrix[i]! * b.matrix[i]!;
    return sum;
  }
  if ('matrix' in a || 'matrix' in b) throw new RangeError('kernels of different numbers of rows');
  if ('columns' in a && 'columns' in b) {
    const [x, y] = [a.columns, b.columns];
    if (x.cols * y.cols <= Math.min(LARGEST_PRODUCT, x.rows * (x.cols + y.cols)))
      return crossProductNorm(x, y, options);
  }
  const left = kernelOf(a);
  return (await kernelSums(left, a === b ? left : kernelOf(b), options)).inner;
}

const kernelOf = (part: Exclude<Part, {readonly matrix: Float64Array}>): Kernel =>
  'kernel' in part ? part.kernel : {x: rowsOf(part.columns), squares: part.margins.diagonal, rate: null};

async function keptPart(
  rows: Matrix,
  {means}: ColumnStatistics,
  {kernel, bandwidth, threads}: CkaOptions,
): Promise<Part | null> {
  const {size: n, data: matrix} = await gram(rows, means, 'rows', threads);
  if (kernel === 'rbf') {
    const squares = Float64Array.from({length: n}, (_, i) => matrix[i * n + i]!);
    const pairs = new Float64Array((n * (n - 1)) / 2);
    let p = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++)
        pairs[p++] = Math.max(0, squares[i]! + squares[j]! - 2 * matrix[i * n + j]!);
    const rate = rateOf(bandwidth, medianOfPairs(pairs, n));
    if (rate === null) return null;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const square = Math.max(0, squares[i]! + squares[j]! - 2 * matrix[i * n + j]!);
        matrix[i * n + j] = i === j ? 1 : Math.exp(-rate * square);
      }
  }
  const rowSums = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) rowSums[i]! += matrix[i * n + j]!;
  const diagonal = Float64Array.from({length: n}, (_, i) => matrix[i * n + i]!);
  return {margins: {n, diagonal, rowSums}, matrix};
}

async function blockedPart(
  rows: Matrix,
  statistics: ColumnStatistics,
  options: CkaOptions,
): Promise<Part | null> {
  const n = rows.rows;
  if (options.kernel === 'linear') {
    const {columns, squares} = columnsOf(rows, statistics.means, scaleToOne(statistics));
    return {margins: {n, diagonal: squares, rowSums: new Float64Array(n)}, columns};
  }
  const of = centred(rows, statistics);
  const rate = rateOf(options.bandwidth, await medianSquare(of, options));
  if (rate === null) return null;
  const kernel = {...of, rate};
  const {rowSums} = await kernelSums(kernel, kernel, options);
  return {margins: {n, diagonal: new Float64Array(n).fill(1), rowSums}, kernel};
}

/**
 * Median of all n^2 squared distances of n points, the n zeros of the points to themselves among them.
 *
 * @param pairs squared distances of the n (n - 1) / 2 pairs; sorted in place
 */
function medianOfPairs(pairs: Float64Array, n: number): number {
  pairs.sort();
  const [low, high] = middle(n * n).map(rank => (rank < n ? 0 : pairs[(rank - n) >> 1]!));
  return (low! + high!) / 2;
}

/** 1 / 2 sigma^2 with sigma a multiple of the median distance. */
const rateOf = (bandwidth: number, medianSquare: number): number | null =>
  medianSquare > 0 ? 1 / (2 * bandwidth * bandwidth * medianSquare) : null;
