import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {labelNeighbors, labelOverlap, neighborhoodOverlap} from '../../src/kernels/overlap.js';
import {lin, mulberry32} from '../golden/golden.js';

describe('neighbourhood overlap', () => {
  test('of a representation with itself, however scaled, is 1', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({min: 1, max: 12}), async (seed, k) => {
        const x = lin(seed, 60, 3, 4);
        const a = await nearestNeighbors(x, 12);
        const b = await nearestNeighbors({...x, data: x.data.map(value => 3 - 4 * value)}, 12);
        const {mean, perPoint} = neighborhoodOverlap(a, b, k);
        expect(mean).toBe(1);
        expect(perPoint.every(chi => chi === 1)).toBe(true);
      }),
      {numRuns: 30},
    );
  });

  test('is symmetric, and at the level of chance for unrelated points', async () => {
    const a = await nearestNeighbors(lin(1, 1000, 5, 5), 30);
    const b = await nearestNeighbors(lin(2, 1000, 5, 5), 30);
    const {mean, chance} = neighborhoodOverlap(a, b, 30);
    expect(neighborhoodOverlap(b, a, 30).mean).toBe(mean);
    expect(chance).toBe(30 / 999);
    expect(Math.abs(mean! - chance!)).toBeLessThan(0.003);
  });

  test('of all the neighbours there are is 1, of none undefined', async () => {
    const five = await nearestNeighbors(lin(1, 5, 2, 2), 10);
    const other = await nearestNeighbors(lin(2, 5, 2, 2), 10);
    expect(neighborhoodOverlap(five, other, 10)).toMatchObject({mean: 1, chance: 1});
    const one = await nearestNeighbors(lin(1, 1, 2, 2), 10);
    expect(neighborhoodOverlap(one, one, 10)).toMatchObject({mean: null, chance: null});
  });

  test('refuses tables that do not fit', async () => {
    const a = await nearestNeighbors(lin(1, 20, 2, 2), 3);
    const b = await nearestNeighbors(lin(1, 21, 2, 2), 3);
    expect(() => neighborhoodOverlap(a, b, 3)).toThrow(RangeError);
    expect(() => neighborhoodOverlap(a, a, 4)).toThrow(RangeError);
  });
});

describe('overlap with labels', () => {
  const line = {rows: 6, cols: 1, data: Float64Array.of(0, 1, 2, 10, 11, 100)};
  const labels = Int32Array.of(0, 0, 0, 1, 1, 2);

  test('counts neighbours of the same class; a class of one has none', async () => {
    const table = await nearestNeighbors(line, 2);
    const {mean, perPoint, all, classes, weighted, chance} = labelOverlap(table, labels, 4, {k: 2});
    expect([...perPoint]).toEqual([1, 1, 1, 0.5, 0.5, 0]);
    expect(mean).toBeCloseTo(4 / 6, 14);
    expect(classes!.map(own => [own.label, own.n, own.mean])).toEqual([
      [0, 3, 1],
      [1, 2, 0.5],
      [2, 1, 0],
    ]);
    expect(weighted!.mean).toBe(0.5);
    // The class of two has one neighbour to offer of two, that of one has none.
    expect([all!.most, weighted!.most]).toEqual([expect.closeTo(4 / 6, 14), 0.5]);
    expect(weighted!.chance).toBeCloseTo((2 / 5 + 1 / 5 + 0) / 3, 14);
    const squares = perPoint.reduce((sum, share) => sum + (share - mean!) ** 2, 0);
    expect(all!.standardError).toBeCloseTo(Math.sqrt(squares / 5 / 6), 14);
    expect(classes!.map(own => own.standardError)).toEqual([0, 0, null]);
    // Of a single point nobody knows how far the next would be.
    expect(weighted!.standardError).toBeNull();
    expect(chance).toBeCloseTo((3 * 2 + 2 * 1) / 30, 14);
  });

  test('with a share of the class for k', async () => {
    expect(labelNeighbors(labels, 4, {classFraction: 0.7})).toBe(2);
    const table = await nearestNeighbors(line, 2);
    const {perPoint} = labelOverlap(table, labels, 4, {classFraction: 0.7});
    expect([...perPoint]).toEqual([1, 1, 1, 1, 1, 0]);
  });

  test('random labels stay at the level of chance', async () => {
    const u = mulberry32(9);
    const table = await nearestNeighbors(lin(1, 2000, 4, 4), 20);
    const random = Int32Array.from({length: 2000}, () => Math.floor(u() * u() * 5));
    const {mean, chance} = labelOverlap(table, random, 5, {k: 20});
    expect(Math.abs(mean! - chance!)).toBeLessThan(0.01);
  });

  test('refuses labels that do not fit', async () => {
    const table = await nearestNeighbors(line, 2);
    expect(() => labelOverlap(table, labels, 2, {k: 2})).toThrow('label 2 of 2 classes');
    expect(() => labelOverlap(table, labels.subarray(1), 3, {k: 2})).toThrow('5 labels for 6 points');
    expect(() => labelOverlap(table, labels, 3, {k: 3})).toThrow('too narrow');
  });
});
