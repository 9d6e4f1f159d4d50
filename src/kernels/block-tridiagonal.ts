import {symmetricEigenvalues} from './symmetric-eigenvalues.js';
import {tridiagonalEigen} from './tridiagonal.js';
import {tridiagonalise} from './tridiagonalise.js';

/** Rows of a block. */
export const BLOCK = 32;
/** Bound of the error of an eigenvalue, relative to it, at which it counts as found. */
export const TOLERANCE = 1e-10;

/** What the block Lanczos method makes of a matrix: blocks on the diagonal and beside it. Its eigenvalues are the Ritz values. */
export class BlockTridiagonal {
  private readonly width: number;
  private readonly data: Float64Array;

  constructor(blocks: number) {
    this.width = blocks * BLOCK;
    this.data = new Float64Array(this.width * this.width);
  }

  /** @param along products of the last vectors' images with all vectors */
  setDiagonal(block: number, along: Float64Array): void {
    const k = (block + 1) * BLOCK;
    this.set(block, block, (r, c) => along[r * k + k - BLOCK + c]!);
  }

  /** @param lower what the images are of the next vectors */
  setBeside(block: number, lower: Float64Array): void {
    this.set(block + 1, block, (r, c) => lower[c * BLOCK + r]!);
  }

  private set(rows: number, cols: number, value: (r: number, c: number) => number): void {
    for (let r = 0; r < BLOCK; r++)
      for (let c = 0; c < BLOCK; c++)
        this.data[(rows * BLOCK + r) * this.width + cols * BLOCK + c] = value(r, c);
  }

  /** The largest Ritz values of so many blocks. */
  values(blocks: number, count: number): Float64Array {
    return symmetricEigenvalues(blocks * BLOCK, this.leading(blocks)).subarray(0, count);
  }

  private leading(blocks: number): Float64Array {
    const k = blocks * BLOCK;
    const matrix = new Float64Array(k * k);
    for (let r = 0; r < k; r++) matrix.set(this.data.subarray(r * this.width, r * this.width + r + 1), r * k);
    return matrix;
  }

  /**
   * The largest Ritz values of so many blocks, if all are near enough to eigenvalues.
   *
   * @param squares products of the residuals of the last block of vectors
   * @param rounding of the largest, which no value need be nearer than
   */
  found(blocks: number, squares: Float64Array, count: number, rounding: number): Float64Array | null {
    const k = blocks * BLOCK;
    // Of the eigenvectors only the last places, which say how much of the residual a Ritz vector has.
    const ends = Array.from({length: BLOCK}, (_, i) => {
      const row = new Float64Array(k);
      row[k - BLOCK + i] = 1;
      return row;
    });
    const {diagonal, off, scale} = tridiagonalise(k, this.leading(blocks), (v, tau) => {
      for (const row of ends) {
        let along = 0;
        for (let c = 0; c < v.length; c++) along += v[c]! * row[c]!;
        along *= tau;
        if (along !== 0) for (let c = 0; c < v.length; c++) row[c]! -= along * v[c]!;
      }
    });
    const columns = new Float64Array(k * BLOCK);
    ends.forEach((row, i) => row.forEach((value, c) => (columns[c * BLOCK + i] = value)));
    tridiagonalEigen(diagonal, off, columns);
    const order = Array.from(diagonal.keys()).sort((x, y) => diagonal[y]! - diagonal[x]!);
    const values = Float64Array.from(order, at => diagonal[at]! * scale);
    const residuals = order.map(at => quadratic(squares, columns.subarray(at * BLOCK, (at + 1) * BLOCK)));
    return boundedBy(values, residuals, count, rounding) ? values.slice(0, count) : null;
  }
}

/**
 * Whether the first Ritz values are near enough.
 *
 * @param squares of the norms of the residuals
 */
function boundedBy(
  values: Float64Array,
  squares: readonly number[],
  count: number,
  rounding: number,
): boolean {
  const limits = values.map(value => Math.max(TOLERANCE * value, rounding * values[0]!));
  let least = 0;
  let sum = 0;
  for (let g = 0; g + 1 < values.length && least < count; g++) {
    sum += squares[g]!;
    const beyond = values[g + 1]! + Math.sqrt(squares[g + 1]!);
    // Those before `least` are settled; a larger group serves the lower ones.
    while (least <= g && (sum === 0 || sum <= limits[least]! * (values[least]! - beyond))) least++;
  }
  return least >= count || squares.slice(0, count).every((square, i) => Math.sqrt(square) <= limits[i]!);
}

/** s^T M s, not below 0. */
function quadratic(matrix: Float64Array, s: Float64Array): number {
  let sum = 0;
  for (let r = 0; r < BLOCK; r++)
    for (let c = 0; c < BLOCK; c++) sum += s[r]! * matrix[r * BLOCK + c]! * s[c]!;
  return Math.max(0, sum);
}
