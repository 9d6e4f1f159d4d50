import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {inverseIteration} from '../../src/kernels/inverse-iteration.js';
import {symmetricEigen} from '../../src/kernels/symmetric-eigen.js';
import {symmetricEigenvalues} from '../../src/kernels/symmetric-eigenvalues.js';
import {tridiagonalEigenvalues} from '../../src/kernels/tridiagonal-eigenvalues.js';
import {dot, largestAbsolute} from '../../src/kernels/vector.js';
import {mulberry32} from '../golden/golden.js';
import {withEigenvalues} from './with-eigenvalues.js';

function symmetric(size: number, entry: (row: number, col: number) => number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let r = 0; r < size; r++)
    for (let c = 0; c <= r; c++) matrix[r * size + c] = matrix[c * size + r] = entry(r, c);
  return matrix;
}

/** The vectors are orthonormal, and the matrix stretches each by its value: to within rounding of the largest value. */
function expectPairs(
  size: number,
  values: Float64Array,
  vectors: Float64Array,
  times: (v: Float64Array) => Float64Array,
): void {
  const norm = largestAbsolute(values) || 1;
  const vector = (i: number): Float64Array => vectors.subarray(i * size, (i + 1) * size);
  for (let i = 0; i < vectors.length / size; i++) {
    for (let j = 0; j <= i; j++)
      expect(Math.abs(dot(vector(i), vector(j)) - (i === j ? 1 : 0))).toBeLessThan(1e-13);
    const image = times(vector(i));
    // Divided before it is squared, as some scales are far from 1.
    const residual = image.map((value, r) => (value - values[i]! * vector(i)[r]!) / norm);
    expect(Math.sqrt(dot(residual, residual))).toBeLessThan(1e-14 * Math.max(3, Math.sqrt(size)));
  }
}

/** Values, and some vectors by inverse iteration, all by QL. */
function expectEigen(size: number, matrix: Float64Array): void {
  const {values, vectors} = symmetricEigen(size, matrix);
  expect([...values]).toEqual([...symmetricEigenvalues(size, matrix)]);
  for (const count of new Set([1, 2, size >> 1, size].filter(c => c <= size))) {
    const found = vectors(count);
    expect(found).toHaveLength(count * size);
    expectPairs(size, values, found, v =>
      Float64Array.from(v, (_, r) => dot(matrix.subarray(r * size, (r + 1) * size), v)),
    );
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

  const u = mulberry32(3);
  const spectrum = (size: number, of: (rank: number) => number): Float64Array =>
    withEigenvalues(Array.from({length: size}, (_, i) => of(i)));
  const matrices: readonly (readonly [string, Float64Array])[] = [
    ['random numbers', symmetric(60, () => u() - 0.5)],
    ['equal values', symmetric(20, (r, c) => (r === c ? 3 : 0))],
    ['rank one', symmetric(80, () => 1)],
    ['zeros', symmetric(20, () => 0)],
    ['pairs apart from each other', symmetric(40, (r, c) => (r >> 1 === c >> 1 ? 1 : 0))],
    ['a single number', symmetric(1, () => -3)],
    ['low rank', spectrum(70, i => (i < 3 ? 3 - i : 0))],
    ['values over many scales', spectrum(70, i => 2 ** -i)],
    ...[1e-3, 1e-8, 1e-12, 1e-14, 1e-15, 1e-16].map((gap): readonly [string, Float64Array] => [
      `clusters with gaps of ${gap}`,
      spectrum(80, i => 9 - (i >> 4) - (i % 16) * gap),
    ]),
    ['a second difference', symmetric(90, (r, c) => (r === c ? 2 : r === c + 1 ? -1 : 0))],
    ...[1e-14, 1e-6].map((glue): readonly [string, Float64Array] => [
      `Wilkinson's W21, copies of it joined by ${glue}`,
      symmetric(105, (r, c) =>
        r === c ? Math.abs(10 - (r % 21)) : r !== c + 1 ? 0 : r % 21 === 0 ? glue : 1,
      ),
    ]),
  ];
  test.each(matrices)('of %s', (_, matrix) => {
    expectEigen(Math.sqrt(matrix.length), matrix);
  });

  test('of scales that squares cannot hold', () => {
    for (const scale of [1e200, 1e-200]) {
      const matrix = symmetric(10, () => u() * scale);
      const found = symmetricEigen(10, matrix);
      const plain = symmetricEigen(
        10,
        matrix.map(value => value / scale),
      );
      found.values.forEach((value, i) => expect(value / scale).toBeCloseTo(plain.values[i]!, 12));
      for (const count of [3, 10]) {
        const vectors = plain.vectors(count);
        found
          .vectors(count)
          .forEach((value, i) => expect(Math.abs(value)).toBeCloseTo(Math.abs(vectors[i]!), 12));
      }
    }
  });

  test('are the same at every call, and those of few values among those of many', () => {
    const matrix = spectrum(40, i => 1 / (i + 1));
    const {vectors} = symmetricEigen(40, matrix);
    const [few, more, all] = [vectors(3), vectors(20), vectors(40)];
    expect(vectors(3)).toEqual(few);
    expect(more.subarray(0, 120)).toEqual(few);
    few.forEach((value, i) => expect(Math.abs(value)).toBeCloseTo(Math.abs(all[i]!), 12));
  });
});

test('inverse iteration finds all vectors of a tridiagonal matrix, whatever it falls apart into', () => {
  const number = fc.double({min: -1, max: 1, noNaN: true}).map(x => (Math.abs(x) < 1e-30 ? 0 : x));
  const entry = fc.oneof(
    fc.integer({min: -1, max: 1}),
    number,
    // Graded: entries of very different sizes.
    fc.tuple(number, fc.integer({min: -80, max: 0})).map(([x, e]) => x * 2 ** e),
  );
  const numbers = fc
    .integer({min: 1, max: 30})
    .chain(n => fc.array(entry, {minLength: 2 * n, maxLength: 2 * n}));
  fc.assert(
    fc.property(numbers, entries => {
      const n = entries.length / 2;
      const [diagonal, off] = [Float64Array.from(entries.slice(0, n)), Float64Array.from(entries.slice(n))];
      off[n - 1] = 0;
      const values = diagonal.slice();
      tridiagonalEigenvalues(values, off.slice());
      values.sort().reverse();
      expectPairs(n, values, inverseIteration(diagonal, off, values), v =>
        v.map((x, i) => diagonal[i]! * x + off[i]! * (v[i + 1] ?? 0) + (off[i - 1] ?? 0) * (v[i - 1] ?? 0)),
      );
    }),
    {numRuns: 1000},
  );
});
