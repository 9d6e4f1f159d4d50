import type {Gram} from './gram.js';

/**
 * The lower triangle L of A = L L^T, in place of the lower triangle of A; what stands above it is not read and stays. False if A is
 * not positive definite, as far as float64 can tell.
 */
export function cholesky({size, data}: Gram, signal?: AbortSignal): boolean {
  for (let i = 0; i < size; i++) {
    signal?.throwIfAborted();
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let sum = data[row + j]!;
      for (let k = 0; k < j; k++) sum -= data[row + k]! * data[other + k]!;
      if (j < i) data[row + j] = sum / data[other + j]!;
      else if (sum > 0) data[row + j] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/**
 * Solves L L^T x = b in place, for each of `count` right sides.
 *
 * @param lower as `cholesky` leaves it
 * @param sides size x count, row-major
 */
export function choleskySolve({size, data}: Gram, sides: Float64Array, count: number): void {
  const subtract = (to: number, from: number, factor: number): void => {
    for (let c = 0; c < count; c++) sides[to * count + c]! -= factor * sides[from * count + c]!;
  };
  const divide = (i: number): void => {
    for (let c = 0; c < count; c++) sides[i * count + c]! /= data[i * size + i]!;
  };
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtract(i, k, data[i * size + k]!);
    divide(i);
  }
  for (let i = size - 1; i >= 0; i--) {
    divide(i);
    for (let k = 0; k < i; k++) subtract(k, i, data[i * size + k]!);
  }
}
