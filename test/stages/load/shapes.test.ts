import {describe, expect, it} from 'vitest';
import {openImages} from '../../../src/stages/load/images.js';
import {drawShape, shapesClasses, shapesLabel} from '../../../src/stages/load/shapes-image.js';
import {context, failure, loadImages} from './run-stage.js';

describe('load shapes', () => {
  it('lists the drawings with their classes, balanced', async () => {
    const {samples} = await loadImages('shapes', {n: 24, seed: 7});
    expect(samples.classes).toEqual(shapesClasses);
    expect(samples.rows.map(r => r.label)).toEqual(Array.from({length: 24}, (_, i) => shapesLabel(7, i)));
    const counts = shapesClasses.map(c => samples.rows.filter(r => r.class === c).length);
    expect(new Set(counts)).toEqual(new Set([2]));
    expect(new Set(samples.rows.map(r => r.sha256)).size).toBe(24);
  });

  it('gives the drawings', async () => {
    const {samples, origin} = await loadImages('shapes', {n: 24, seed: 7, sample: {n: 5}});
    const reader = await openImages(origin);
    for (const sample of samples.rows) {
      const image = await reader.read(sample);
      expect([image.width, image.height, image.channels]).toEqual([32, 32, 3]);
      expect(image.data).toEqual(drawShape(7, Number(sample.id)));
    }
  });

  it('is the same for the same seeds, and samples by its own seed', async () => {
    const of = async (params: object, seed: number): Promise<unknown> =>
      (await loadImages('shapes', {n: 60, sample: {n: 12, ...params}}, context(seed))).samples.rows;
    expect(await of({}, 1)).toEqual(await of({}, 1));
    expect(await of({}, 1)).not.toEqual(await of({}, 2));
    expect(await of({seed: 3}, 1)).toEqual(await of({seed: 3}, 2));
  });

  it('refuses an image that is not the one that was listed', async () => {
    const {samples, origin} = await loadImages('shapes', {n: 2});
    const reader = await openImages({...origin, params: {...origin.params, seed: 1}});
    expect(await failure(reader.read(samples.rows[1]!))).toBe(
      'E302 image 1: its bytes are not those that were loaded (the data changed under the run: run again, or restore them)',
    );
  });

  it('stops when told to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(loadImages('shapes', {n: 10}, context(0, stop.signal))).rejects.toThrow('enough');
  });
});
