import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {PowerLawFit} from '../../src/kernels/power-law.js';
import {countUsable, fitPowerLaw} from '../../src/kernels/power-law.js';
import {covarianceSpectrum} from '../../src/kernels/spectrum.js';
import {lin, mulberry32} from '../golden/golden.js';

const FITS: readonly PowerLawFit[] = ['weighted', 'unweighted', 'robust'];
const powers = (count: number, alpha: number, scale = 1) =>
  Float64Array.from({length: count}, (_, i) => scale * (i + 1) ** -alpha);

test('an exact power law is found by every fit, on every range, at every scale', () => {
  const arbitrary = fc.record({
    alpha: fc.double({min: 0.1, max: 3, noNaN: true}),
    scale: fc.double({min: 1e-6, max: 1e6, noNaN: true}),
    first: fc.integer({min: 1, max: 50}),
    length: fc.integer({min: 2, max: 40}),
  });
  fc.assert(
    fc.property(arbitrary, ({alpha, scale, first, length}) => {
      for (const fit of FITS) {
        const line = fitPowerLaw(powers(100, alpha, scale), [first, first + length], fit);
        expect(line.status).toBe('ok');
        expect(line.alpha).toBeCloseTo(alpha, 9);
        expect(line.intercept).toBeCloseTo(Math.log(scale), 8);
        expect(line.r2).toBeCloseTo(1, 9);
      }
    }),
  );
});

describe('the range', () => {
  test('ends with the eigenvalues, and before those that are rounding', () => {
    expect(fitPowerLaw(powers(60, 1), [11, 500])).toMatchObject({status: 'ok', first: 11, last: 60});
    const withNoise = Float64Array.of(1, 0.5, 0.25, 0.125, 1e-13, 1e-16, 0);
    expect(countUsable(withNoise)).toBe(4);
    for (const fit of FITS) {
      const line = fitPowerLaw(withNoise, [1, 7], fit);
      expect(line).toMatchObject({status: 'ok', first: 1, last: 4});
      expect(line.alpha!).toBeLessThan(2);
    }
  });

  test('without three eigenvalues gives no line, which is said', () => {
    const nothing = {alpha: null, intercept: null, r2: null, standardError: null};
    for (const fit of FITS) {
      expect(fitPowerLaw(powers(12, 1), [11, 500], fit)).toMatchObject({status: 'insufficient', ...nothing});
      expect(fitPowerLaw(powers(5, 1), [11, 500], fit)).toMatchObject({status: 'insufficient', ...nothing});
      expect(fitPowerLaw(new Float64Array(0), [1, 3], fit)).toMatchObject({
        status: 'insufficient',
        ...nothing,
      });
    }
    expect(fitPowerLaw(powers(13, 1), [11, 500]).alpha).toBeCloseTo(1, 12);
  });
});

test('equal eigenvalues do not decay, and there is nothing to explain', () => {
  const line = fitPowerLaw(new Float64Array(30).fill(2), [1, 30]);
  expect(line.alpha).toBeCloseTo(0, 14);
  expect(line.r2).toBeNull();
});

test('the standard error is as large as the estimates scatter', () => {
  const uniform = mulberry32(4);
  const estimates = Array.from({length: 400}, () =>
    fitPowerLaw(
      powers(200, 1).map(value => value * Math.exp(0.3 * (uniform() - 0.5))),
      [1, 200],
      'unweighted',
    ),
  );
  const mean = estimates.reduce((sum, e) => sum + e.alpha! / 400, 0);
  const std = Math.sqrt(estimates.reduce((sum, e) => sum + (e.alpha! - mean) ** 2 / 399, 0));
  const reported = estimates.reduce((sum, e) => sum + e.standardError! / 400, 0);
  expect(Math.abs(reported / std - 1)).toBeLessThan(0.15);
  expect(fitPowerLaw(powers(20, 1), [1, 20], 'robust').standardError).toBeNull();
});

test('one outlier moves the robust fit least', () => {
  const values = powers(400, 1);
  values[30]! *= 3;
  const error = (fit: PowerLawFit) => Math.abs(fitPowerLaw(values, [11, 300], fit).alpha! - 1);
  expect(error('robust')).toBeLessThan(error('unweighted'));
  expect(error('robust')).toBeLessThan(error('weighted'));
});

test('alpha of a representation does not see its scale, translation or the order of its columns', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async seed => {
      const x = lin(seed, 100, 20, 16);
      const alpha = async (data: Float64Array) =>
        fitPowerLaw((await covarianceSpectrum({...x, data})).values, [1, 12]).alpha!;
      const expected = await alpha(x.data as Float64Array);
      const moved = x.data.map((_, i) => 7 - 3 * x.data[i - (i % 16) + (15 - (i % 16))]!) as Float64Array;
      expect(await alpha(moved)).toBeCloseTo(expected, 9);
    }),
    {numRuns: 20},
  );
});
