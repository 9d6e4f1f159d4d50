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
import {kthSmallest} from './kth-smallest.js';
import type {Matrix} from './matrix.js';
import {isConstant} from './matrix.js';
import {middle} from './order-statistics.js';

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
 * `equidistant`: all rows are equally far from each other, which leaves nothing unbiased; `insufficient`: fewer than four rows, or than a batch;
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
 * The kernel of all rows, or of those of a batch. Of few rows: as a matrix, or as the rows that it is formed from anew for every
 * comparison. Of many: as what its products are made from; of a linear one the columns, by which these are mostly had. Plain fields, so
 * that the bytes held can be counted.
 */
type Part = {readonly margins: Margins} & (FewRows | ManyRows);
type FewRows = {readonly matrix: Float64Array} | {readonly batch: Batch};
type ManyRows = {readonly columns: Columns} | {readonly kernel: Kernel};

/** Rows, the means of their columns, and 1 / 2 sigma^2 if the kernel has one. */
interface Batch {
  readonly rows: Matrix;
  readonly means: Float64Array;
  readonly rate: number | null;
}

/** A part, and the sum of its squared kernel values. */
interface Made {
  readonly part: Part;
  readonly square: number;
}

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

/** Up to this many rows a kernel is a matrix, in float64. */
const FEW = 2048;
/**
 * The matrices of all batches are kept if they take no more bytes than this or than the rows: those of eight layers are then within the
 * gigabyte that metrics of pairs keep. Else there would be no bound, as a number of the data becomes batch / columns numbers.
 */
const KEPT_BYTES = 2 ** 27;
/** Largest product of columns with columns, in numbers. */
const LARGEST_PRODUCT = 2 ** 26;

/**
 * The kernel of a representation for `cka`.
 *
 * @param keptBytes of the matrices of all batches, up to which they are kept however few the columns
 * @throws E305 if a value is not finite
 */
export async function prepareCka(x: Matrix, options: CkaOptions, keptBytes = KEPT_BYTES): Promise<CkaSide> {
  const whole = finiteStatistics(x);
  const nothing = {parts: [], self: {biased: 0, unbiased: 0}};
  const size = options.batch ?? x.rows;
  const count = size === 0 ? 0 : Math.floor(x.rows / size);
  if (size < 2 || count === 0) return {status: 'insufficient', ...nothing};
  if (isConstant(x)) return {status: 'constant', ...nothing};
  const kept = size * 8 <= x.cols * x.data.BYTES_PER_ELEMENT || count * size ** 2 * 8 <= keptBytes;
  const parts: Part[] = [];
  const selves: Hsic[] = [];
  for (let b = 0; b < count; b++) {
    options.signal?.throwIfAborted();
    const batch = count === 1 && size === x.rows ? x : rowsBetween(x, b * size, (b + 1) * size);
    // Of equal rows rounding of their mean must not remain.
    const rows = isConstant(batch) ? {...batch, data: batch.data.map(() => 0)} : batch;
    const statistics = rows === x ? whole : columnStatistics(rows);
    const made =
      size <= FEW
        ? await fewRows(rows, statistics, options, kept)
        : await manyRows(rows, statistics, options);
    if (made === null) return {status: 'bandwidth', ...nothing};
    const {part, square} = made;
    parts.push(part);
    selves.push(hsic(square, part.margins, part.margins));
  }
  const self = sumOf(selves);
  const status = selfStatus(self);
  return status === 'constant' ? {status, ...nothing} : {status, parts, self};
}

/** Of a matrix itself, not a copy. */
const rowsBetween = ({cols, data}: Matrix, start: number, end: number): Matrix => ({
  rows: end - start,
  cols,
  data: data.subarray(start * cols, end * cols),
});

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
    options.signal?.throwIfAborted();
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
  if (isFew(a) && isFew(b))
    return dot(await matrixOf(a, options.threads), await matrixOf(b, options.threads));
  if (isFew(a) || isFew(b)) throw new RangeError('kernels of different numbers of rows');
  if ('columns' in a && 'columns' in b) {
    const [x, y] = [a.columns, b.columns];
    if (x.cols * y.cols <= Math.min(LARGEST_PRODUCT, x.rows * (x.cols + y.cols)))
      return crossProductNorm(x, y, options);
  }
  const left = kernelOf(a);
  return (await kernelSums(left, a === b ? left : kernelOf(b), options)).inner;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const isFew = (part: Part): part is Part & FewRows => 'matrix' in part || 'batch' in part;

