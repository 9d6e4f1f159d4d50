import {expect} from 'vitest';

/** Fails unless `actual` is within the relative tolerance of `expected`, or within the absolute one. */
export function expectClose(
  actual: number | null,
  expected: number,
  tolerance: {rel?: number; abs?: number},
): void {
  const {rel = 0, abs = 0} = tolerance;
  expect(actual).not.toBeNull();
  const error = Math.abs(actual! - expected);
  expect(error, `${actual!} for ${expected}`).toBeLessThanOrEqual(Math.max(abs, rel * Math.abs(expected)));
}
