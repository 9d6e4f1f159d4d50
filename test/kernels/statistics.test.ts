import {describe, expect, test} from 'vitest';
import {argmax, topAccuracy} from '../../src/kernels/accuracy.js';
import {gammaCdf, gammaQuantile, logGamma} from '../../src/kernels/gamma.js';
import {logIncompleteBeta} from '../../src/kernels/incomplete-beta.js';
import {moments} from '../../src/kernels/moments.js';
import {logP10, pearson} from '../../src/kernels/pearson.js';

describe('gamma', () => {
  test('log Gamma at integers and halves', () => {
    let logFactorial = 0;
    for (let n = 1; n < 170; n++) {
      expect(logGamma(n)).toBeCloseTo(logFactorial, 11);
      logFactorial += Math.log(n);
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
  });

  test('the distribution function of shape 1 and 2 is known', () => {
    for (const x of [1e-8, 0.1, 1, 2.5, 10, 40]) {
      expect(gammaCdf(1, x)).toBeCloseTo(-Math.expm1(-x), 14);
      expect(gammaCdf(2, x)).toBeCloseTo(1 - Math.exp(-x) * (1 + x), 14);
    }
    expect(gammaCdf(3, 0)).toBe(0);
  });

  test.each([0.7, 1, 3, 24, 1000, 50_000])('quantiles of shape %d undo the distribution function', a => {
    for (const p of [1e-6, 0.025, 0.5, 0.975, 1 - 1e-6])
      expect(gammaCdf(a, gammaQuantile(a, p))).toBeCloseTo(p, 11);
  });

  test('quantiles of shape 1 are those of the exponential distribution', () => {
    expect(gammaQuantile(1, 0.975) / -Math.log(0.025)).toBeCloseTo(1, 13);
  });
});

describe('incomplete beta', () => {
  test('of b = 1 is a power, and its reflection', () => {
    for (const a of [0.5, 3, 40, 2000]) {
      for (const x of [0.001, 0.3, 0.9, 0.9999]) {
        expect(logIncompleteBeta(a, 1, x) / (a * Math.log(x))).toBeCloseTo(1, 12);
        expect(Math.exp(logIncompleteBeta(1, a, 1 - x))).toBeCloseTo(-Math.expm1(a * Math.log(x)), 12);
      }
    }
  });

  test('at the ends', () => {
    expect(logIncompleteBeta(2, 3, 0)).toBe(-Infinity);
    expect(logIncompleteBeta(2, 3, 1)).toBe(0);
  });
});

describe('correlation', () => {
  test('of a line is 1, of a constant undefined', () => {
    expect(pearson(Float64Array.of(1, 2, 4), Float64Array.of(-1, -2, -4))).toBe(-1);
    expect(pearson(Float64Array.of(0.1, 0.1, 0.1), Float64Array.of(1, 2, 3))).toBeNull();
    expect(pearson(Float64Array.of(1), Float64Array.of(1))).toBeNull();
  });

  test('p of two points is 1, of a perfect line 0', () => {
    expect(logP10(1, 2)).toBe(0);
    expect(logP10(1, 5)).toBe(-Infinity);
  });
});

test('moments of nothing and of equal values are null where undefined', () => {
  expect(moments([])).toEqual({n: 0, mean: null, std: null, skewness: null, skewnessCorrected: null});
  expect(moments([0.1, 0.1, 0.1])).toMatchObject({n: 3, skewness: null, skewnessCorrected: null});
});

test('of equal scores the lower class comes first', () => {
  const scores = {rows: 2, cols: 3, data: Float64Array.of(1, 1, 1, 0, 2, 2)};
  expect([...argmax(scores)]).toEqual([0, 1]);
  expect(topAccuracy(scores, Int32Array.of(1, 2), 1)).toBe(0);
  expect(topAccuracy(scores, Int32Array.of(1, 2), 2)).toBe(1);
  expect(topAccuracy({rows: 0, cols: 3, data: new Float64Array(0)}, new Int32Array(0), 1)).toBeNull();
});
