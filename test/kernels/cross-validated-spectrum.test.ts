import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {crossValidatedSpectrum} from '../../src/kernels/cross-validated-spectrum.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {columnMeans} from '../../src/kernels/column-statistics.js';
import {fitPowerLaw} from '../../src/kernels/power-law.js';
import {covarianceSpectrum} from '../../src/kernels/spectrum.js';
import {symmetricEigen} from '../../src/kernels/symmetric-eigen.js';
import {lin, normals} from '../golden/golden.js';
import {inBlocks} from './in-blocks.js';

/** By its definition: principal directions of the columns of `a`, both projected on them. */
function byDefinition(a: Matrix, b: Matrix, count: number): number[] {
  const {rows: n, cols: d} = a;
  const [x, y] = [a, b].map(m => {
    const means = columnMeans(m);
    return m.data.map((value, i) => value - means[i % d]!);
  }) as [Float64Array, Float64Array];
  const covariance = new Float64Array(d * d);
  for (let s = 0; s < n; s++)
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) covariance[i * d + j]! += x[s * d + i]! * x[s * d + j]!;
  const vectors = symmetricEigen(d, covariance).vectors(d);
  return Array.from({length: count}, (_, k) => {
    const along = (m: Float64Array, s: number) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += m[s * d + i]! * vectors[k * d + i]!;
      return sum;
    };
    let sum = 0;
    for (let s = 0; s < n; s++) sum += along(x, s) * along(y, s);
    return sum / (n - 1);
  });
}

describe('the cross-validated spectrum', () => {
  test('is what its definition says, with more samples than columns and with fewer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({min: 3, max: 20}),
        fc.integer({min: 2, max: 20}),
        async (seed, n, d) => {
          const [a, b] = [lin(seed, n, d, d), lin(seed + 1, n, d, d)];
          const {status, values} = await crossValidatedSpectrum(inBlocks(a, 3), inBlocks(b, 5));
          expect(await crossValidatedSpectrum(a, b)).toEqual({status, values});
          expect([status, values.length]).toEqual(['ok', Math.min(n, d)]);
          byDefinition(a, b, Math.min(n - 1, d)).forEach((value, k) =>
            expect(values[k]!).toBeCloseTo(value, 7),
          );
        },
      ),
      {numRuns: 40},
    );
  });

  test('of two equal measurements is the spectrum', async () => {
    for (const x of [lin(3, 200, 10, 12), lin(3, 12, 10, 40)]) {
      const {values} = await covarianceSpectrum(x);
      (await crossValidatedSpectrum(x, x)).values.forEach((value, i) =>
        expect(value).toBeCloseTo(values[i]!, 10),
      );
    }
  });

  test('of many directions has the first alone, where no more are needed, and the sum of the rest', async () => {
    const [rows, cols] = [2100, 2048];
    const z = normals(6, rows * cols);
    const x = {rows, cols, data: Float32Array.from(z, (value, i) => 5 + value / ((i % cols) + 1))};
    const {values, rest} = await crossValidatedSpectrum(x, x, {count: 40});
    const plain = await covarianceSpectrum(x);
    expect(values).toHaveLength(40);
    values.forEach((value, i) => expect(value / plain.values[i]!).toBeCloseTo(1, 11));
    const sum = (all: Float64Array): number => all.reduce((total, value) => total + value, 0);
    expect((sum(values) + rest!) / sum(plain.values)).toBeCloseTo(1, 12);
  });

  test('does not count noise, which flattens the decay of the plain one', async () => {
    const [n, d] = [2000, 40];
    const signal = normals(1, n * d).map((z, i) => z * ((i % d) + 1) ** -0.75);
    const measured = (seed: number): Matrix => {
      const noise = normals(seed, n * d);
      return {rows: n, cols: d, data: signal.map((value, i) => value + 0.3 * noise[i]!)};
    };
    const [a, b] = [measured(2), measured(3)];
    const decay = (values: Float64Array) => fitPowerLaw(values.map(Math.abs), [1, 20]).alpha!;
    expect(decay((await covarianceSpectrum(a)).values)).toBeLessThan(1.25);
    expect(Math.abs(decay((await crossValidatedSpectrum(a, b)).values) - 1.5)).toBeLessThan(0.1);
    const noise = (seed: number): Matrix => ({rows: n, cols: d, data: normals(seed, n * d)});
    const {values} = await crossValidatedSpectrum(noise(4), noise(5));
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0))).toBeLessThan(1);
    expect(values.some(value => value < 0)).toBe(true);
  });

  test('says why there is none', async () => {
    const constant = {rows: 9, cols: 3, data: new Float32Array(27).fill(0.1)};
    expect((await crossValidatedSpectrum(constant, constant)).status).toBe('constant');
    const one = {rows: 1, cols: 3, data: Float32Array.of(1, 2, 3)};
    expect((await crossValidatedSpectrum(one, one)).status).toBe('insufficient');
    await expect(crossValidatedSpectrum(one, constant)).rejects.toThrow('matrices of 1 x 3 and 9 x 3');
  });
});
