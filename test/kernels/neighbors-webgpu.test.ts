import {expect, test} from 'vitest';
import {readStatistics} from '../../src/kernels/column-statistics.js';
import {searchByFloat32} from '../../src/kernels/float32-search.js';
import {NearestLists} from '../../src/kernels/nearest-lists.js';
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
  const {statistics} = await readStatistics(x);
  const lists = new NearestLists(700, 7);
  const task = {rows: x, points: x, statistics, same: true, lists, threads: 1, device: 'webgpu'} as const;
  await searchByFloat32({...task, step: () => undefined}, 90 * 48);
  const {indices, distances} = lists;
  expect({n: 700, k: 7, indices, distances}).toEqual(await nearestNeighbors(x, 7));
  const others = {rows: 600, cols: 48, data: Float32Array.from({length: 600 * 48}, uniform)};
  expect(await nearestPoints(others, x, 7, {device: 'webgpu'})).toEqual(await nearestPoints(others, x, 7));
});
