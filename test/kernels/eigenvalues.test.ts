import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {covarianceSpectrum} from '../../src/kernels/spectrum.js';
import {
  fewEnough,
  leadingEigenvalues,
  symmetricEigenvalues,
} from '../../src/kernels/symmetric-eigenvalues.js';
import {tridiagonalEigen} from '../../src/kernels/tridiagonal.js';
import {tridiagonalEigenvalues} from '../../src/kernels/tridiagonal-eigenvalues.js';
import {lin, mulberry32} from '../golden/golden.js';

/** A symmetric matrix with entries in (-1, 1) up to `bandwidth` places from the diagonal. */
function randomSymmetric(seed: number, size: number, bandwidth = size): Float64Array {
  const uniform = mulberry32(seed);
  const matrix = new Float64Array(size * size);
  for (let r = 0; r < size; r++)
    for (let c = Math.max(0, r - bandwidth); c <= r; c++)
      matrix[r * size + c] = matrix[c * size + r] = 2 * uniform() - 1;
  return matrix;
}

const power = (values: ArrayLike<number>, exponent: number): number =>
  Array.from(values).reduce((sum, value) => sum + value ** exponent, 0);

function trace(size: number, matrix: Float64Array): number {
  return Array.from({length: size}, (_, i) => matrix[i * size + i]!).reduce((sum, value) => sum + value, 0);
}

describe('the largest eigenvalues by bisection', () => {
  test('are the first of all, and as many are counted as are above a share of the largest', () => {
    const entries = fc.oneof(fc.constantFrom(0, 1, 2), fc.double({min: -1, max: 1, noNaN: true}));
    fc.assert(
      fc.property(fc.nat(), fc.integer({min: 1, max: 40}), fc.nat(), entries, (seed, size, count, equal) => {
        // Blocks without a link, and values that come more than once.
        const matrix = randomSymmetric(seed, size, seed % 4);
        for (let i = 0; i < size; i += 1 + (seed % 3)) matrix[i * size + i] = equal;
        const all = symmetricEigenvalues(size, matrix);
        const wanted = 1 + (count % size);
        const {values, above} = leadingEigenvalues(size, matrix, wanted, 0.37);
        const largest = Math.max(...all.map(Math.abs));
        expect(values).toHaveLength(wanted);
        values.forEach((value, i) =>
          expect(Math.abs(value - all[i]!)).toBeLessThan(1e-14 * largest + 1e-300),
        );
        expect([...values]).toEqual([...values].sort((a, b) => b - a));
        if (all[0]! > 0 && all.every(value => Math.abs(value - 0.37 * all[0]!) > 1e-12 * largest))
          expect(above).toBe(all.filter(value => value >= 0.37 * all[0]!).length);
      }),
    );
  });

  test('are known of a second difference, of a graded matrix and of a diagonal one', () => {
    const n = 300;
    const make = (entry: (r: number, c: number) => number): Float64Array =>
      Float64Array.from({length: n * n}, (_, i) => entry(Math.floor(i / n), i % n));
    const difference = make((r, c) => (r === c ? 2 : Math.abs(r - c) === 1 ? -1 : 0));
    leadingEigenvalues(n, difference, 100, 0.5).values.forEach((value, k) =>
      expect(value).toBeCloseTo(2 + 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 14),
    );
    expect(leadingEigenvalues(n, difference, 100, 0.5).above).toBe(150);
    const graded = make((r, c) => (r === c ? 1e6 * 0.9 ** ((r * 7) % n) : 0));
    const {values, above} = leadingEigenvalues(n, graded, 90, 1e-6);
    values.forEach((value, k) => expect(value / 1e6).toBeCloseTo(0.9 ** k, 14));
    expect(above).toBe(132);
    expect([fewEnough(100, 300), fewEnough(101, 300)]).toEqual([true, false]);
  });
});

describe('eigenvalues of a symmetric matrix', () => {
  test('are descending, with its trace and its sum of squares', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({min: 1, max: 40}), (seed, size) => {
        const matrix = randomSymmetric(seed, size);
        const values = symmetricEigenvalues(size, matrix);
        expect([...values]).toEqual([...values].sort((a, b) => b - a));
        expect(power(values, 1)).toBeCloseTo(trace(size, matrix), 11);
        expect(power(values, 2)).toBeCloseTo(power(matrix, 2), 10);
      }),
    );
  });

  test('of a matrix of rank one, of a diagonal one, of zeros, of a second difference are known', () => {
    const v = [3, 0, 4, 12];
    const outer = Float64Array.from({length: 16}, (_, i) => v[i >> 2]! * v[i & 3]!);
    expect([...symmetricEigenvalues(4, outer)].map(value => Math.round(value * 1e10) / 1e10)).toEqual([
      169, 0, 0, 0,
    ]);
    const diagonal = [-1, 5, 0, 2];
    const matrix = Float64Array.from({length: 16}, (_, i) => (i % 5 === 0 ? diagonal[i / 5]! : 0));
    expect([...symmetricEigenvalues(4, matrix)]).toEqual([5, 2, 0, -1]);
    expect([...symmetricEigenvalues(3, new Float64Array(9))]).toEqual([0, 0, 0]);
    const n = 200;
    const difference = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      difference[i * n + i] = 2;
      if (i > 0) difference[i * n + i - 1] = difference[(i - 1) * n + i] = -1;
    }
    symmetricEigenvalues(n, difference).forEach((value, k) =>
      expect(value).toBeCloseTo(2 + 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 13),
    );
  });

  test('scale with it, also where squares of its entries would overflow or vanish', () => {
    const matrix = randomSymmetric(5, 12);
    const values = symmetricEigenvalues(12, matrix);
    for (const factor of [2 ** 600, 2 ** -600])
      expect([
        ...symmetricEigenvalues(
          12,
          matrix.map(value => value * factor),
        ),
      ]).toEqual([...values].map(value => value * factor));
  });
});

