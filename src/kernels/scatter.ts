import type {GramSums} from './gram.js';
import {smallerGram} from './gram.js';
import {columnMeans, finiteStatistics} from './column-statistics.js';
import {floatType, isConstant} from './matrix.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {standardised} from './standardised.js';

/** A symmetric matrix with the eigenvalues of the covariance, times its degrees of freedom. */
export interface Scatter {
  /** `constant`: all rows are equal; `insufficient`: fewer than two rows. Then there are no data. */
  readonly status: 'ok' | 'constant' | 'insufficient';
  /** Rows of the data. */
  readonly rows: number;
  /** The smaller of their rows and columns. */
  readonly size: number;
  /** Row-major, size x size; of what is above the diagonal nothing is promised. */
  readonly data: Float64Array;
}

export interface ScatterOptions {
  /** Whether every column is divided by its standard deviation (ddof 0) first; a constant one becomes 0. Default false. */
  readonly standardise?: boolean | undefined;
  /** Threads of the products. Default: one per physical core. */
  readonly threads?: number | undefined;
}

const nothing = (status: 'constant' | 'insufficient', rows: number): Scatter => ({
  status,
  rows,
  size: 0,
  data: new Float64Array(0),
});

/**
 * The smaller product of the centred rows or columns, in float64.
 *
 * @throws E305 if a value is not finite
 */
export async function scatter(
  x: Matrix,
  {standardise = false, threads}: ScatterOptions = {},
): Promise<Scatter> {
  const {means} = finiteStatistics(x);
  if (x.rows < 2) return nothing('insufficient', x.rows);
  if (isConstant(x)) return nothing('constant', x.rows);
  const used = standardise ? standardised(x) : x;
  const shift = standardise ? columnMeans(used) : means;
  return {status: 'ok', rows: x.rows, ...(await smallerGram(used, shift, threads))};
}

/** Rows of a block whose product is taken at once. */
const BLOCK = 512;

/**
 * The same of rows that come one after another. It holds the rows, where these are the fewer numbers, or else their products so
 * far: of the rows less the mean of the first block, corrected at the end for what the mean of all differs from it, which is little.
 */
export class RunningScatter {
  readonly block: FloatArray;
  private readonly capacity: number;
  private filled = 0;
  private before = 0;
  private sums: Sums | undefined;

  /**
   * @param rows how many will come
   * @param products of as many columns
   * @param used the block of another that is finished; it is taken if it has the same size
   */
  constructor(
    private readonly rows: number,
    private readonly cols: number,
    type: FloatType,
    private readonly products: GramSums,
    private readonly options: ScatterOptions = {},
    used?: FloatArray,
  ) {
    this.capacity = blockRows(rows, cols, type);
    const numbers = this.capacity * cols;
    const alike = used?.length === numbers && floatType(used) === type;
    this.block = alike ? used : type === 'float64' ? new Float64Array(numbers) : new Float32Array(numbers);
  }

  /** Takes a row. If it says so, `flush` is due before the next. */
  take(row: FloatArray): boolean {
    this.block.set(row, this.filled * this.cols);
    this.filled++;
    return this.filled === this.capacity && this.capacity < this.rows;
  }

  async flush(): Promise<void> {
    await this.addBlock(() => new Float64Array(this.cols ** 2));
  }

  private async addBlock(room: () => Float64Array): Promise<void> {
    const {cols, filled} = this;
    const block: Matrix = {rows: filled, cols, data: this.block.subarray(0, filled * cols)};
    const {means, least, most} = finiteStatistics(block, this.before);
    this.sums ??= {
      shift: means,
      first: block.data.slice(0, cols),
      moved: new Float64Array(cols),
      varies: new Uint8Array(cols),
      products: room(),
    };
    const {shift, first, moved, varies, products} = this.sums;
    for (let c = 0; c < cols; c++) if (least[c] !== first[c] || most[c] !== first[c]) varies[c] = 1;
    // Of the first block nothing is left to correct: the shift is its mean.
    const isFirst = this.before === 0;
    await this.products.addColumns(block, shift, products, isFirst ? {replace: true} : {sums: moved});
    this.before += filled;
    this.filled = 0;
  }

  /**
   * @returns what may be overwritten when the next scatter with the same products is finished
   * @throws E305 if a value is not finite
   */
  async finish(): Promise<Scatter> {
    const {cols, rows, options} = this;
    if (rows < 2 || (this.sums === undefined && rows < cols))
      return scatter({rows: this.filled, cols, data: this.block.subarray(0, this.filled * cols)}, options);
    if (this.filled > 0) await this.addBlock(() => this.products.room);
    const {moved, varies, products: data} = this.sums!;
    if (!varies.includes(1)) return nothing('constant', rows);
    if (moved.some(sum => sum !== 0))
      for (let i = 0; i < cols; i++) {
        const mean = moved[i]! / rows;
        for (let j = 0; j <= i; j++) data[i * cols + j]! -= mean * moved[j]!;
      }
    if (options.standardise === true) {
      const scale = new Float64Array(cols);
      for (let c = 0; c < cols; c++) {
        const sum = data[c * cols + c]!;
        if (varies[c] === 1 && sum > 0) scale[c] = Math.sqrt(rows / sum);
      }
      for (let i = 0; i < cols; i++)
        for (let j = 0; j <= i; j++) data[i * cols + j]! *= scale[i]! * scale[j]!;
    }
    return {status: 'ok', rows, size: cols, data};
  }
}

/** By column. */
interface Sums {
  readonly shift: Float64Array;
  /** The first row. */
  readonly first: FloatArray;
  /** Sums of the rows less the shift. */
  readonly moved: Float64Array;
  /** 1 where values differ. */
  readonly varies: Uint8Array;
  /** Lower triangle of the products of the columns less the shift. */
  readonly products: Float64Array;
}

const sizeOf = (type: FloatType): number => (type === 'float64' ? 1 : 0.5);

/** Rows that are held at once: all, if these take less room than products and a block. */
function blockRows(rows: number, cols: number, type: FloatType): number {
  return rows <= BLOCK + cols / sizeOf(type) ? rows : BLOCK;
}

/** What a running scatter holds, in numbers of 8 bytes. */
export function heldNumbers(rows: number, cols: number, type: FloatType): number {
  const block = blockRows(rows, cols, type);
  return block * cols * sizeOf(type) + (block < rows ? cols * cols : 0);
}
