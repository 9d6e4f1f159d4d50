import {cpSync, readFileSync, renameSync, rmSync, utimesSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Workplace} from '../rig/strata.js';
import {MATRIX, PICTURES, matrixCsv} from './matrix.js';

/** The stages that were not found in the store when the run began, by label. */
const worked = (outcomes: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'cached'));

describe('an experiment from pictures to a figure', () => {
  const place = new Workplace();
  afterAll(() => place.remove());
  beforeAll(async () => {
    place.write('a.yaml', PICTURES);
    const {code, outcomes, reasons} = await place.run('a.yaml');
    expect(code).toBe(0);
    const stages = ['shapes', 'pixels', 'hidden', 'scales', 'hidden~neighbors', 'id', 'overlap', 'figure'];
    expect(outcomes).toEqual(Object.fromEntries(stages.map(stage => [stage, 'ran'])));
    expect(reasons).toEqual(Object.fromEntries(stages.map(stage => [stage, 'never run'])));
  });
  const write = (...changes: [from: string, to: string][]): string =>
    place.write(
      'b.yaml',
      changes.reduce((text, [from, to]) => {
        expect(text).toContain(from);
        return text.replaceAll(from, to);
      }, PICTURES),
    );

  test('the second run finds everything, runs nothing and leaves no new folder', async () => {
    const before = place.runs('pictures');
    expect(before).toHaveLength(1);
    const {code, stdout} = await place.strata('run', 'a.yaml');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      `everything was cached (7 stages): outputs/pictures/${before[0]!}`,
    );
    const {events, outcomes} = await place.run('a.yaml');
    expect(worked(outcomes)).toEqual({});
    expect(events.map(e => e.type)).toEqual([
      'run-started',
      ...Array.from({length: 7}, () => 'stage-finished'),
      'run-finished',
    ]);
    expect(place.runs('pictures')).toEqual(before);
  });

  test('a changed parameter runs its stage and what depends on it, and says which and why', async () => {
    const {code, stdout} = await place.strata('run', 'a.yaml', 'params.k=5');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^overlap +ran +\S+ m?s {2}params\.k 10 -> 5$/m);
    expect(stdout).toMatch(/^figure +ran +\S+ m?s {2}overlap changed$/m);
    expect(stdout.match(/^\S+ +ran /gm)).toHaveLength(2);
    expect(stdout).toContain('\n6 cached, 2 ran in ');
  });

  test('back at the earlier value nothing runs, and the record tells of that value', async () => {
    expect(worked(await place.outcomes('a.yaml'))).toEqual({});
    expect(place.record('pictures').stages['overlap']!.record!['params']).toMatchObject({k: 10});
  });

  test('an added stage runs alone', async () => {
    write(['  figure:', '  spread: {stage: metric, metric: anisotropy, from: hidden}\n  figure:']);
    expect(worked(await place.outcomes('b.yaml'))).toEqual({spread: 'ran'});
  });

  test('other labels are nothing new but to a figure, which shows those of its tables', async () => {
    write(['pixels', 'px'], ['hidden', 'h']);
    expect(worked(await place.outcomes('b.yaml'))).toEqual({});
    write(['overlap', 'agreement'], ['metric: neighborhood-agreement', 'metric: neighborhood-overlap']);
    expect(worked(await place.outcomes('b.yaml'))).toEqual({figure: 'ran'});
  });

  test('without a stage, the others are as they were', async () => {
    write(['  figure: {stage: plot, plot: profile, from: [id, overlap]}\n', '']);
    expect(worked(await place.outcomes('b.yaml'))).toEqual({});
  });

  test('another way of writing the same is nothing new', async () => {
    const text = `# a comment
stages:
  figure:
    from:
      - id
      - overlap
    plot: profile
    stage: plot
  overlap: {k: 10, with: labels, from: hidden, metric: neighborhood-overlap, stage: metric}
  id: {stage: metric, metric: twonn, from: {from: scales}, estimator: regression, fraction: 9.0e-1}
  scales: {stage: decimate, from: hidden, fractions: [1.0, 0.50], repeats: 2}
  hidden:
    stage: extract # what the model makes of it
    from: [pixels]
    model: models/shapes-vit/final.onnx
    layers:
      - "blocks.1"
      - norm
  pixels: {stage: preprocess, from: shapes, preset: 'auto', model: ./models/../models/shapes-vit/final.onnx}
  shapes: {stage: load, source: shapes, n: 72}
name: pictures
strata: 1
`;
    place.write('b.yaml', text);
    expect(worked(await place.outcomes('b.yaml'))).toEqual({});
  });

  test('another place and another name of the model file are nothing new', async () => {
    cpSync(place.path('models/shapes-vit'), place.path('elsewhere/nets'), {recursive: true});
    renameSync(place.path('elsewhere/nets/final.onnx'), place.path('elsewhere/nets/my.onnx'));
    place.write('elsewhere/c.yaml', PICTURES.replace('models/shapes-vit/final.onnx', 'nets/my.onnx'));
    expect(worked(await place.outcomes('elsewhere/c.yaml'))).toEqual({});
  });

  test('an added layer is the only one that is extracted and measured', async () => {
    write(['[blocks.1, norm]', '[blocks.1, blocks.4, norm]']);
    const {events, units, outcomes} = await place.run('b.yaml');
    expect(worked(outcomes)).toEqual({
      hidden: 'ran',
      scales: 'ran',
      'hidden~neighbors': 'ran',
      id: 'ran',
      overlap: 'ran',
      figure: 'ran',
    });
    // The last two do not wait for each other.
    expect([...units.slice(0, 2), ...units.slice(2).sort()]).toEqual([
      'hidden/blocks.4',
      'hidden~neighbors/blocks.4',
      'id/blocks.4',
      'overlap/blocks.4',
    ]);
    const started = events.flatMap(e => (e.type === 'stage-started' && e.units > 1 ? [e] : []));
    expect(started.sort((a, b) => (a.stage < b.stage ? -1 : 1))).toMatchObject([
      {stage: 'hidden', units: 3, cachedUnits: 2},
      {stage: 'hidden~neighbors', units: 3, cachedUnits: 2},
      {stage: 'id', units: 3, cachedUnits: 2},
      {stage: 'overlap', units: 3, cachedUnits: 2},
    ]);
    expect(place.record('pictures').stages['hidden']!.units).toEqual({ran: 1, cached: 2});
  });

  test('a larger k makes the shared neighbour table anew; who needs a smaller one is not run', async () => {
    const {outcomes, units} = await place.run('a.yaml', 'params.k=40');
    expect(worked(outcomes)).toEqual({'hidden~neighbors': 'ran', overlap: 'ran', figure: 'ran'});
    expect(units.filter(u => u.startsWith('id/'))).toEqual([]);
    expect(units.filter(u => u.startsWith('hidden~neighbors/'))).toHaveLength(2);
  });

  test('how many samples go through the model at once is not part of the question', async () => {
    write(['pool: cls', 'pool: cls, batch: 7']);
    expect(worked(await place.outcomes('b.yaml'))).toEqual({});
  });

  test('another seed runs what draws, and what depends on that', async () => {
    write(['seed: 0', 'seed: 7']);
    const {outcomes, reasons} = await place.run('b.yaml');
    // The pictures have a seed of their own; that of the experiment is for samples of them.
    expect(worked(outcomes)).toEqual({scales: 'ran', id: 'ran', figure: 'ran'});
    expect(reasons['scales']).toBe('seed changed');
    expect(reasons['id']).toBe('scales changed: subsets');
  });

  test('where the draw makes no difference, the rest stands', async () => {
    const all: [string, string] = ["n: '${params.n}'", "n: '${params.n}', sample: {n: '${params.n}'}"];
    write(all);
    expect(worked(await place.outcomes('b.yaml'))).toMatchObject({
      shapes: 'ran',
      hidden: 'cut-off',
      overlap: 'cut-off',
    });
    write(all, ['seed: 0', 'seed: 7']);
    const {outcomes, reasons} = await place.run('b.yaml');
    expect(worked(outcomes)).toEqual({
      shapes: 'ran',
      pixels: 'cut-off',
      hidden: 'cut-off',
      'hidden~neighbors': 'cut-off',
      overlap: 'cut-off',
      scales: 'cut-off',
      id: 'cut-off',
      figure: 'cut-off',
    });
    expect(reasons).toEqual({shapes: 'seed changed'});
  });
});

