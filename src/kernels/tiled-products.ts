import type {Gram} from './gram.js';
import {GramSums, mirror} from './gram.js';
import type {Matrix} from './matrix.js';
import {bands, movedTiles, tallTiles} from './moved-tiles.js';
import {product} from './product.js';
import type {Matrix64} from './product.js';
import type {Vectors} from './vectors.js';

/** Vectors that are multiplied when they have been moved by `-shift`. */
export interface Moved {
  readonly x: Matrix | Vectors;
  readonly shift: Float64Array;
}

/** Rows and columns of the smaller of the two products of a matrix. */
const smaller = ({rows, cols}: Matrix | Vectors): number => Math.min(rows, cols);

/** The smaller of X^T X and X X^T, as of `smallerGram`, of vectors that are read block by block. It holds the product and a tile. */
export async function tiledGram({x, shift}: Moved, threads?: number): Promise<Gram> {
  const size = smaller(x);
  const data = new Float64Array(size * size);
  const sums = new GramSums(size, threads);
  try {
    if (x.cols <= x.rows)
      for await (const rows of tallTiles(x))
        await sums.addColumns({rows: rows.length / x.cols, cols: x.cols, data: rows}, shift, data);
    else
      for await (const {first, columns} of bands(x)) await sums.addRows(columns, shift.subarray(first), data);
  } finally {
    await sums.release();
  }
  mirror(size, data);
  return {size, data};
}

/** The smaller of A^T B and A B^T, of vectors of the same shape. */
export async function tiledProduct(a: Moved, b: Moved, threads?: number): Promise<Matrix64> {
  const size = smaller(a.x);
  const data = new Float64Array(size * size);
  const others = movedTiles(b.x, b.shift);
  for await (const tile of movedTiles(a.x, a.shift)) {
    const {value: other} = (await others.next()) as IteratorYieldResult<Matrix64>;
    const part = await product(tile, other, {transposeA: true, threads});
    for (let i = 0; i < data.length; i++) data[i]! += part.data[i]!;
  }
  return {rows: size, cols: size, data};
}
