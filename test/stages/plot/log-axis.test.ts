import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {dodges, logDomain, logTicks, powerLabels, valueTicks} from '../../../src/stages/plot/log-axis.js';

test('the domain leaves room at both ends, the same share at each', () => {
  const [low, high] = logDomain([10, 1000, 40], 0.1);
  expect(Math.log10(high / low)).toBeCloseTo(2 / 0.8, 12);
  expect(10 / low).toBeCloseTo(high / 1000, 12);
  expect(logDomain([], 0.1)).toEqual([1, 10]);
  const [around, above] = logDomain([7], 0.1);
  expect([around < 7, above > 7]).toEqual([true, true]);
});

describe('ticks', () => {
  test('are as fine as the range allows', () => {
    expect(logTicks([0.5, 20_000])).toEqual([1, 10, 100, 1000, 10_000]);
    expect(logTicks([0.15, 4])).toEqual([0.2, 0.5, 1, 2]);
    expect(logTicks([260, 1300])).toEqual([300, 400, 600, 800, 1000]);
    expect(logTicks([0.702, 0.758])).toEqual([0.71, 0.72, 0.73, 0.74, 0.75]);
  });

  test('are inside, ascending, and neither too few nor too many', () => {
    const arbitrary = fc.tuple(
      fc.double({min: -6, max: 6, noNaN: true}),
      fc.double({min: 0.01, max: 7, noNaN: true}),
    );
    fc.assert(
      fc.property(arbitrary, ([from, length]) => {
        const [low, high] = [10 ** from, 10 ** (from + length)];
        const ticks = logTicks([low, high]);
        expect(ticks.length).toBeGreaterThanOrEqual(3);
        expect(ticks.length).toBeLessThanOrEqual(11);
        expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b));
        expect(ticks.every(tick => tick >= low * (1 - 1e-5) && tick <= high * (1 + 1e-5))).toBe(true);
      }),
    );
  });

  test('are named as powers of ten where these are short, else as numbers', () => {
    expect(powerLabels([1e-12, 0.001, 1, 10])).toBe(
      '{"1":"10⁰","10":"10¹","1e-12":"10⁻¹²","0.001":"10⁻³"}[datum.value]',
    );
    for (const ticks of [[0.01, 0.1, 1], [0.001, 0.002, 0.005], []])
      expect(powerLabels(ticks)).toBe("format(datum.value, '~r')");
  });

  test('are the numbers themselves where there is room for them', () => {
    expect(valueTicks([1000, 500, 250, 500], [200, 1200], 480)).toEqual([250, 500, 1000]);
    expect(valueTicks([1000, 990, 250], [200, 1200], 480)).toEqual(logTicks([200, 1200]));
    expect(valueTicks([], [1, 10], 480)).toEqual(logTicks([1, 10]));
  });
});

test('lines stand beside one another, but never as far as the next value', () => {
  const axis = {width: 400, step: 4};
  const two = dodges(2, [100, 1000], [10, 10_000], axis);
  expect(two[0]! * two[1]!).toBeCloseTo(1, 12);
  expect(Math.log10(two[1]! / two[0]!)).toBeCloseTo((4 / 400) * 3, 12);
  const many = dodges(9, [100, 101], [10, 10_000], axis);
  expect(many.at(-1)! / many[0]!).toBeCloseTo(Math.sqrt(1.01), 12);
  expect(dodges(1, [5], [1, 10], axis)).toEqual([1]);
});
