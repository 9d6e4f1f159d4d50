import {fail} from '../diagnostics/diagnostic.js';
import type {Matrix} from './matrix.js';
import type {Vectors} from './vectors.js';

/** Beyond this a sum of squared differences could overflow float64. */
export const LARGEST = 2 ** 500;

/**
 * Checks that every value is a finite number whose square float64 can hold.
 *
 * @param firstRow number of the first row, where the rows are part of more
 * @throws E305 naming the first row and column (0-based) that is not
 */
export function requireFinite(x: Matrix, firstRow = 0): void {
  const {data, cols} = x;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (Math.abs(value) <= LARGEST) continue;
    const place = `row ${firstRow + Math.floor(i / cols)}, column ${i % cols}`;
    if (Number.isFinite(value)) {
      fail('E305', `${place}: ${value} is too large, its square is no longer a finite number`, {
        hint: 'rescale the data',
      });
    }
    fail('E305', `${place}: ${value} where a finite number was expected`, {
      hint: 'find out where the values come from: an overflow in half precision, a division by zero, a missing value',
    });
  }
}

/** As `requireFinite`, block by block. */
export async function requireFiniteVectors({cols, blocks}: Vectors): Promise<void> {
  let row = 0;
  for await (const data of blocks()) {
    const rows = data.length / cols;
    requireFinite({rows, cols, data}, row);
    row += rows;
  }
}
