import fc from 'fast-check';
import {expect, test} from 'vitest';
import {attributeDifference, attributeOverlap, quantileBins} from '../../src/kernels/attribute-overlap.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {lin, mulberry32} from '../golden/golden.js';

test('chance is what all pairs give, counted one by one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({min: -3, max: 3}), fc.double({min: -5, max: 5, noNaN: true})), {
        minLength: 2,
        maxLength: 30,
      }),
      fc.double({min: 0, max: 2, noNaN: true}),
      async (numbers, deviations) => {
        const values = Float64Array.from(numbers);
        const n = values.length;
        const all = await nearestNeighbors(lin(1, n, 2, 2), n - 1);
        // With all others for neighbours the overlap is the chance.
        const {mean, chance} = attributeOverlap(all, values, n - 1, deviations);
        expect(mean).toBeCloseTo(chance!, 12);
        const {neighbors, pairs} = attributeDifference(all, values, n - 1)!;
        expect(neighbors).toBeCloseTo(pairs, 9);
      },
    ),
  );
});

test('an attribute that has nothing to do with the points is at the level of chance', async () => {
  const u = mulberry32(4);
  const table = await nearestNeighbors(lin(1, 1500, 4, 4), 20);
  const values = Float64Array.from({length: 1500}, () => u() ** 3);
  const {mean, chance} = attributeOverlap(table, values, 20, 0.25);
  expect(Math.abs(mean! - chance!)).toBeLessThan(0.01);
  const {neighbors, pairs} = attributeDifference(table, values, 20)!;
  expect(neighbors / pairs).toBeCloseTo(1, 1);
});

test('one that is a coordinate is far above it', async () => {
  const x = lin(1, 500, 1, 3);
  const table = await nearestNeighbors(x, 10);
  const values = Float64Array.from({length: 500}, (_, i) => x.data[3 * i]!);
  const {mean, chance} = attributeOverlap(table, values, 10, 0.25);
  expect(mean).toBeGreaterThan(0.95);
  expect(chance).toBeLessThan(0.25);
});

test('quantile bins are as equal in size as ties allow', () => {
  expect([...quantileBins(Float64Array.of(5, 1, 4, 2, 3), 5)]).toEqual([4, 0, 3, 1, 2]);
  expect([...quantileBins(Float64Array.of(1, 1, 1, 1), 2)]).toEqual([1, 1, 1, 1]);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer(), {minLength: 10, maxLength: 60}),
      fc.integer({min: 2, max: 5}),
      (numbers, count) => {
        const sizes = new Int32Array(count);
        for (const bin of quantileBins(Float64Array.from(numbers), count)) sizes[bin]!++;
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('a constant attribute is alike everywhere; of one point nothing can be said', async () => {
  const table = await nearestNeighbors(lin(1, 30, 2, 2), 5);
  expect(attributeOverlap(table, new Float64Array(30).fill(0.1), 5, 0.25)).toMatchObject({
    mean: 1,
    chance: 1,
  });
  const one = await nearestNeighbors(lin(1, 1, 2, 2), 5);
  expect(attributeOverlap(one, Float64Array.of(1), 5, 0.25)).toMatchObject({mean: null, chance: null});
  expect(attributeDifference(one, Float64Array.of(1), 5)).toBeNull();
  expect(() => attributeOverlap(table, new Float64Array(29), 5, 0.25)).toThrow(RangeError);
});
