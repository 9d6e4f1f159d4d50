import {expect, test} from 'vitest';
import {imageStatistics} from '../../src/kernels/image-statistics.js';

const picture = (width: number, height: number, value: (x: number, y: number) => number) =>
  imageStatistics(
    Float64Array.from({length: width * height}, (_, i) => value(i % width, Math.floor(i / width))),
    width,
    height,
  );

test('an even picture has no contrast and no edges', () => {
  const {luminance, contrast, edgeEnergy} = picture(5, 4, () => 0.25);
  expect([luminance, contrast, edgeEnergy]).toEqual([0.25, 0, 0]);
});

test('a slope changes by as much at every pixel, whichever way it runs', () => {
  for (const [a, b] of [
    [0.1, 0],
    [0, 0.1],
    [-0.06, 0.08],
  ] as const) {
    expect(picture(7, 6, (x, y) => a * x + b * y).edgeEnergy).toBeCloseTo(0.01, 14);
  }
});

test('halves of black and white', () => {
  // Of the four inner columns the two beside the step see it, each with half its height.
  const {luminance, contrast, edgeEnergy} = picture(6, 5, x => (x < 3 ? 0 : 1));
  expect([luminance, contrast]).toEqual([0.5, 0.5]);
  expect(edgeEnergy).toBeCloseTo((2 * (4 / 8) ** 2) / 4, 14);
});

test('a corner, pixel by pixel', () => {
  // Only the pixel at the lower right is white: both derivatives are 1/8.
  expect(picture(3, 3, (x, y) => +(x === 2 && y === 2)).edgeEnergy).toBeCloseTo(2 / 64, 14);
});

test('pictures too small for edges', () => {
  expect(picture(2, 9, x => x)).toMatchObject({luminance: 0.5, edgeEnergy: null});
  expect(picture(1, 1, () => 1)).toEqual({luminance: 1, contrast: 0, edgeEnergy: null});
});
