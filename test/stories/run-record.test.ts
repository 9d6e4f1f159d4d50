import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {gitState} from '../../src/runner/git-state.js';
import {Workplace, until} from '../rig/strata.js';
import {matrixCsv} from './matrix.js';

const experiment = (name: string, file: string): string => `strata: 1
name: ${name}
stages:
  data: {stage: load, source: matrix, path: ${file}, label: class}
  scales: {stage: decimate, from: data, fractions: [1, 0.5]}
`;

describe('the record of a run', () => {
  const place = new Workplace();
  afterAll(() => place.remove());
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', place.folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    }).trim();

  test('tells of the programs, the machine, and null of a repository that there is not', async () => {
    place.write('data.csv', matrixCsv(60));
    place.write('a.yaml', experiment('told', 'data.csv'));
    expect((await place.run('a.yaml')).code).toBe(0);
    const {versions, host, git: none, devices} = place.record('told');
    const {version, dependencies} = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as {version: string; dependencies: Record<string, string>};
    expect(versions).toEqual({
      ...dependencies,
      strata: version,
      node: process.versions.node,
      onnxruntime: dependencies['onnxruntime-node'],
    });
    expect(host).toMatchObject({cores: cpus().length, cpu: cpus()[0]!.model.trim()});
    expect(host['memory']).toBeGreaterThan(1e8);
    expect(none).toBeNull();
    expect(devices).toEqual({});
  });

  test('tells of the commit, the branch and the files that are not as they were committed', async () => {
    git('init', '-q', '-b', 'study');
    place.write('.gitignore', 'outputs\nmodels\n');
    expect(await gitState(place.folder)).toMatchObject({commit: null, branch: 'study'});
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    const commit = git('rev-parse', 'HEAD');
    expect(await gitState(place.folder)).toEqual({commit, branch: 'study', dirty: [], dirtyFiles: 0});
    place.write('a.yaml', experiment('told', 'data.csv').replace('0.5', '0.25'));
    place.write('with space.txt', '');
    expect((await place.run('a.yaml')).code).toBe(0);
    expect(place.record('told').git).toEqual({
      commit,
      branch: 'study',
      dirty: ['a.yaml', 'with space.txt'],
      dirtyFiles: 2,
    });
    git('checkout', '-q', '--detach');
    for (let i = 0; i < 60; i++) place.write(`more-${i}`, '');
    const state = (await gitState(place.path('experiments')))!;
    expect(state).toMatchObject({branch: null, dirtyFiles: 62});
    expect(state.dirty).toHaveLength(50);
  });

  test('tells where models ran', async () => {
    place.write(
      'model.yaml',
      `strata: 1
name: model
stages:
  shapes: {stage: load, source: shapes, n: 12}
  pixels: {stage: preprocess, from: shapes, preset: auto, model: models/shapes-vit/final.onnx}
  auto: {stage: extract, from: pixels, model: models/shapes-vit/final.onnx, layers: [norm]}
  cpu: {stage: extract, from: pixels, model: models/shapes-vit/final.onnx, layers: [norm], device: cpu}
`,
    );
    expect((await place.run('model.yaml')).code).toBe(0);
    const {devices} = place.record('model');
    expect(devices['auto']).toMatch(/^(cpu|cuda(:\d+)?)$/);
    expect(devices['cpu']).toBe('cpu');
  });
});

describe('a run whose folder cannot be written', () => {
  const place = new Workplace();
  afterAll(() => place.remove());
  beforeAll(() => {
    place.write('held.csv', matrixCsv(60));
    place.write('a.yaml', experiment('told', 'held.csv'));
  });

  test(
    'says why at its end, and does not lose what it has done',
    {skip: !existsSync('/dev/full')},
    async () => {
      const started = place.startIn({STRATA_TEST_HOLD: place.path('held.csv')}, 'run', 'a.yaml');
      await until(() => existsSync(place.path('held.csv.held')));
      const folder = `outputs/told/${place.runs('told')[0]!}`;
      rmSync(place.path(`${folder}/events.jsonl`));
      symlinkSync('/dev/full', place.path(`${folder}/events.jsonl`));
      writeFileSync(place.path('held.csv.go'), '');
      const {code, stderr} = await started.finished;
      expect(code).toBe(2);
      expect(stderr).toBe(
        `E714  cannot write to ${folder}: no space left on device
   mend it and run again: what was finished is in the store and is not done again
`,
      );
      const {outcomes} = await place.run('a.yaml');
      expect(outcomes).toEqual({data: 'cached', scales: 'cached'});
    },
  );

  test('says so too when only the last step fails', async () => {
    place.write('b.yaml', experiment('other', 'held.csv'));
    place.write('outputs/other/latest/in-the-way', '');
    const {code, stderr} = await place.strata('run', 'b.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^E714 {2}cannot write to outputs\/other\/\d{8}-\d{6}: .+\n {3}mend it and run again: /,
    );
    expect(stderr).not.toContain(' at ');
  });
});
