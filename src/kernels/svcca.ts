import {centred} from './centred.js';
import {requireFinite} from './finite.js';
import {gram} from './gram.js';
import type {Matrix} from './matrix.js';
import {principalBasis} from './principal-basis.js';
import type {Kept, PrincipalBasis} from './principal-basis.js';
import {product} from './product.js';
import type {Matrix64} from './product.js';
import {symmetricEigen} from './symmetric-eigen.js';

/** What is worked out of one representation, whatever it is compared with. */
export interface SvccaSide extends PrincipalBasis {
  /** `constant`: no two rows differ. */
  readonly status: 'ok' | 'constant' | 'insufficient';
  /** The centred columns in the basis: cols x kept. */
  readonly loadings: Matrix64;
}

export interface Svcca {
  readonly status: SvccaSide['status'];
  /** Canonical correlations, descending: as many as the fewer of the kept directions. */
  readonly correlations: Float64Array;
  readonly mean: number | null;
  readonly meanSquare: number | null;
  /** Mean of the largest correlations that make up 98 % of their sum, as the code released with the paper reports it. */
  readonly leading: number | null;
  /** What the mean square is on average if the rows of one are shuffled. */
  readonly meanSquareChance: number | null;
  /** Means weighted by how much of the first representation, of the second each canonical direction accounts for. */
  readonly weighted: readonly [number, number] | null;
}

/**
 * The principal directions of a representation for `svcca`.
 *
 * @param kept 99 % of the variance in the paper; all of it makes it plain CCA
 * @throws E305 if a value is not finite
 */
export async function prepareSvcca(x: Matrix, kept: Kept, threads?: number): Promise<SvccaSide> {
  requireFinite(x);
  const {x: moved} = centred({...x, data: Float64Array.from(x.data)});
  return svccaSide(moved as Matrix64, kept, threads);
}

/** The same of a matrix as it is, its columns centred or not. */
export async function svccaSide(x: Matrix64, kept: Kept, threads?: number): Promise<SvccaSide> {
  const nothing = {rows: x.rows, cols: 0, data: new Float64Array(0)};
  const none = {singular: new Float64Array(0), basis: nothing, loadings: {...nothing, rows: x.cols}};
  if (x.rows < 2) return {status: 'insufficient', ...none};
  if (x.data.every(value => value === 0)) return {status: 'constant', ...none};
  const found = await principalBasis(x, kept, threads);
  return {
    status: 'ok',
    ...found,
    loadings: await product(x, found.basis, {transposeA: true, threads}),
  };
}

/**
 * Canonical correlations of two representations of the same rows, each in its principal directions: SVCCA (Raghu, Gilmer, Yosinski,
 * Sohl-Dickstein 2017). The singular values of U^T V for bases U and V. Weighted: PWCCA (Morcos, Raghu, Bengio 2018, section 3),
 * sum_i alpha_i rho_i / sum_i alpha_i with alpha_i = sum_j |<h_i, x_j>| over the columns x_j, h_i the i-th canonical direction
 * in the space of the rows.
 *
 * With no more rows than directions kept in both together some correlations are 1 whatever the data.
 */
export async function svcca(a: SvccaSide, b: SvccaSide, threads?: number): Promise<Svcca> {
  const status = a.status === 'ok' ? b.status : a.status;
  if (status !== 'ok')
    return {
      status,
      correlations: new Float64Array(0),
      mean: null,
      meanSquare: null,
      leading: null,
      meanSquareChance: null,
      weighted: null,
    };
  const between = await product(a.basis, b.basis, {transposeA: true, threads});
  const fewerB = between.cols <= between.rows;
  const {size, data} = await gram(
    between,
    new Float64Array(between.cols),
    fewerB ? 'columns' : 'rows',
    threads,
  );
  const {values, vectors} = symmetricEigen(size, data);
  const correlations = values.map(value => Math.sqrt(Math.max(0, Math.min(1, value))));
  const own: Matrix64 = {rows: size, cols: size, data: vectors(size)};
  // Canonical directions as rows, in the basis of each; those of the larger side follow from those of the other.
  const other = unitDirections(await product(own, between, {transposeB: fewerB, threads}));
  const [inA, inB] = fewerB ? [other, own] : [own, other];
  return {
    status,
    correlations,
    mean: weightedMean(
      correlations,
      correlations.map(() => 1),
    ),
    meanSquare: weightedMean(
      correlations.map(rho => rho * rho),
      correlations.map(() => 1),
    ),
    leading: leadingMean(correlations),
    // tr(P Q) of two projections orthogonal to the constant vector is pq / (n - 1) on average over the orders of the rows.
    meanSquareChance: Math.max(a.basis.cols, b.basis.cols) / (a.basis.rows - 1),
    weighted: [
      weightedMean(correlations, await weights(inA, a, threads)),
      weightedMean(correlations, await weights(inB, b, threads)),
    ],
  };
}

/** alpha: of each direction the sum of the absolute products with the columns. */
async function weights(
  directions: Matrix64,
  {loadings}: SvccaSide,
  threads: number | undefined,
): Promise<Float64Array> {
  const {rows, cols, data} = await product(directions, loadings, {transposeB: true, threads});
  return Float64Array.from({length: rows}, (_, i) => {
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += Math.abs(data[i * cols + c]!);
    return sum;
  });
}

/** Share of the sum of the correlations that the leading ones have. */
const LEADING = 0.98;

/** All of them if it takes the last to reach the share, as in the released code. */
function leadingMean(correlations: Float64Array): number {
  const total = correlations.reduce((sum, rho) => sum + rho, 0);
  let sum = 0;
  const last = correlations.findIndex(rho => (sum += rho) / total >= LEADING);
  const taken = last < 0 ? correlations : correlations.subarray(0, last + 1);
  return taken.reduce((all, rho) => all + rho, 0) / taken.length;
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  let [sum, total] = [0, 0];
  values.forEach((value, i) => {
    sum += weights[i]! * value;
    total += weights[i]!;
  });
  return sum / total;
}

/** Correlations below this are rounding of their squares: what such a direction is paired with is no direction. */
const NOTHING = 1e-8;

/**
 * Brings rows at right angles to length 1. One with no length, whose correlation is 0, is paired with any direction at right angles to
 * the rest; it becomes what the rows before it leave of the axis of which they leave most. No more rows than columns.
 */
function unitDirections({rows, cols, data}: Matrix64): Matrix64 {
  const row = (r: number): Float64Array => data.subarray(r * cols, (r + 1) * cols);
  for (let r = 0; r < rows; r++) {
    const own = row(r);
    if (lengthOf(own) <= NOTHING) {
      const left = own.map((_, c) => {
        let rest = 1;
        for (let before = 0; before < r; before++) rest -= row(before)[c]! ** 2;
        return rest;
      });
      own.fill(0);
      own[left.reduce((most, rest, c) => (rest > left[most]! ? c : most), 0)] = 1;
      // Twice: what rounding leaves the first time, the second takes (Giraud, Langou, Rozloznik 2005).
      for (let pass = 0; pass < 2; pass++)
        for (let before = 0; before < r; before++) takeAway(own, row(before));
    }
    const length = lengthOf(own);
    own.forEach((value, c) => (own[c] = value / length));
  }
  return {rows, cols, data};
}

const lengthOf = (row: Float64Array): number => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));

/** Leaves of a vector what is at right angles to one of length 1. */
function takeAway(from: Float64Array, unit: Float64Array): void {
  const along = from.reduce((sum, value, c) => sum + value * unit[c]!, 0);
  from.forEach((value, c) => (from[c] = value - along * unit[c]!));
}
