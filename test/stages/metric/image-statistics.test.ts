import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import type {Inputs} from '../../../src/stages/define.js';
import imageStatistics from '../../../src/stages/metric/image-statistics.js';
import type {Images, PixelRecipe, Row} from '../../../src/stages/ports.js';
import {context, loadImages} from '../load/run-stage.js';

const photos = fileURLToPath(new URL('../../fixtures/images', import.meta.url));

async function measure(images: Images, recipe?: PixelRecipe): Promise<readonly Row[]> {
  const inputs = {images: () => images, pixels: () => ({...images, recipe})} as unknown as Inputs;
  const part = {name: 'samples', digest: '', meta: {}};
  const type = recipe === undefined ? 'images' : 'pixels';
  const units = await imageStatistics.units!({from: {type, parts: [part]}}, {});
  const output = await imageStatistics.run(context(), inputs, {}, units);
  if (output.type !== 'table') throw new Error(`it gave ${output.type}`);
  return output.rows;
}

const AS_IT_IS: PixelRecipe = {
  resize: null,
  interpolation: 'bilinear',
  crop: null,
  channels: 'rgb',
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

describe('statistics of images', () => {
  test('of photographs of any size, a row for each, named by its sample', async () => {
    const images = await loadImages('image-folder', {path: photos});
    const rows = await measure(images);
    expect(rows.map(row => row['sample'])).toEqual(images.samples.rows.map(s => s.id));
    expect(new Set(rows.map(row => row['width'])).size).toBeGreaterThan(1);
    for (const row of rows) {
      const [luminance, contrast] = [Number(row['luminance']), Number(row['contrast'])];
      expect(luminance >= 0 && luminance <= 1).toBe(true);
      // No numbers in [0, 1] with this mean spread wider.
      expect(contrast).toBeLessThanOrEqual(Math.sqrt(luminance * (1 - luminance)) + 1e-12);
    }
  });

  test('are the same of what a model sees, however it was shifted, scaled and ordered', async () => {
    const images = await loadImages('shapes', {n: 12});
    const rows = await measure(images);
    const recipes: PixelRecipe[] = [
      AS_IT_IS,
      {...AS_IT_IS, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4]},
      {...AS_IT_IS, channels: 'bgr', scale: 1, mean: [104, 117, 124]},
    ];
    for (const recipe of recipes) {
      for (const [i, row] of (await measure(images, recipe)).entries()) {
        expect(row).toMatchObject({
          sample: rows[i]!['sample'],
          class: rows[i]!['class'],
          width: 32,
          height: 32,
        });
        for (const name of ['luminance', 'contrast', 'edge_energy'])
          expect(Number(row[name])).toBeCloseTo(Number(rows[i]![name]), 5);
      }
    }
    // Pixels in grey were rounded to whole steps of brightness.
    const grey = await measure(images, {...AS_IT_IS, channels: 'grey', mean: [0], std: [1]});
    for (const [i, row] of grey.entries())
      expect(Math.abs(Number(row['luminance']) - Number(rows[i]!['luminance']))).toBeLessThan(0.5 / 255);
  });

  test('of no images there are none', async () => {
    const {origin} = await loadImages('shapes', {n: 1});
    const none = {samples: {rows: [], classes: []}, origin};
    expect(await measure(none)).toEqual([]);
    expect(await measure(none, AS_IT_IS)).toEqual([]);
  });
});
