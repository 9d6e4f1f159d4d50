import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  brokenStick,
  componentsNeeded,
  countAboveMean,
  countAboveShare,
  entropyRank,
  indexExceeding,
  largestGap,
  participationRatio,
  stableRank,
} from '../../src/kernels/pca-id.js';

const spectrum = fc
  .array(fc.double({min: 0, max: 1e6, noNaN: true}), {minLength: 1, maxLength: 40})
  .filter(values => Math.max(...values) > 1e-6)
  .map(values => Float64Array.from(values).sort().reverse());

test('the effective ranks lie between 1 and the number of eigenvalues, in their order', () => {
  fc.assert(
    fc.property(spectrum, values => {
      const ranks = [stableRank(values), participationRatio(values), entropyRank(values), values.length];
      expect(ranks[0]).toBeGreaterThanOrEqual(1 - 1e-12);
      // Renyi entropies of order infinity, 2, 1 and 0: they do not decrease.
      ranks.slice(1).forEach((rank, i) => expect(rank).toBeGreaterThanOrEqual(ranks[i]! * (1 - 1e-12)));
    }),
  );
});

test('of n equal eigenvalues each rule says what it must', () => {
  const values = new Float64Array(10).fill(2);
  expect(
    [stableRank(values), participationRatio(values), entropyRank(values)].map(v => Math.round(v * 1e9) / 1e9),
  ).toEqual([10, 10, 10]);
  expect(componentsNeeded(values, 0.5)).toBe(5);
  // Met exactly is not exceeded.
  expect(indexExceeding(values, 0.5)).toBe(5);
  expect(indexExceeding(values, 0.45)).toBe(4);
  expect(countAboveShare(values, 0.05)).toBe(10);
  expect(countAboveMean(values)).toBe(0);
  expect(largestGap(values)).toBe(10);
  expect(brokenStick(values)).toBe(0);
});

test('one direction alone is one dimension by every rule', () => {
  const values = Float64Array.of(3, 0, 0, 0);
  expect([stableRank(values), participationRatio(values), entropyRank(values)]).toEqual([1, 1, 1]);
  expect(componentsNeeded(values, 0.9)).toBe(1);
  expect(indexExceeding(values, 0.9)).toBe(0);
  for (const rule of [countAboveMean, largestGap, brokenStick]) expect(rule(values)).toBe(1);
  expect(brokenStick(Float64Array.of(1))).toBe(0);
});

test('a gap among eigenvalues that are rounding is none', () => {
  expect(largestGap(Float64Array.of(1, 0.5, 1e-3, 1e-17, 1e-30, 0))).toBe(3);
});
