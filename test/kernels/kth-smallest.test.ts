import fc from 'fast-check';
import {expect, test} from 'vitest';
import {kthSmallest} from '../../src/kernels/kth-smallest.js';

test.each([
  ['float32', Float32Array],
  ['float64', Float64Array],
] as const)('the k-th smallest number is the k-th of them in order, ties among them, in %s', (_, Numbers) => {
  const value = fc.oneof(fc.integer({min: -3, max: 3}), fc.float({noNaN: true}));
  fc.assert(
    fc.property(fc.array(value, {minLength: 1, maxLength: 60}), fc.nat(), (values, at) => {
      const k = 1 + (at % values.length);
      const found = kthSmallest(Numbers.from(values), k);
      // No order is said of 0 and -0.
      expect(found + 0).toBe(Numbers.from(values).sort()[k - 1]! + 0);
    }),
  );
});
