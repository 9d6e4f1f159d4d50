import {scaleToOne} from './centred.js';
import {columnStatistics} from './column-statistics.js';
import {isConstant} from './matrix.js';
import type {Matrix} from './matrix.js';
import {principalBasis} from './principal-basis.js';

/** The rows of a matrix seen along the two directions of most variance. */
export interface PrincipalPlane {
  /** Coordinates, first before second of each row; the second is 0 where the rows lie on a line. */
  readonly y: Float64Array;
  /** Shares of the variance along both. */
  readonly explained: readonly [number, number];
}

/**
 * The first two principal components of the rows (Pearson 1901), in float64. Of the two signs of each the one is taken that makes the
 * coordinate that is farthest from 0 positive.
 *
 * @param x finite numbers
 * @returns null if all rows are equal
 */
export async function principalPlane(x: Matrix, threads?: number): Promise<PrincipalPlane | null> {
  const {rows, cols} = x;
  if (isConstant(x)) return null;
  const statistics = columnStatistics(x);
  const scale = scaleToOne(statistics);
  const data = Float64Array.from(x.data, (value, i) => (value - statistics.means[i % cols]!) * scale);
  const {singular, basis} = await principalBasis({rows, cols, data}, {dims: 2}, threads);
  const total = data.reduce((sum, value) => sum + value * value, 0);
  const y = new Float64Array(2 * rows);
  for (let axis = 0; axis < basis.cols; axis++) {
    let farthest = 0;
    for (let i = 0; i < rows; i++) {
      const value = basis.data[i * basis.cols + axis]!;
      if (Math.abs(value) > Math.abs(farthest)) farthest = value;
    }
    const length = (Math.sign(farthest) * singular[axis]!) / scale;
    for (let i = 0; i < rows; i++) y[2 * i + axis] = length * basis.data[i * basis.cols + axis]!;
  }
  const share = (axis: number): number => (axis < basis.cols ? singular[axis]! ** 2 / total : 0);
  return {y, explained: [share(0), share(1)]};
}
