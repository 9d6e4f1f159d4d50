import {Ajv2020} from 'ajv/dist/2020.js';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {loadExperiment} from '../../src/config/load.js';
import {printDiagnostics} from '../../src/diagnostics/print.js';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import type {Validate} from '../../src/config/catalogue.js';
import {CATALOGUE, validate} from './catalogue.js';
import {codes, experiment, FOLDER, load, problems} from './load-text.js';

describe('an experiment', () => {
  test('is pure data, in the order of the file', () => {
    const {origins, ...data} = load(`strata: 1
name: twonn-study
description: How many dimensions?
seed: 3
params: {n: 100}
stages:
  id: {stage: metric, metric: twonn, from: hidden}
  photos: {stage: load, source: image-folder, path: ../photos, sample: {n: "\${params.n}"}}
  hidden: {stage: extract, from: {data: photos}, model: vit.onnx}
  gt: {stage: metric, metric: overlap, k: 30, from: {other: hidden, data: [hidden]}}
  figure: {stage: plot, plot: profile, from: [id, gt]}
`);
    expect(origins.key(['stages', 'id']).line).toBe(7);
    expect({...data, stages: [...data.stages.values()]}).toEqual({
      strata: 1,
      name: 'twonn-study',
      description: 'How many dimensions?',
      seed: 3,
      params: {n: 100},
      file: join(FOLDER, 'experiment.yaml'),
      stages: [
        {
          label: 'id',
          kind: 'metric',
          name: 'twonn',
          params: {discard: 0.1, k: 'all'},
          paths: [],
          from: {data: ['hidden']},
        },
        {
          label: 'photos',
          kind: 'load',
          name: 'image-folder',
          params: {path: join(FOLDER, '../photos'), sample: {n: 100, by: 'random'}},
          paths: [{at: ['path'], kind: 'folder', path: join(FOLDER, '../photos')}],
          from: {},
        },
        {
          label: 'hidden',
          kind: 'extract',
          name: null,
          params: {model: join(FOLDER, 'vit.onnx'), layers: 'blocks', pool: 'mean'},
          paths: [{at: ['model'], kind: 'model', path: join(FOLDER, 'vit.onnx')}],
          from: {data: ['photos']},
        },
        {
          label: 'gt',
          kind: 'metric',
          name: 'overlap',
          params: {k: 30},
          paths: [],
          from: {data: ['hidden'], other: ['hidden']},
        },
        {
          label: 'figure',
          kind: 'plot',
          name: 'profile',
          params: {title: undefined, step: 1, series: 'auto'},
          paths: [],
          from: {data: ['id', 'gt']},
        },
      ],
    });
  });

  test('has a seed of 0 and no description unless it says so', () =>
    expect(load(experiment('', 'description:'))).toMatchObject({seed: 0, description: null, params: {}}));

  test('may be written with anchors and merged maps', () => {
    const {stages} = load(
      experiment(`  a: &a {stage: preprocess, from: photos, scale: 2, size: &size [1, 2]}
  b: {<<: *a, scale: 3}
  c: {<<: [{size: 5}, *a], grey: true}
  d: {stage: preprocess, from: photos, size: *size}`),
    );
    expect(
      ['a', 'b', 'c', 'd'].map(label => [
        stages.get(label)!.params['scale'],
        stages.get(label)!.params['size'],
      ]),
    ).toEqual([
      [2, [1, 2]],
      [3, [1, 2]],
      [2, 5],
      [1, [1, 2]],
    ]);
  });

  test('may be written with CRLF and a byte order mark, and its mistakes are where they are', () => {
    const text = experiment('  x: {stage: preprocess, from: photos, scale: abc}').replaceAll('\n', '\r\n');
    const [only] = problems(`\ufeff${text}`);
    expect(only?.place).toMatchObject({
      line: 7,
      col: 47,
      width: 3,
      text: '  x: {stage: preprocess, from: photos, scale: abc}',
    });
  });

  test('is read by YAML 1.2 whatever version it claims', () =>
    expect(load(`%YAML 1.1\n---\n${experiment('', 'params: {a: yes, b: 010, c: 1:30}')}`).params).toEqual({
      a: 'yes',
      b: 10,
      c: '1:30',
    }));
});