describe('an experiment on a file of numbers', () => {
  const place = new Workplace();
  afterAll(() => place.remove());
  const csv = matrixCsv(60);
  beforeAll(async () => {
    place.write('a.yaml', MATRIX);
    place.write('data.csv', csv);
    expect((await place.run('a.yaml')).code).toBe(0);
  });

  test('a file that was only touched is nothing new', async () => {
    utimesSync(place.path('data.csv'), 1, 2);
    expect(worked(await place.outcomes('a.yaml'))).toEqual({});
  });

  test('the same numbers written in another way are read, and nothing after that', async () => {
    const rewritten = csv.replace(/0\.(\d)(\d+)/g, '$1.$2e-1').replaceAll(',', ' , ');
    expect(rewritten).not.toBe(csv);
    place.write('data.csv', rewritten);
    const {outcomes, reasons} = await place.run('a.yaml');
    expect(outcomes).toEqual({
      data: 'ran',
      scales: 'cut-off',
      'data~neighbors': 'cut-off',
      id: 'cut-off',
      overlap: 'cut-off',
    });
    expect(reasons).toEqual({data: 'params.path: file changed'});
  });

  test('a sample that takes every row changes nothing after it', async () => {
    place.write('b.yaml', MATRIX.replace('label: class', 'label: class, sample: {n: 60, by: class}'));
    const {stdout} = await place.strata('run', 'b.yaml');
    expect(stdout).toMatch(/^data +ran +\S+ m?s {2}params\.sample\.n null -> 60$/m);
    expect(stdout).toMatch(/^scales +cut-off$/m);
    expect(stdout).toContain('\n0 cached, 1 ran, 4 cut off in ');
  });

  test('one changed digit runs everything that depends on it', async () => {
    const at = csv.indexOf('\n', 100) - 5;
    const digit = csv[at] === '1' ? '2' : '1';
    place.write('data.csv', csv.slice(0, at) + digit + csv.slice(at + 1));
    const {outcomes, reasons} = await place.run('a.yaml');
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['ran']));
    expect(reasons['data']).toBe('params.path: file changed');
    expect(reasons['id']).toBe('scales changed: samples, input');
  });

  test('a result whose blob is gone is made again', async () => {
    const [part] = place.record('matrix').stages['id']!.parts;
    rmSync(place.path(`outputs/.store/objects/${part!.blob.slice(0, 2)}/${part!.blob.slice(2)}`));
    const {outcomes, reasons} = await place.run('a.yaml');
    // A table of more neighbours is there, and serves as well.
    expect(worked(outcomes)).toEqual({id: 'ran'});
    expect(reasons['id']).toBe('its result is no longer in the store');
  });

  test('without the store everything runs again and comes out the same', async () => {
    const before = place.digests('matrix');
    rmSync(place.path('outputs/.store'), {recursive: true});
    expect(new Set(Object.values(await place.outcomes('a.yaml')))).toEqual(new Set(['ran']));
    expect(place.digests('matrix')).toEqual(before);
  });

  test('what a run leaves for people may be edited; the store is not what they edit', async () => {
    const copy = place.path('outputs/matrix/latest/tables/id.parquet');
    const before = readFileSync(copy);
    place.write('outputs/matrix/latest/tables/id.parquet', 'mine');
    expect(worked(await place.outcomes('a.yaml', 'params.k=11'))).toEqual({overlap: 'ran'});
    expect(readFileSync(copy)).toEqual(before);
  });
});
