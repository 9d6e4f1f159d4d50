import {cpSync, existsSync, mkdirSync, readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {afterAll, describe, expect, test} from 'vitest';
import {hasShared, shared} from '../rig/shared.js';
import {Workplace} from '../rig/strata.js';

/** Every experiment that is shipped can be planned, and those that need nothing but what is shipped are run. */
const place = new Workplace();
afterAll(() => place.remove());

const names = readdirSync(fileURLToPath(new URL('../../experiments', import.meta.url)))
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.slice(0, -'.yaml'.length));
/** What `experiments/vit-own-photos.yaml` reads: photographs in a folder for each of two classes. */
const photos = place.path('photos');

/** Those that read models and data that are too large to be shipped. */
const REAL = [
  'cifar10-resnets',
  'cifar100-probe',
  'mnist',
  'squeezenet-hunchback',
  'vit-own-photos',
  'vit-photos',
  'vit-tiny-overlap',
];
const OWN = names.filter(name => !REAL.includes(name));

test('all are valid', async () => {
  const {code, stdout, stderr} = await place.startIn({PHOTOS: photos}, 'validate', 'experiments/*.yaml')
    .finished;
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').filter(line => line.includes(': ok, '))).toHaveLength(names.length);
});

test.each(OWN)('%s can be planned', async name => {
  const {code, stdout, stderr} = await place.strata('plan', `experiments/${name}.yaml`);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(' stages: ');
});

describe('sweeps', {timeout: 240_000}, () => {
  interface Spec {
    readonly vconcat: readonly {data: {values: {series: string}[]}}[];
  }
  const lines = (name: string): string[][] =>
    (JSON.parse(place.read(`outputs/${name}/latest/figures/figure.vl.json`)) as Spec).vconcat.map(panel => [
      ...new Set(panel.data.values.map(point => point.series)),
    ]);
  const overlaps = async (name: string): Promise<Record<string, number>> => {
    const {stdout} = await place.strata('compare', name, '--json');
    const rows = JSON.parse(stdout) as Record<string, string | number>[];
    return Object.fromEntries(
      rows.map((row): [string, number] => [String(row['run']), Number(row['overlap@norm'])]),
    );
  };

  test('of the checkpoints: labels gather more and more along the training', async () => {
    const {code, stderr} = await place.strata('run', 'experiments/shapes-training.yaml', 'params.n=200');
    expect([code, stderr]).toEqual([0, '']);
    const steps = ['step-00000', 'step-00288', 'step-00720', 'step-01800', 'final'];
    expect(lines('shapes-training')).toEqual([steps, steps, steps]);
    const found = Object.values(await overlaps('shapes-training'));
    expect(found).toHaveLength(5);
    expect(found).toEqual([...found].sort((a, b) => a - b));
  });

  test('of the quickstart: what it shows depends on training and on the class token', async () => {
    const {code, stderr} = await place.strata('run', 'experiments/quickstart-ablation.yaml', 'params.n=200');
    expect([code, stderr]).toEqual([0, '']);
    const variants = ['baseline', 'untrained', 'mean-pooled', 'fewer-samples'];
    expect(lines('quickstart-ablation')).toEqual([variants, variants, variants]);
    const {baseline, untrained, 'mean-pooled': pooled} = await overlaps('quickstart-ablation');
    expect(untrained).toBeLessThan(0.2);
    expect(pooled!).toBeLessThan(baseline! - 0.1);
    expect(Object.keys(place.record('quickstart-ablation/baseline').stages)).not.toContain('scales');
  });
});

describe.skipIf(!hasShared)('with real models and data', () => {
  const assets = `params.assets=${shared('assets')}`;
  test(
    'photographs of one’s own are found by a variable of the environment',
    {timeout: 240_000},
    async () => {
      const source = shared('assets/data/imagenet_256');
      const images = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(f => f.endsWith('.jpg'));
      for (const [i, image] of images.sort().slice(0, 24).entries()) {
        const folder = `${photos}/${i % 2 === 0 ? 'even' : 'odd'}`;
        mkdirSync(folder, {recursive: true});
        cpSync(`${source}/${image}`, `${folder}/${i}.jpg`);
      }
      const words = ['run', 'experiments/vit-own-photos.yaml', assets];
      const {code, stderr} = await place.startIn({PHOTOS: photos}, ...words).finished;
      expect([code, stderr]).toEqual([0, '']);
      expect(existsSync(place.path('outputs/vit-own-photos/latest/figures/figure.png'))).toBe(true);
      const {stages} = place.record('vit-own-photos');
      expect(Object.keys(stages)).not.toContain('accuracy');
      const unset = await place.startIn({PHOTOS: undefined}, ...words).finished;
      expect(unset.stderr).toContain(
        'E120 experiments/vit-own-photos.yaml:10:19  environment variable PHOTOS is not set',
      );
    },
  );

  test.each(REAL.filter(name => name !== 'vit-own-photos'))('%s can be planned', async name => {
    const {code, stdout, stderr} = await place.strata('plan', `experiments/${name}.yaml`, assets);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(' stages: ');
  });
});
