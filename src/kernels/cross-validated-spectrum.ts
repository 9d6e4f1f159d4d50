import {readStatistics} from './column-statistics.js';
import {fewOf} from './largest-eigenvalues.js';
import type {Matrix} from './matrix.js';
import type {Spectrum} from './spectrum.js';
import {symmetricEigen} from './symmetric-eigen.js';
import {tiledGram, tiledProduct} from './tiled-products.js';
import {product} from './product.js';
import type {Vectors} from './vectors.js';

export interface CrossValidatedOptions {
  /** How many values are needed: of many directions no more than these are worked out, where that is sooner done. Default all. */
  readonly count?: number | undefined;
  /** Threads of the products. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/**
 * Cross-validated PCA (Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019): the covariance (ddof 1), over the samples, of what
 * two measurements of them have along each principal direction of the first. What is not the same in both adds nothing on average, so
 * that the values of noise scatter about 0, and are not in order. Directions by way of the smaller product, in float64; the samples
 * are read a few times, block by block.
 *
 * @param a, b the same samples, measured twice: of the same shape
 * @returns one value for each principal direction of `a`, from that of most variance on
 * @throws E305 if a value is not finite
 */
export async function crossValidatedSpectrum(
  a: Matrix | Vectors,
  b: Matrix | Vectors,
  {count = Infinity, threads}: CrossValidatedOptions = {},
): Promise<Spectrum> {
  if (a.rows !== b.rows || a.cols !== b.cols)
    throw new RangeError(`matrices of ${a.rows} x ${a.cols} and ${b.rows} x ${b.cols}`);
  const [ofA, ofB] = [await readStatistics(a), await readStatistics(b)];
  if (a.rows < 2) return {status: 'insufficient', values: new Float64Array(0)};
  if (ofA.constant || ofB.constant) return {status: 'constant', values: new Float64Array(0)};
  const [first, second] = [
    {x: a, shift: ofA.statistics.means},
    {x: b, shift: ofB.statistics.means},
  ];
  const {size, data} = await tiledGram(first, threads);
  // Along the direction of an eigenvector v of one product, the covariance is v^T (B^T A) v, of the other v^T (B A^T) v.
  const cross = await tiledProduct(second, first, threads);
  const kept = fewOf(count, size) ? count : size;
  const vectors = symmetricEigen(size, data).vectors(kept);
  const images = await product({rows: kept, cols: size, data: vectors}, cross, {threads});
  const freedom = a.rows - 1;
  const values = new Float64Array(kept);
  for (let i = 0; i < kept; i++) {
    let sum = 0;
    for (let c = i * size; c < (i + 1) * size; c++) sum += images.data[c]! * vectors[c]!;
    values[i] = sum / freedom;
  }
  // Too small for float64.
  if (values.every(value => value === 0)) return {status: 'constant', values: new Float64Array(0)};
  if (kept === size) return {status: 'ok', values};
  let rest = 0;
  for (let i = 0; i < size; i++) rest += cross.data[i * size + i]! / freedom;
  for (const value of values) rest -= value;
  return {status: 'ok', values, rest};
}
