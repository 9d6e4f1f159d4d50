import {fail} from '../diagnostics/diagnostic.js';
import type {Matrix} from './matrix.js';

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
  // Float32 has no number whose square float64 cannot hold.
  if (data instanceof Float32Array && allFinite(data)) return;
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

/** Only finite numbers times 0 are 0. Four sums at a time, which overlap in the processor. */
function allFinite(data: Float32Array): boolean {
  const whole = data.length - (data.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += data[i]! * 0;
    b += data[i + 1]! * 0;
    c += data[i + 2]! * 0;
    d += data[i + 3]! * 0;
  }
  for (let i = whole; i < data.length; i++) a += data[i]! * 0;
  return a + b + c + d === 0;
}