describe('origins', () => {
  const loaded = load(
    experiment('  x: {stage: preprocess, from: [photos], scale: "${params.s}"}', 'params: {s: 2}'),
    ['stages.hidden.pool=cls', 'stages.photos.sample.n=5'],
  );
  const {origins} = loaded;
  const file = join(FOLDER, 'experiment.yaml');

  test.each([
    [['stages', 'x', 'from', 0], {file, line: 7, col: 33, width: 6}],
    [['stages', 'x', 'from'], {file, line: 7, col: 32, width: 8}],
    [['params', 's'], {file, line: 3, col: 13, width: 1}],
    [['stages', 'x', 'scale'], {file, line: 3, col: 13, width: 1}],
    [['stages', 'x', 'grey'], {file, line: 7, col: 3, width: 1}],
    [['stages', 'hidden', 'pool'], {file: 'command line', line: 1, col: 20, width: 3}],
    [['stages', 'photos', 'sample', 'n'], {file: 'command line', line: 2, col: 24, width: 1}],
    [['stages', 'photos', 'sample', 'by'], {file: 'command line', line: 2, col: 15, width: 6}],
  ])('the value of %j', (path, place) => expect(origins.value(path)).toMatchObject(place));

  test.each([
    [['stages', 'x', 'scale'], {line: 7, col: 42, width: 5}],
    [['stages', 'x'], {line: 7, col: 3, width: 1}],
    [['stages', 'x', 'from', 0], {line: 7, col: 33, width: 6}],
    [['stages', 'x', 'grey'], {line: 7, col: 3, width: 1}],
  ])('the key of %j', (path, place) => expect(origins.key(path)).toMatchObject(place));
});

describe('a file that cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strata-load-'));
  const told = (file: string): string => {
    try {
      loadExperiment({
        file,
        overrides: [],
        overrideFiles: [],
        cwd: folder,
        env: {},
        catalogue: CATALOGUE,
        validate,
      });
    } catch (error) {
      if (error instanceof StrataError)
        return printDiagnostics(error.diagnostics, folder).replaceAll(folder, '');
      throw error;
    }
    throw new Error('it was read');
  };

  test('is told with where it was looked for', () =>
    expect(told('nope.yaml')).toBe('E009  there is no file nope.yaml\n   looked for /nope.yaml\n'));
  test('or that it is a folder', () => expect(told('.')).toBe('E009  . cannot be read: it is a folder\n'));
  test('or that it is empty', () => {
    writeFileSync(join(folder, 'empty.yaml'), '');
    expect(told('empty.yaml')).toBe('E009 empty.yaml:1:1  the file has nothing in it\n   1 |\n     | ~\n');
  });
});

test('text that would exhaust the parser is refused before it does', () => {
  for (const text of ['['.repeat(50_000), '- '.repeat(50_000), '{a: '.repeat(50_000), '? '.repeat(50_000)]) {
    expect(codes(text)).toEqual(['E007']);
  }
});

test('a map that fits two branches of which one is meant is told as such', () => {
  const branch = {type: 'object', properties: {n: {type: 'integer'}}};
  const params = {type: 'object', properties: {sample: {oneOf: [branch, {...branch, required: ['n']}]}}};
  const catalogue = {
    stages: [{kind: 'load', name: null, nameKey: null, params, inputs: {}, output: 'images'}],
  };
  const check = new Ajv2020({allErrors: true}).compile(params);
  const file = join(FOLDER, 'two.yaml');
  writeFileSync(file, 'strata: 1\nname: two\nstages:\n  x: {stage: load, sample: {n: 3}}\n');
  const two: Validate = (_, value) => (check(value) ? [] : (check.errors ?? []));
  expect(() =>
    loadExperiment({file, overrides: [], overrideFiles: [], cwd: FOLDER, env: {}, catalogue, validate: two}),
  ).toThrow('E106 parameter "sample": expected a map, got a map');
});