test('eigenvalues of a tridiagonal matrix are the same with and without square roots', () => {
  const entry = fc.oneof(
    fc.integer({min: -2, max: 2}),
    fc.double({min: -1, max: 1, noNaN: true}),
    // Graded: entries of very different sizes.
    fc
      .tuple(fc.double({min: -1, max: 1, noNaN: true}), fc.integer({min: -60, max: 0}))
      .map(([x, e]) => x * 2 ** e),
  );
  const numbers = fc
    .integer({min: 1, max: 30})
    .chain(n => fc.array(entry, {minLength: 2 * n, maxLength: 2 * n}));
  fc.assert(
    fc.property(numbers, values => {
      const n = values.length / 2;
      const [diagonal, off] = [Float64Array.from(values.slice(0, n)), Float64Array.from(values.slice(n))];
      const [expected, found] = [diagonal.slice(), diagonal.slice()];
      tridiagonalEigen(expected, off.slice(), new Float64Array(n));
      tridiagonalEigenvalues(found, off.slice());
      expected.sort();
      found.sort().forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-13));
    }),
    {numRuns: 500},
  );
});

describe('spectrum of a covariance', () => {
  const scaled = (x: Matrix, factor: number, shift: number): Matrix => ({
    ...x,
    data: x.data.map(value => factor * value + shift),
  });

  test('has the total variance, does not see translation and goes with the square of the scale', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({min: 2, max: 12}),
        fc.integer({min: 1, max: 12}),
        async (seed, rows, cols) => {
          const x = lin(seed, rows, 4, cols);
          const {status, values} = await covarianceSpectrum(x);
          expect([status, values.length]).toEqual(['ok', Math.min(rows, cols)]);
          let variance = 0;
          for (let c = 0; c < cols; c++) {
            const column = Array.from({length: rows}, (_, i) => x.data[i * cols + c]!);
            const mean = power(column, 1) / rows;
            variance +=
              power(
                column.map(value => value - mean),
                2,
              ) /
              (rows - 1);
          }
          expect(power(values, 1)).toBeCloseTo(variance, 11);
          const moved = await covarianceSpectrum(scaled(x, -8, 100));
          moved.values.forEach((value, i) => expect(value / 64).toBeCloseTo(values[i]!, 9));
        },
      ),
      {numRuns: 40},
    );
  });

  test('by the product of the rows is that of the columns', async () => {
    const wide = lin(3, 40, 30, 90);
    const repeated = new Float64Array(40 * 90 * 3);
    for (let copy = 0; copy < 3; copy++) repeated.set(wide.data, copy * wide.data.length);
    const {values} = await covarianceSpectrum(wide);
    const tall = await covarianceSpectrum({rows: 120, cols: 90, data: repeated});
    expect([values.length, tall.values.length]).toEqual([40, 90]);
    values.forEach((value, i) => expect((tall.values[i]! * 119) / (3 * 39)).toBeCloseTo(value, 10));
  });

  test('on ONNX Runtime is that of the small loop', async () => {
    const x = lin(7, 500, 20, 128);
    const parts = await covarianceSpectrum({rows: 250, cols: 128, data: x.data.slice(0, 250 * 128)});
    const doubled = new Float64Array(500 * 128);
    doubled.set(x.data.subarray(0, 250 * 128));
    doubled.set(x.data.subarray(0, 250 * 128), 250 * 128);
    const twice = await covarianceSpectrum({rows: 500, cols: 128, data: doubled});
    parts.values.forEach((value, i) => expect((twice.values[i]! * 499) / (2 * 249)).toBeCloseTo(value, 10));
  });

  test('standardised columns have variance 1, constant ones none, whatever rounding their mean leaves', async () => {
    const x = lin(2, 300, 3, 5);
    const data = Float64Array.from(x.data, (value, i) =>
      i % 5 === 2 ? 0.1 : value * (i % 5 === 0 ? 1e6 : 1),
    );
    const {values} = await covarianceSpectrum({...x, data}, {standardise: true});
    expect(power(values, 1)).toBeCloseTo((4 * 300) / 299, 12);
  });

  test('without variance, or of fewer than two rows, is empty, which is said', async () => {
    const constant = {rows: 1000, cols: 3, data: new Float64Array(3000).fill(0.1)};
    expect(await covarianceSpectrum(constant)).toEqual({status: 'constant', values: new Float64Array(0)});
    const one = {rows: 1, cols: 2, data: Float32Array.of(1, 2)};
    expect((await covarianceSpectrum(one)).status).toBe('insufficient');
  });

  test('refuses what is not a number', async () => {
    const x = {rows: 2, cols: 2, data: Float32Array.of(1, 2, NaN, 3)};
    await expect(covarianceSpectrum(x)).rejects.toThrow(
      'row 1, column 0: NaN where a finite number was expected',
    );
  });
});
