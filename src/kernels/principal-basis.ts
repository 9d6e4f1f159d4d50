import {gram} from './gram.js';
import {product} from './product.js';
import type {Matrix64} from './product.js';
import {symmetricEigen} from './symmetric-eigen.js';

/** Directions to keep: as many as have this share of the variance, or of the sum of the singular values, or this number of them. */
export type Kept = {readonly variance: number} | {readonly singular: number} | {readonly dims: number};

/** An orthonormal basis of the columns of a matrix, from that of most variance on. */
export interface PrincipalBasis {
  /** All singular values that are more than rounding, descending. */
  readonly singular: Float64Array;
  /** Left singular vectors as columns, as many as are kept. */
  readonly basis: Matrix64;
}

/**
 * The left singular vectors of a matrix, by way of the smaller of its two products, in float64. What has less than about 1e-7 of the
 * largest singular value is rounding and counts as none.
 */
export async function principalBasis(x: Matrix64, kept: Kept, threads?: number): Promise<PrincipalBasis> {
  const byColumns = x.cols <= x.rows;
  const zero = new Float64Array(x.cols);
  const {size, data} = await gram(x, zero, byColumns ? 'columns' : 'rows', threads);
  const {values, vectors} = symmetricEigen(size, data);
  const rank = values.findIndex(value => value <= 4 * size * Number.EPSILON * values[0]!);
  const squares = rank < 0 ? values : values.subarray(0, rank);
  const singular = squares.map(Math.sqrt);
  const dims = keptDims(kept, squares, singular);
  const directions: Matrix64 = {rows: dims, cols: size, data: vectors(dims)};
  for (let i = 0; i < dims; i++) {
    const length = byColumns ? singular[i]! : squares[i]!;
    for (let c = 0; c < size; c++) directions.data[i * size + c]! /= length;
  }
  // Images of the columns, whatever rounding has mixed into the directions.
  const right = byColumns ? directions : await product(directions, x, {threads});
  return {
    singular,
    basis: await orthonormalised(await product(x, right, {transposeB: true, threads}), threads),
  };
}

function keptDims(kept: Kept, squares: Float64Array, singular: Float64Array): number {
  if ('dims' in kept) return Math.min(kept.dims, singular.length);
  return 'variance' in kept ? dimsFor(squares, kept.variance) : dimsFor(singular, kept.singular);
}

/** The fewest directions with a share of the sum of their values. */
function dimsFor(values: Float64Array, share: number): number {
  const total = values.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  const at = values.findIndex(value => (sum += value) >= share * total);
  return share >= 1 || at < 0 ? values.length : at + 1;
}

/** Columns that are nearly orthonormal made so, the first ones moved least: Q = A L^-T with A^T A = L L^T. */
async function orthonormalised(a: Matrix64, threads: number | undefined): Promise<Matrix64> {
  const {size, data} = await gram(a, new Float64Array(a.cols), 'columns', threads);
  const inverse: Matrix64 = {rows: size, cols: size, data: inverseCholesky(size, data)};
  return product(a, inverse, {transposeB: true, threads});
}

/** L^-1 of a positive definite matrix L L^T, row-major. */
function inverseCholesky(size: number, matrix: Float64Array): Float64Array {
  const lower = new Float64Array(size * size);
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!;
      for (let c = 0; c < j; c++) sum -= lower[i * size + c]! * lower[j * size + c]!;
      lower[i * size + j] = i === j ? Math.sqrt(sum) : sum / lower[j * size + j]!;
    }
    // Row i of the inverse, from the rows above it.
    const pivot = lower[i * size + i]!;
    for (let c = 0; c < i; c++) {
      const factor = lower[i * size + c]! / pivot;
      for (let j = 0; j <= c; j++) inverse[i * size + j]! -= factor * inverse[c * size + j]!;
    }
    inverse[i * size + i] = 1 / pivot;
  }
  return inverse;
}
