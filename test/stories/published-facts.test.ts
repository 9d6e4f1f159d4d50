import {readFileSync} from 'node:fs';
import {afterAll, describe, expect, test} from 'vitest';
import {hasShared, shared} from '../rig/shared.js';
import {Workplace} from '../rig/strata.js';
import {untrained} from './untrained.js';

/** What papers say of the shape of profiles, found again: with the networks that are shipped, and with real ones where they are. */
const place = new Workplace();
afterAll(() => place.remove());

type Row = Record<string, number | string | null>;
type Tables = Record<string, Row[]>;
async function run(file: string, ...overrides: string[]): Promise<Tables> {
  const {code, stderr} = await place.strata('run', file, ...overrides);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const name = file.replace(/.*\/|\.yaml$/g, '');
  return JSON.parse((await place.strata('show', name, '--json')).stdout) as Tables;
}
const column = (rows: Row[] | undefined, name: string): number[] => rows!.map(row => Number(row[name]));

describe('the small transformer that is shipped', {timeout: 240_000}, () => {
  const profile = (checkpoint: string): Promise<Tables> => {
    place.write(
      'profile.yaml',
      `strata: 1
name: profile
seed: 0
stages:
  images: {stage: load, source: shapes, n: 600}
  pixels: {stage: preprocess, from: images, preset: unit, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]}
  cls: {stage: extract, from: pixels, model: models/shapes-vit/${checkpoint}.onnx, layers: [embed, blocks, head], pool: cls}
  mean: {stage: extract, from: pixels, model: models/shapes-vit/${checkpoint}.onnx, layers: [embed, blocks, head], pool: mean}
  id: {stage: metric, metric: twonn, from: mean}
  cls-id: {stage: metric, metric: twonn, from: cls}
  overlap: {stage: metric, metric: neighborhood-overlap, from: cls, with: labels, k: 10}
`,
    );
    return run('profile.yaml');
  };
  /** How far the dimension rises above the first layer, and falls to the output. */
  const hump = (tables: Tables): {rise: number; fall: number} => {
    const ids = column(tables['id'], 'id');
    const peak = Math.max(...ids);
    return {rise: peak / ids[0]!, fall: peak / ids.at(-1)!};
  };

  test('trained, its dimension rises and falls, and classes gather; untrained, neither', async () => {
    const [before, after] = [await profile('step-00000'), await profile('final')];
    expect(hump(after).rise).toBeGreaterThan(1.5);
    expect(hump(after).fall).toBeGreaterThan(1.8);
    expect(hump(before).fall).toBeLessThan(1.3);
    expect(hump(before).rise).toBeLessThan(1.5);

    const [flat, rising] = [column(before['overlap'], 'overlap'), column(after['overlap'], 'overlap')];
    expect(Math.max(...flat)).toBeLessThan(0.2);
    expect(rising[0]).toBe(flat[0]);
    // Over the blocks; the logits may lose a little of it.
    const blocks = rising.slice(0, -1);
    expect(blocks).toEqual([...blocks].sort((a, b) => a - b));
    expect(blocks.at(-1)).toBeGreaterThan(0.8);

    // Before the first block nothing has told the class token of the image.
    for (const tables of [before, after])
      expect(tables['cls-id']![0]).toMatchObject({layer: 'embed', id: null, status: 'constant'});
  });
});

describe.skipIf(!hasShared)('real networks', () => {
  const assets = `params.assets=${shared('assets')}`;

  test(
    'SqueezeNet over photographs has the hunchback; with new weights it has none',
    {timeout: 600_000},
    async () => {
      const model = readFileSync(shared('assets/models/squeezenet1.0_in1k.onnx'));
      const fresh = place.write('untrained.onnx', untrained(model));
      const experiment = 'experiments/squeezenet-hunchback.yaml';
      const trained = await run(experiment, assets, 'params.n=120');
      const other = await run(experiment, assets, 'params.n=120', `params.model=${fresh}`);
      const [ids, control] = [trained, other].map(tables => column(tables['id'], 'id')) as [
        number[],
        number[],
      ];
      const peak = ids.indexOf(Math.max(...ids));
      // Up to the peak, past the first pooling and before the output, and down again.
      expect(peak).toBeGreaterThan(1);
      expect(peak).toBeLessThan(ids.length - 1);
      const [up, down] = [ids.slice(0, peak + 1), ids.slice(peak)];
      expect(up).toEqual([...up].sort((a, b) => a - b));
      expect(down).toEqual([...down].sort((a, b) => b - a));
      expect(ids[peak]! / ids[0]!).toBeGreaterThan(2);
      expect(ids[peak]! / ids.at(-1)!).toBeGreaterThan(2.5);
      // The pixels are the same.
      expect(control[0]).toBe(ids[0]);
      expect(Math.max(...control) / control[0]!).toBeLessThan(1.5);
      expect(trained['accuracy']![0]!['accuracy']).toBeGreaterThan(0.55);
      expect(other['accuracy']![0]!['accuracy']).toBeLessThan(0.05);
    },
  );

  test('ViT-Tiny: the overlap of classes rises from block to block', {timeout: 600_000}, async () => {
    const {overlap, id} = await run('experiments/vit-tiny-overlap.yaml', assets);
    const shares = column(overlap, 'overlap');
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    // Measured with other code: after the first block, after the last, after the normalisation.
    for (const [layer, share] of [
      [1, 0.053],
      [12, 0.555],
      [13, 0.62],
    ] as const)
      expect(Math.abs(shares[layer]! - share), String(overlap![layer]!['layer'])).toBeLessThan(0.01);
    expect(id!.filter(row => row['layer'] === 'embed').every(row => row['status'] === 'constant')).toBe(true);
  });
});
