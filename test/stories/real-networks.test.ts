import {describe, expect, test} from 'vitest';
import {hasShared, shared} from '../rig/shared.js';
import {Workplace} from '../rig/strata.js';

/** Real networks and data: the numbers that people have published or measured with other code. */
describe.skipIf(!hasShared)('real networks and data', () => {
  const place = new Workplace();
  const assets = `params.assets=${shared('assets')}`;

  type Row = Record<string, number | string>;
  async function run(name: string, ...overrides: string[]): Promise<Record<string, Row[]>> {
    const {code, stderr} = await place.strata('run', `experiments/${name}.yaml`, assets, ...overrides);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return JSON.parse((await place.strata('show', name, '--json')).stdout) as Record<string, Row[]>;
  }
  const column = (rows: Row[] | undefined, name: string): (number | string)[] => rows!.map(row => row[name]!);

  test('raw MNIST test images have dimension 13.5573', {timeout: 240_000}, async () => {
    const {id, 'by-digit': digits} = await run('mnist');
    expect(id![0]!['id']).toBeCloseTo(13.5573, 4);
    const byDigit = column(digits, 'id') as number[];
    expect(Math.min(...byDigit)).toBeCloseTo(10.41, 2);
    expect(Math.max(...byDigit)).toBeCloseTo(14.88, 2);
    expect(digits!.find(r => r['id'] === Math.min(...byDigit))!['group']).toBe('1');
  });

  test(
    'ViT-Tiny over photographs: dimension per block, a constant embedding, its own accuracy',
    {timeout: 400_000},
    async () => {
      const {id, accuracy} = await run('vit-photos');
      expect(id![0]).toMatchObject({layer: 'embed', status: 'constant', id: null});
      const reference = [9.6, 12.5, 15.6, 18.0, 19.6, 20.2, 20.0, 18.9, 20.3, 20.1, 19.7, 22.7, 18.4];
      const measured = column(id!.slice(1, 14), 'id') as number[];
      expect(column(id!.slice(1, 14), 'layer')).toEqual([
        ...Array.from({length: 12}, (_, i) => `blocks.${i}`),
        'norm',
      ]);
      measured.forEach((value, i) =>
        expect(Math.abs(value / reference[i]! - 1), `layer ${i}`).toBeLessThan(0.1),
      );
      expect(Math.abs((accuracy![0]!['accuracy'] as number) - 0.83)).toBeLessThanOrEqual(0.02);
    },
  );

  test(
    'ResNets on CIFAR-10: their published accuracy, labels emerging late',
    {timeout: 240_000},
    async () => {
      const tables = await run(
        'cifar10-resnets',
        ...['20', '32', '56'].map(depth => `stages.resnet${depth}.layers=[blocks.0, head]`),
      );
      for (const [name, published] of [
        ['20', 0.9173],
        ['32', 0.9263],
        ['56', 0.9339],
      ] as const) {
        expect(Math.abs((tables[`accuracy${name}`]![0]!['accuracy'] as number) - published)).toBeLessThan(
          0.02,
        );
        const overlap = column(tables[`overlap${name}`], 'overlap') as number[];
        expect(overlap[0]).toBeLessThan(0.25);
        expect(overlap.at(-1)).toBeGreaterThan(0.8);
      }
    },
  );

  test(
    'a linear probe reads CIFAR-100 better from every later block of ViT-Tiny',
    {timeout: 600_000},
    async () => {
      const reference = {
        'blocks.0': 0.116,
        'blocks.2': 0.284,
        'blocks.4': 0.403,
        'blocks.6': 0.483,
        'blocks.8': 0.593,
        'blocks.10': 0.704,
        'blocks.11': 0.729,
        norm: 0.732,
      };
      // The layers of which a ridge was measured with other code; all thirteen take half as long again.
      const layers = Object.keys(reference);
      const {probe} = await run(
        'cifar100-probe',
        // Half of the thousand images to test: the accuracy of so many is known to 0.02.
        'stages.test.sample.n=500',
        ...['ridge', 'figure'].map(stage => `~stages.${stage}`),
        ...['train', 'test'].map(of => `stages.${of}-hidden.layers=[${layers.join(', ')}]`),
      );
      expect(column(probe, 'layer')).toEqual(layers);
      const accuracy = column(probe, 'accuracy') as number[];
      for (const [at, ridge] of Object.values(reference).entries())
        expect(Math.abs(accuracy[at]! - ridge), layers[at]).toBeLessThan(0.06);
      const byTwos = accuracy.slice(0, layers.indexOf('blocks.10') + 1);
      expect(byTwos).toEqual([...byTwos].sort((a, b) => a - b));
    },
  );
});