const kernelOf = (part: Part & ManyRows): Kernel =>
  'kernel' in part ? part.kernel : {x: rowsOf(part.columns), squares: part.margins.diagonal, rate: null};

async function matrixOf(part: FewRows, threads: number | undefined): Promise<Float64Array> {
  if ('matrix' in part) return part.matrix;
  const {rows, means, rate} = part.batch;
  const {data} = await gram(rows, means, 'rows', threads);
  if (rate !== null) toGaussians(data, rows.rows, rate);
  return data;
}

async function fewRows(
  rows: Matrix,
  {means}: ColumnStatistics,
  {kernel, bandwidth, threads}: CkaOptions,
  kept: boolean,
): Promise<Made | null> {
  const {size: n, data: matrix} = await gram(rows, means, 'rows', threads);
  const rate = kernel === 'rbf' ? rateOf(bandwidth, medianOfPairs(squaresOf(matrix, n), n)) : null;
  if (rate !== null) toGaussians(matrix, n, rate);
  else if (kernel === 'rbf') return null;
  const rowSums = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) rowSums[i]! += matrix[i * n + j]!;
  const margins = {n, diagonal: diagonalOf(matrix, n), rowSums};
  const part = {margins, ...(kept ? {matrix} : {batch: {rows, means, rate}})};
  return {part, square: dot(matrix, matrix)};
}

const diagonalOf = (matrix: Float64Array, n: number): Float64Array =>
  Float64Array.from({length: n}, (_, i) => matrix[i * n + i]!);

/** Squared distances of the n (n - 1) / 2 pairs, from inner products. */
function squaresOf(products: Float64Array, n: number): Float64Array {
  const squares = diagonalOf(products, n);
  const pairs = new Float64Array((n * (n - 1)) / 2);
  let p = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      pairs[p++] = Math.max(0, squares[i]! + squares[j]! - 2 * products[i * n + j]!);
  return pairs;
}

/** Makes exp(-rate |x_i - x_j|^2) of inner products, in place. */
function toGaussians(matrix: Float64Array, n: number, rate: number): void {
  const squares = diagonalOf(matrix, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const square = Math.max(0, squares[i]! + squares[j]! - 2 * matrix[i * n + j]!);
      matrix[i * n + j] = i === j ? 1 : Math.exp(-rate * square);
    }
}

async function manyRows(
  rows: Matrix,
  statistics: ColumnStatistics,
  options: CkaOptions,
): Promise<Made | null> {
  const n = rows.rows;
  if (options.kernel === 'linear') {
    const {columns, squares} = columnsOf(rows, statistics.means, scaleToOne(statistics));
    const part = {margins: {n, diagonal: squares, rowSums: new Float64Array(n)}, columns};
    return {part, square: await inner(part, part, options)};
  }
  const of = centred(rows, statistics);
  const rate = rateOf(options.bandwidth, await medianSquare(of, options));
  if (rate === null) return null;
  const kernel = {...of, rate};
  const {inner: square, rowSums} = await kernelSums(kernel, kernel, options);
  return {part: {margins: {n, diagonal: new Float64Array(n).fill(1), rowSums}, kernel}, square};
}

/**
 * Median of all n^2 squared distances of n points, the n zeros of the points to themselves among them.
 *
 * @param pairs squared distances of the n (n - 1) / 2 pairs; their order changes
 */
function medianOfPairs(pairs: Float64Array, n: number): number {
  // Of each pair there are two distances.
  const [low, high] = middle(n * n).map(rank => (rank < n ? 0 : kthSmallest(pairs, 1 + ((rank - n) >> 1))));
  return (low! + high!) / 2;
}

/** 1 / 2 sigma^2 with sigma a multiple of the median distance. */
const rateOf = (bandwidth: number, medianSquare: number): number | null =>
  medianSquare > 0 ? 1 / (2 * bandwidth * bandwidth * medianSquare) : null;
