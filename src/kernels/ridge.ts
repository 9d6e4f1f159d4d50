import {cholesky, choleskySolve} from './cholesky.js';
import {smallerGram} from './gram.js';
import type {LinearModel} from './linear-model.js';
import type {Matrix} from './matrix.js';
import {columnMeans} from './column-statistics.js';

export interface RidgeOptions {
  /** Weight of the squared coefficients against the sum of squared errors. Default 1. */
  readonly lambda?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Ridge regression of the one-hot labels (Hoerl and Kennard 1970): with X and Y centred, W = (X^T X + lambda I)^-1 X^T Y, which is
 * X^T (X X^T + lambda I)^-1 Y where there are fewer rows than columns; intercepts from the means, not penalised. By Cholesky in
 * float64. A class without rows is never predicted. Null if the matrix to solve with is singular in float64: lambda is too small.
 *
 * @param labels class of each row, 0-based
 */
export async function fitRidge(
  x: Matrix,
  labels: Int32Array,
  classes: number,
  {lambda = 1, threads, signal}: RidgeOptions = {},
): Promise<LinearModel | null> {
  const {rows, cols} = x;
  const centre = columnMeans(x);
  const shares = new Float64Array(classes);
  for (const label of labels) shares[label]! += 1 / rows;
  const system = await smallerGram(x, centre, threads);
  for (let i = 0; i < system.size; i++) system.data[i * system.size + i]! += lambda;
  if (!cholesky(system, signal)) return null;

  let weights: Float64Array;
  if (cols <= rows) {
    weights = covariances(x, centre, labels, classes);
    choleskySolve(system, weights, classes);
  } else {
    const duals = new Float64Array(rows * classes);
    for (let i = 0; i < duals.length; i++) duals[i] = -shares[i % classes]!;
    labels.forEach((label, i) => duals[i * classes + label]!++);
    choleskySolve(system, duals, classes);
    weights = combined(x, centre, duals, classes);
  }
  return toModel(weights, {centre, shares, cols, classes});
}

/** X^T Y of the centred, cols x classes: centring X alone is enough. */
function covariances(
  {rows, cols, data}: Matrix,
  centre: Float64Array,
  labels: Int32Array,
  classes: number,
): Float64Array {
  const sums = new Float64Array(cols * classes);
  for (let i = 0; i < rows; i++)
    for (let c = 0; c < cols; c++) sums[c * classes + labels[i]!]! += data[i * cols + c]! - centre[c]!;
  return sums;
}

/** X^T of the centred rows times numbers of every row, cols x classes. */
function combined(
  {rows, cols, data}: Matrix,
  centre: Float64Array,
  duals: Float64Array,
  classes: number,
): Float64Array {
  const sums = new Float64Array(cols * classes);
  for (let i = 0; i < rows; i++)
    for (let c = 0; c < cols; c++) {
      const value = data[i * cols + c]! - centre[c]!;
      for (let k = 0; k < classes; k++) sums[c * classes + k]! += value * duals[i * classes + k]!;
    }
  return sums;
}

function toModel(
  byColumn: Float64Array,
  {
    centre,
    shares,
    cols,
    classes,
  }: {centre: Float64Array; shares: Float64Array; cols: number; classes: number},
): LinearModel {
  const weights = new Float64Array(classes * cols);
  const intercepts = shares.map(share => (share > 0 ? share : -Infinity));
  for (let c = 0; c < cols; c++)
    for (let k = 0; k < classes; k++) {
      const weight = byColumn[c * classes + k]!;
      weights[k * cols + c] = weight;
      intercepts[k]! -= weight * centre[c]!;
    }
  return {classes, cols, weights, intercepts};
}
