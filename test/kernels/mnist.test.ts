import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {firstTwoDistances, twonnLikelihood, twonnRegression} from '../../src/kernels/twonn.js';
import {hasShared, shared} from '../rig/shared.js';

describe.skipIf(!hasShared)('the raw pixels of the MNIST test set', () => {
  test('have the published dimension', async () => {
    const file = gunzipSync(readFileSync(shared('assets/data/mnist/t10k-images-idx3-ubyte.gz')));
    const x = {rows: 10_000, cols: 784, data: Float32Array.from(file.subarray(16))};
    const [r1, r2] = firstTwoDistances(await nearestNeighbors(x, 2));
    expect(twonnRegression(r1, r2).dimension).toBeCloseTo(13.5573, 4);
    expect(twonnRegression(r1, r2, {fraction: 1}).dimension).toBeCloseTo(13.4812, 4);
    expect(twonnLikelihood(r1, r2).dimension).toBeCloseTo(13.559548, 6);
  });
});
