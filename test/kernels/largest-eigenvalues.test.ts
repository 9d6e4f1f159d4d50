import {describe, expect, test} from 'vitest';
import {fewOf, largestEigenvalues} from '../../src/kernels/largest-eigenvalues.js';
import {fitPowerLaw} from '../../src/kernels/power-law.js';
import {scatter} from '../../src/kernels/scatter.js';
import {leadingSpectrum, spectrumOf} from '../../src/kernels/spectrum.js';
import {symmetricEigenvalues} from '../../src/kernels/symmetric-eigenvalues.js';
import {normals} from '../golden/golden.js';
import {withEigenvalues} from './with-eigenvalues.js';

const SIZE = 1300;
const spectrum = (of: (rank: number) => number): number[] => Array.from({length: SIZE}, (_, i) => of(i + 1));

describe('largest eigenvalues', () => {
  test.each([
    ['a power law', spectrum(n => n ** -1.5), 30],
    ['an outlier above a power law', spectrum(n => (n === 1 ? 1e6 : n ** -1.5)), 30],
    ['clusters and equal values', spectrum(n => 1 / Math.ceil(n / 10) ** 2 + (n % 10) * 1e-9), 40],
    ['large and small numbers', spectrum(n => 1e200 * n ** -2), 30],
  ])('of %s are those that the full solver finds', async (_, values, count) => {
    const matrix = withEigenvalues(values);
    const found = await largestEigenvalues(SIZE, matrix, count);
    const all = symmetricEigenvalues(SIZE, matrix);
    expect(found).toHaveLength(count);
    found!.forEach((value, i) =>
      expect(Math.abs(value - all[i]!)).toBeLessThan(Math.max(1e-10 * all[i]!, 1e-12 * all[0]!)),
    );
    expect(await largestEigenvalues(SIZE, matrix, count)).toEqual(found);
  });

  test('are left to the full solver where the spectrum is flat or the rank low', async () => {
    const flat = withEigenvalues(spectrum(n => 2 - n / SIZE));
    expect(await largestEigenvalues(SIZE, flat, 60)).toBeNull();
    expect(await largestEigenvalues(SIZE, new Float64Array(SIZE * SIZE), 5)).toEqual(new Float64Array(5));
    for (const low of [spectrum(n => (n <= 2 ? 3 - n : 0)), spectrum(n => 2 ** -n)]) {
      const matrix = withEigenvalues(low);
      const {values} = await leadingSpectrum({status: 'ok', rows: 2, size: SIZE, data: matrix}, 20);
      for (let i = 0; i < 20; i++) expect(values[i]!).toBeCloseTo(low[i]!, 12);
    }
  });

  test('are taken of large matrices alone, and alpha by them is that by all', async () => {
    expect([fewOf(100, 768), fewOf(100, 2048), fewOf(500, 2048)]).toEqual([false, true, false]);
    const [rows, cols] = [2100, 2048];
    const z = normals(3, rows * cols);
    const x = {rows, cols, data: Float32Array.from(z, (value, i) => 5 + value / ((i % cols) + 1))};
    const product = await scatter(x);
    const [leading, all] = [await leadingSpectrum(product, 100), spectrumOf(product)];
    expect([leading.values.length, all.values.length, all.rest]).toEqual([100, 2048, undefined]);
    const total = all.values.reduce((sum, value) => sum + value, 0);
    expect((leading.values.reduce((sum, value) => sum + value, 0) + leading.rest!) / total).toBeCloseTo(
      1,
      12,
    );
    const alpha = (values: Float64Array) => fitPowerLaw(values, [11, 100]).alpha!;
    expect(alpha(leading.values)).toBeCloseTo(alpha(all.values), 10);
  });
});
