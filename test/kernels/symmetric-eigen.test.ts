import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {symmetricEigen} from '../../src/kernels/symmetric-eigen.js';
import {mulberry32} from '../golden/golden.js';

function symmetric(size: number, entry: (row: number, col: number) => number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let r = 0; r < size; r++)
    for (let c = 0; c <= r; c++) matrix[r * size + c] = matrix[c * size + r] = entry(r, c);
  return matrix;
}

/** The vectors are orthonormal, and the matrix stretches each by its value: to within rounding. */
function expectEigen(size: number, matrix: Float64Array): void {
  const {values, vectors} = symmetricEigen(size, matrix);
  const norm = Math.hypot(...matrix) || 1;
  const vector = (i: number): Float64Array => vectors.subarray(i * size, (i + 1) * size);
  for (let i = 0; i < size; i++) {
    if (i > 0) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!);
    for (let j = 0; j <= i; j++) {
      const product = vector(i).reduce((sum, value, c) => sum + value * vector(j)[c]!, 0);
      expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-13 * size);
    }
    for (let r = 0; r < size; r++) {
      const product = vector(i).reduce((sum, value, c) => sum + value * matrix[r * size + c]!, 0);
      expect(Math.abs(product - values[i]! * vector(i)[r]!)).toBeLessThan(1e-14 * size * norm);
    }
  }
}

describe('eigenvectors', () => {
  test('of any symmetric matrix', () => {
    const any = fc.double({min: -1e6, max: 1e6, noNaN: true});
    // Products with subnormal numbers have fewer digits than the comparison below.
    const entry = fc.oneof(
      fc.integer({min: -2, max: 2}),
      any.map(v => (Math.abs(v) < 1e-100 ? 0 : v)),
    );
    fc.assert(
      fc.property(
        fc
          .integer({min: 1, max: 9})
          .chain(n => fc.tuple(fc.constant(n), fc.array(entry, {minLength: n * n, maxLength: n * n}))),
        ([n, entries]) =>
          expectEigen(
            n,
            symmetric(n, (r, c) => entries[r * n + c]!),
          ),
      ),
    );
  });

  test('of a larger one, of one with equal values, and of scales that squares cannot hold', () => {
    const u = mulberry32(3);
    expectEigen(
      60,
      symmetric(60, () => u() - 0.5),
    );
    expectEigen(
      20,
      symmetric(20, (r, c) => (r === c ? 3 : 0)),
    );
    expectEigen(
      20,
      symmetric(20, () => 1),
    );
    expectEigen(
      20,
      symmetric(20, () => 0),
    );
    for (const scale of [1e200, 1e-200]) {
      const matrix = symmetric(10, () => u() * scale);
      const {values, vectors} = symmetricEigen(10, matrix);
      const plain = symmetricEigen(
        10,
        matrix.map(value => value / scale),
      );
      values.forEach((value, i) => expect(value / scale).toBeCloseTo(plain.values[i]!, 12));
      vectors.forEach((value, i) => expect(Math.abs(value)).toBeCloseTo(Math.abs(plain.vectors[i]!), 12));
    }
  });
});
