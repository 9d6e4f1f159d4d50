import {scaleToOne} from './centred.js';
import type {ColumnStatistics} from './column-statistics.js';
import {columnStatistics} from './column-statistics.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';

/** Unit roundoff of a precision, and more than any sum of its underflows can be, per column. */
const ROUNDING = {
  float32: {roundoff: 2 ** -24, underflow: 2 ** -120},
  float64: {roundoff: 2 ** -53, underflow: 2 ** -1016},
} as const;

/** Points as a matrix product takes them: rows moved and scaled, and the two terms that make it a bound. */
export interface Prepared<A extends FloatArray = FloatArray> {
  readonly rows: number;
  readonly points: A;
  /** Added to the products of every other row with this one. */
  readonly bias: A;
  /** Added to the products of this row with every other one. */
  readonly base: Float64Array;
}

/** What is subtracted from rows, and a power of two that they are multiplied by then. */
export interface Frame {
  readonly means: Float64Array;
  readonly scale: number;
}

export const frameOf = (statistics: ColumnStatistics): Frame => ({
  means: statistics.means,
  scale: scaleToOne(statistics),
});

/**
 * Bounds of squared distances from matrix products.
 *
 * Rows are moved by the column means and scaled by a power of two (the largest value becomes about 1), in float64, then rounded. Any
 * frame gives bounds, the closer the nearer it moves the rows to zero, if no row becomes much larger than 1; and products of two sets of
 * rows do if both are in the same one.
 * With c the rounded rows and theta = 3 g(cols + 8), g(n) = n u / (1 - n u), the product computed as
 *
 *     score(i, j) = bias(j) - 2 c_i . c_j,   bias(j) = |c_j|^2 (1 - theta)
 *
 * satisfies score(i, j) + |c_i|^2 (1 - theta) <= scale^2 |x_i - x_j|^2 whatever the order of summation, fused or not:
 * the rounding of the rows moves the square by at most 4u(|c_i|^2 + |c_j|^2), that of the product by at most
 * g(cols + 2)(|c_i|^2 + 2|c_j|^2), that of the norms by g(cols) of each (Higham, Accuracy and Stability of Numerical
 * Algorithms, 2002, section 3.1). By the same errors the distance exceeds the bound by at most 2 theta (|c_i|^2 + |c_j|^2).
 */
export class DistanceBound {
  private readonly means: Float64Array;
  private readonly scale: number;

  /** @param frame default: that of the rows themselves */
  constructor(
    readonly x: Matrix,
    {means, scale}: Frame = frameOf(columnStatistics(x)),
  ) {
    this.means = means;
    this.scale = scale;
  }

  /** The share of the squared norms by which a bound may fall short of the distance: theta. */
  looseness(precision: FloatType): number {
    const rounding = (this.x.cols + 8) * ROUNDING[precision].roundoff;
    return rounding < 0.5 ? (3 * rounding) / (1 - rounding) : Infinity;
  }

  /** Rows for the product in float32. */
  float32(rows: Int32Array): Prepared<Float32Array> {
    const points = new Float32Array(rows.length * this.x.cols);
    return this.prepare('float32', rows, points, new Float32Array(rows.length));
  }

  /** Rows for the product in float64. */
  float64(rows: Int32Array): Prepared<Float64Array> {
    const points = new Float64Array(rows.length * this.x.cols);
    return this.prepare('float64', rows, points, new Float64Array(rows.length));
  }

  /**
   * The score of a query with this base beyond which a point is certainly farther than `distance`, by the distance as `distancesTo`
   * computes it: its own rounding and underflow are allowed for.
   */
  limit(precision: FloatType, base: number, distance: number): number {
    const {cols} = this.x;
    const rounding = 4 * (cols + 8) * ROUNDING.float64.roundoff;
    const square = (distance * distance * (1 + rounding) + cols * 2 ** -1020) * this.scale * this.scale;
    return square - base + cols * ROUNDING[precision].underflow;
  }

  /**
   * The opposite of `limit`: of a query with this base a point is certainly nearer than `distance` if its score and
   * `slack(precision)` times its bias are together below this.
   */
  near(precision: FloatType, base: number, distance: number): number {
    const {cols} = this.x;
    const rounding = 4 * (cols + 8) * ROUNDING.float64.roundoff;
    const square = (distance * distance * (1 - rounding) - cols * 2 ** -1020) * this.scale * this.scale;
    return square - base * (1 + this.slack(precision)) - cols * ROUNDING[precision].underflow;
  }

  /** How much wider than its bias the bound of a point is: 2 theta / (1 - theta). */
  slack(precision: FloatType): number {
    const theta = this.looseness(precision);
    return (2 * theta) / (1 - theta);
  }

  private prepare<A extends FloatArray>(
    precision: FloatType,
    rows: Int32Array,
    points: A,
    bias: A,
  ): Prepared<A> {
    const {means, scale} = this;
    const {data, cols} = this.x;
    const base = new Float64Array(rows.length);
    const keep = 1 - this.looseness(precision);
    for (let r = 0; r < rows.length; r++) {
      const from = rows[r]! * cols;
      const to = r * cols;
      let norm = 0;
      for (let c = 0; c < cols; c++) {
        points[to + c] = (data[from + c]! - means[c]!) * scale;
        const value = points[to + c]!;
        norm += value * value;
      }
      base[r] = norm * keep;
      bias[r] = norm * keep;
    }
    return {rows: rows.length, points, bias, base};
  }
}
