import {expect, test} from 'vitest';
import {nearestNeighbors, nearestPoints} from '../../src/kernels/neighbors.js';
import {mulberry32} from '../golden/golden.js';
import {hasVulkan} from '../rig/vulkan.js';

test.skipIf(!hasVulkan)('neighbours on WebGPU are those of the CPU, to the last bit', async () => {
  const uniform = mulberry32(7);
  // Every tenth point once more, so that there are ties.
  const data = Float32Array.from({length: 700 * 48}, uniform);
  for (let row = 0; row < 700; row += 10) data.copyWithin((row + 1) * 48, row * 48, (row + 1) * 48);
  const x = {rows: 700, cols: 48, data};
  expect(await nearestNeighbors(x, 7, {device: 'webgpu'})).toEqual(await nearestNeighbors(x, 7));
  const others = {rows: 600, cols: 48, data: Float32Array.from({length: 600 * 48}, uniform)};
  expect(await nearestPoints(others, x, 7, {device: 'webgpu'})).toEqual(await nearestPoints(others, x, 7));
});
