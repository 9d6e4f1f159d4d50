import {execFile} from 'node:child_process';
import {copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import {openImages} from '../../../src/stages/load/images.js';
import type {PixelRecipe, Pixels, Sample} from '../../../src/stages/ports.js';
import {pixelBatches, pixelShape} from '../../../src/stages/preprocess/batches.js';
import {tensorWriter} from '../../../src/stages/preprocess/tensor.js';
import {hasShared, shared} from '../../rig/shared.js';
import {failure, folderOf, loadImages, runStage} from '../load/run-stage.js';

const fixtures = fileURLToPath(new URL('../../fixtures/images', import.meta.url));
const files = readdirSync(fixtures).sort();
const quiet = new AbortController().signal;

async function recipeOf(params: Record<string, unknown>): Promise<PixelRecipe> {
  const output = await runStage('preprocess', params);
  if (output.type !== 'pixels') throw new Error('not pixels');
  return output.recipe;
}

/** `n` samples over the images of a folder, round and round. */
function folderPixels(folder: string, n: number, recipe: PixelRecipe): Pixels {
  const names = readdirSync(folder).sort();
  const rows = Array.from({length: n}, (_, i): Sample => {
    const uri = names[i % names.length]!;
    const digest = sha256(readFileSync(`${folder}/${uri}`));
    return {id: `${i} ${uri}`, uri, sha256: digest, label: null, class: null, split: null, boxes: []};
  });
  return {samples: {rows, classes: []}, origin: {source: 'image-folder', params: {path: folder}}, recipe};
}

/** All tensors one after another, and the extents of the batches. */
async function collect(
  pixels: Pixels,
  batchSize: number,
  workers?: number,
): Promise<{data: Float32Array; extents: number[][]}> {
  const extents: number[][] = [];
  const parts: Float32Array[] = [];
  const options = {batchSize, signal: quiet, ...(workers !== undefined && {workers})};
  for await (const {start, count, data} of pixelBatches(pixels, options)) {
    extents.push([start, count]);
    parts.push(data.slice());
  }
  const data = new Float32Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return {data, extents};
}

/** The same one by one, without batches and threads. */
async function directly({samples, origin, recipe}: Pixels, shape: readonly number[]): Promise<Float32Array> {
  const length = shape[0]! * shape[1]! * shape[2]!;
  const data = new Float32Array(samples.rows.length * length);
  const reader = await openImages(origin);
  const write = tensorWriter(recipe);
  for (const [i, sample] of samples.rows.entries()) {
    write(await reader.read(sample), data.subarray(i * length, (i + 1) * length));
  }
  reader.close();
  return data;
}

const small = await recipeOf({preset: 'imagenet-224', resize: 30, crop: 24});

describe('pixelShape', () => {
  it('comes from the recipe, or else from the first image', async () => {
    const nowhere = {samples: {rows: [], classes: []}, origin: {source: 'image-folder', params: {}}};
    expect(await pixelShape({...nowhere, recipe: small})).toEqual([3, 24, 24]);
    const exact = await recipeOf({preset: 'unit', resize: [5, 7], channels: 'grey'});
    expect(await pixelShape({...nowhere, recipe: exact})).toEqual([1, 5, 7]);
    const {samples, origin} = await loadImages('shapes', {n: 3});
    expect(await pixelShape({samples, origin, recipe: await recipeOf({preset: 'unit'})})).toEqual([
      3, 32, 32,
    ]);
    expect(await failure(pixelShape({...nowhere, recipe: await recipeOf({preset: 'unit'})}))).toMatch(
      /^E303 no samples/,
    );
  });
});

describe('pixelBatches', async () => {
  const pixels = folderPixels(fixtures, 150, small);
  const expected = sha256(new Uint8Array((await directly(pixels, [3, 24, 24])).buffer));

  it.each([
    [8, 1],
    [8, 2],
    [50, 3],
    [200, 2],
  ])('gives files in order, in batches of %i by %i threads', async (batchSize, workers) => {
    const {data, extents} = await collect(pixels, batchSize, workers);
    const starts = Array.from({length: Math.ceil(150 / batchSize)}, (_, i) => i * batchSize);
    expect(extents).toEqual(starts.map(s => [s, Math.min(batchSize, 150 - s)]));
    expect(sha256(new Uint8Array(data.buffer))).toBe(expected);
  });

  it.each([
    ['here, as they are', 40, {preset: 'unit'}, [3, 32, 32]],
    ['here, a few enlarged', 40, {preset: 'vit-224', resize: 48, crop: 40}, [3, 40, 40]],
    ['by threads, many enlarged', 100, {preset: 'vit-224'}, [3, 224, 224]],
  ])('gives raw images %s', async (_, n, params, shape) => {
    const {samples, origin} = await loadImages('shapes', {n});
    const pixels = {samples, origin, recipe: await recipeOf(params)};
    const {data, extents} = await collect(pixels, 16);
    expect(extents.at(-1)).toEqual([Math.floor((n - 1) / 16) * 16, ((n - 1) % 16) + 1]);
    expect(sha256(new Uint8Array(data.buffer))).toBe(
      sha256(new Uint8Array((await directly(pixels, shape)).buffer)),
    );
  });

  it('gives nothing for no samples', async () => {
    expect(await collect(folderPixels(fixtures, 0, small), 8)).toEqual({
      data: new Float32Array(),
      extents: [],
    });
  });

  it('works two batches ahead while this thread is blocked, and no further', async () => {
    const folder = folderOf({});
    for (const name of ['small.png', 'grey.png']) copyFileSync(`${fixtures}/${name}`, `${folder}/${name}`);
    const batches = pixelBatches(folderPixels(folder, 20, small), {batchSize: 4, signal: quiet});
    const step = async (): Promise<number | undefined> => {
      const {value} = (await batches.next()) as {value: {start: number} | undefined};
      return value?.start;
    };
    expect(await step()).toBe(0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
    for (const name of readdirSync(folder)) rmSync(`${folder}/${name}`);
    expect(await step()).toBe(4);
    expect(await step()).toBe(8);
    expect(await failure(step(), folder)).toBe('E301 grey.png: no such file or folder');
    expect(await step()).toBeUndefined();
  });

  it('names the earliest sample in trouble', async () => {
    const folder = folderOf({});
    for (let i = 0; i < 90; i++)
      copyFileSync(`${fixtures}/small.png`, `${folder}/${String(i).padStart(2, '0')}.png`);
    const pixels = folderPixels(folder, 90, small);
    for (const bad of ['31', '30', '77']) writeFileSync(`${folder}/${bad}.png`, 'x');
    for (const workers of [1, 2]) {
      const seen: number[] = [];
      const run = async (): Promise<void> => {
        for await (const {start} of pixelBatches(pixels, {batchSize: 8, signal: quiet, workers}))
          seen.push(start);
      };
      expect(await failure(run())).toMatch(
        /^E302 image 30 30\.png: its bytes are not those that were loaded/,
      );
      expect(seen).toEqual([0, 8, 16]);
    }
  });

  it('names an image of another shape', async () => {
    const asIs = await recipeOf({preset: 'unit'});
    const work = collect(folderPixels(fixtures, files.length, asIs), 4);
    expect(await failure(work)).toBe(
      'E501 image 6 grey.jpg: 90 x 70 pixels become 3 x 70 x 90, the first image 3 x 30 x 41' +
        ' (give the preprocess stage a crop, or a resize to [height, width])',
    );
  });

  it('fails when a thread crashes, instead of waiting for it', async () => {
    const broken = {...small, channels: 'cmy'} as unknown as PixelRecipe;
    await expect(collect(folderPixels(fixtures, 10, broken), 4)).rejects.toThrow(TypeError);
  });

  it('stops at once when told to, or when nobody reads on', async () => {
    const pixels = folderPixels(fixtures, 500, await recipeOf({preset: 'vit-224'}));
    const stop = new AbortController();
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const {start} of pixelBatches(pixels, {batchSize: 100, signal: stop.signal})) {
        seen.push(start);
        setTimeout(() => stop.abort(new Error('enough')), 10);
      }
    };
    await expect(run()).rejects.toThrow('enough');
    expect(seen.length).toBeLessThan(5);
    await expect(run()).rejects.toThrow('enough');

    for await (const {start} of pixelBatches(pixels, {batchSize: 10, signal: quiet})) {
      expect(start).toBe(0);
      break;
    }
  });

  it.skipIf(process.platform !== 'linux')('leaves no thread behind', async () => {
    // The decoder keeps native threads of its own, named after itself.
    const threads = (): number =>
      readdirSync('/proc/self/task').filter(
        id => !readFileSync(`/proc/self/task/${id}/comm`, 'utf8').startsWith('libvips'),
      ).length;
    const pixels = folderPixels(fixtures, 300, small);
    const readOne = async (): Promise<number> => {
      for await (const _ of pixelBatches(pixels, {batchSize: 4, signal: quiet, workers: 4})) return threads();
      return 0;
    };
    const before = threads();
    expect(await readOne()).toBeGreaterThanOrEqual(before + 4);
    expect(threads()).toBe(before);
  });

  it('does not keep the process alive when it is left half read', async () => {
    const entry = new URL('../../../dist/stages/preprocess/batches.js', import.meta.url).href;
    const script = `
      import {pixelBatches} from ${JSON.stringify(entry)};
      const pixels = ${JSON.stringify(folderPixels(fixtures, 200, small))};
      const batches = pixelBatches(pixels, {batchSize: 4, signal: new AbortController().signal});
      const {value} = await batches.next();
      console.log(value.count);
    `;
    const folder = folderOf({'script.mjs': script});
    const run = promisify(execFile)(process.execPath, [`${folder}/script.mjs`], {timeout: 30_000});
    expect((await run).stdout).toBe('4\n');
  });
});

describe.skipIf(!hasShared)('pixelBatches: real photographs', () => {
  it('prepares them for a ViT', async () => {
    const {samples, origin} = await loadImages('image-folder', {
      path: shared('assets/data/imagenet_256'),
      pattern: String.raw`^(?<label>\d+)`,
      sample: {n: 70, seed: 1},
    });
    const pixels = {samples, origin, recipe: await recipeOf({preset: 'vit-224'})};
    const {data} = await collect(pixels, 32);
    expect(sha256(new Uint8Array(data.buffer))).toBe(
      sha256(new Uint8Array((await directly(pixels, [3, 224, 224])).buffer)),
    );
    const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
    expect(Math.abs(mean)).toBeLessThan(0.3);
    expect(data.every(v => v >= -1 && v <= 1)).toBe(true);
  });
});
