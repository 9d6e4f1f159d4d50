import {requireFinite} from './finite.js';
import {gram} from './gram.js';
import {columnMeans, isConstant} from './matrix.js';
import type {Matrix} from './matrix.js';
import {product} from './product.js';
import type {Matrix64} from './product.js';
import type {ScatterOptions} from './scatter.js';
import type {Spectrum} from './spectrum.js';
import {symmetricEigen} from './symmetric-eigen.js';

/**
 * Cross-validated PCA (Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019): the covariance (ddof 1), over the samples, of what
 * two measurements of them have along each principal direction of the first. What is not the same in both adds nothing on average, so
 * that the values of noise scatter about 0, and are not in order. Directions by way of the smaller product, in float64.
 *
 * @param a, b the same samples, measured twice: matrices of the same shape
 * @returns one value for each principal direction of `a`, from that of most variance on
 * @throws E305 if a value is not finite
 */
export async function crossValidatedSpectrum(
  a: Matrix,
  b: Matrix,
  {threads}: Pick<ScatterOptions, 'threads'> = {},
): Promise<Spectrum> {
  if (a.rows !== b.rows || a.cols !== b.cols)
    throw new RangeError(`matrices of ${a.rows} x ${a.cols} and ${b.rows} x ${b.cols}`);
  for (const x of [a, b]) requireFinite(x);
  if (a.rows < 2) return {status: 'insufficient', values: new Float64Array(0)};
  if (isConstant(a) || isConstant(b)) return {status: 'constant', values: new Float64Array(0)};
  const byColumns = a.cols <= a.rows;
  const {size, data} = await gram(a, columnMeans(a), byColumns ? 'columns' : 'rows', threads);
  const vectors = symmetricEigen(size, data).vectors(size);
  // Along the direction of an eigenvector v of one product, the covariance is v^T (B^T A) v, of the other v^T (B A^T) v.
  const transpose = byColumns ? {transposeA: true} : {transposeB: true};
  const cross = await product(centred(b), centred(a), {...transpose, threads});
  const images = await product({rows: size, cols: size, data: vectors}, cross, {threads});
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let c = i * size; c < (i + 1) * size; c++) sum += images.data[c]! * vectors[c]!;
    values[i] = sum / (a.rows - 1);
  }
  // Too small for float64.
  return values.every(value => value === 0)
    ? {status: 'constant', values: new Float64Array(0)}
    : {status: 'ok', values};
}

function centred(x: Matrix): Matrix64 {
  const means = columnMeans(x);
  return {...x, data: Float64Array.from(x.data, (value, i) => value - means[i % x.cols]!)};
}
