import fc from 'fast-check';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Experiment} from '../../src/config/experiment.js';
import {render} from '../../src/config/render.js';
import {originOf, resolved, resolvedLines} from '../../src/config/resolved.js';
import {CATALOGUE} from './catalogue.js';
import {experiment, FOLDER, load} from './load-text.js';

const textOf = (loaded: Experiment): string =>
  resolvedLines(loaded, CATALOGUE)
    .map(line => `${line.text}\n`)
    .join('');

const BASE = experiment(
  `  pixels: {stage: preprocess, from: photos, size: [96, 96], preset: ./auto}
  id: {stage: metric, metric: twonn, from: {data: hidden}, k: all}
  gt: {stage: metric, metric: overlap, from: {other: hidden, data: hidden}, k: "\${env:K}"}
  figure: {stage: plot, plot: profile, from: [id, gt], title: "012"}
  files: {stage: load, source: idx, images: "\${params.root}/i", shards: [a, b], rename: {x: "\${name}", "y z": "\$\${x}", 1: "2"}}`,
  'env: [K, ROOT]\nparams: {root: "${env:ROOT}", maps: [{a: 1}, {b: [~, {}]}], n: 3}',
);
const TEXT = `extends: base.yaml
name: resolved
params: {n: 4}
stages:
  photos: {sample: {n: "\${params.n}"}}
`;
const loaded = load(TEXT, ['stages.hidden.tag="a: b"', 'stages.pixels.size.1=48', '+seed=9'], {
  files: {'base.yaml': BASE},
  env: {K: '7', ROOT: '/data'},
});

describe('a resolved experiment', () => {
  test('is a file with all that was left out, in a fixed order', () =>
    expect(textOf(loaded).replaceAll(FOLDER, 'FOLDER')).toBe(
      `strata: 1
name: resolved
description: null
seed: 9
params:
  maps:
    -
      a: 1
    -
      b:
        - null
        - {}
  n: 4
  root: /data
stages:
  photos:
    stage: load
    source: image-folder
    path: FOLDER/photos
    sample:
      n: 4
      by: random
  hidden:
    stage: extract
    from: photos
    model: FOLDER/vit.onnx
    layers: blocks
    pool: mean
    tag: "a: b"
  pixels:
    stage: preprocess
    from: photos
    size:
      - 96
      - 48
    scale: 1
    grey: false
    preset: FOLDER/auto
  id:
    stage: metric
    metric: twonn
    from: hidden
    discard: 0.1
    k: all
  gt:
    stage: metric
    metric: overlap
    from:
      data: hidden
      other: hidden
    k: 7
  figure:
    stage: plot
    plot: profile
    from: [id, gt]
    title: "012"
    step: 1
    series: auto
  files:
    stage: load
    source: idx
    images: /data/i
    labels: null
    shards: [FOLDER/a, FOLDER/b]
    rename:
      "1": "2"
      x: resolved
      y z: "$\${x}"
`.replace('y z:', '"y z":'),
    ));

  test('is the same experiment, and itself resolved', () => {
    const again = load(textOf(loaded));
    const {origins, ...data} = loaded;
    const {origins: others, ...same} = again;
    expect(same).toEqual(data);
    expect(JSON.stringify([...same.stages])).toBe(JSON.stringify([...data.stages]));
    expect(others.has(['stages', 'gt', 'k']) && origins.has(['stages', 'gt', 'k'])).toBe(true);
    expect(resolved(again, CATALOGUE)).toEqual(resolved(loaded, CATALOGUE));
  });

  test('knows where each of its values came from', () => {
    const from = (path: string, map = false): unknown => {
      const origin = originOf(loaded, path.split('.'), map);
      if (origin.from !== 'file') return Object.values(origin).join(' ');
      const {file, line, col} = origin.place;
      return `${file.replace(`${FOLDER}/`, '')}:${line}:${col}`;
    };
    expect(from('strata')).toBe('base.yaml:1:9');
    expect(from('name')).toBe('experiment.yaml:2:7');
    expect(from('description')).toBe('default');
    expect(from('seed')).toBe('override +seed=9');
    expect(from('params.root')).toBe('environment ROOT');
    expect(from('stages.gt.k')).toBe('environment K');
    expect(from('stages.photos', true)).toBe('base.yaml:6:3');
    expect(from('stages.photos.sample', true)).toBe('experiment.yaml:5:12');
    expect(from('stages.photos.sample.n')).toBe('experiment.yaml:3:13');
    expect(from('stages.photos.sample.by')).toBe('default');
    expect(from('stages.pixels.size.0')).toBe('base.yaml:8:52');
    expect(from('stages.pixels.size.1')).toBe('override stages.pixels.size.1=48');
    expect(from('stages.figure.step')).toBe('default');
  });
});

describe('any data', () => {
  const text = fc.oneof(
    fc.string({unit: 'binary', maxLength: 8}),
    fc.constantFrom(
      'null',
      '~',
      '012',
      '1e3',
      '-',
      '- a',
      'a: b',
      'a #b',
      '${x}',
      '$${x}',
      '${',
      '<<',
      '.nan',
      '.5',
      '0x1',
      'true',
      '"',
      "'",
      '\\',
      '\u2028',
      '...',
      '---',
      '*a',
      '&a',
      '!a',
      '%a',
      '@',
      ' a ',
      '',
      './',
      '../x',
    ),
  );
  const key = text.filter(word => word !== '' && word.length < 1000);
  const number = fc.oneof(
    fc.double({noNaN: true, noDefaultInfinity: true}),
    fc.maxSafeInteger(),
    fc.constant(-0),
  );
  const {data} = fc.letrec(tie => ({
    data: fc.oneof(
      {depthSize: 'small', withCrossShrink: true},
      text,
      number,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('data'), {maxLength: 4}),
      fc.dictionary(key, tie('data'), {maxKeys: 4}),
    ),
  }));

  test('is read back as it was', () =>
    fc.assert(
      fc.property(data, fc.boolean(), (value, spread) => {
        // Integers past 2^53 are refused wherever they are written; as the result of reading they cannot arise.
        fc.pre(!JSON.stringify(value).match(/\d{17}/));
        const lines = render({params: {value}}, () => spread).map(line => `${line.text}\n`);
        const {value: same} = load(experiment('', lines.join(''))).params;
        expect(same).toEqual(value);
      }),
      {numRuns: 600, seed: 5},
    ));
});

test('paths that were relative are not any more', () => {
  const {stages} = load(textOf(loaded).replaceAll(FOLDER, join(FOLDER, 'else')));
  expect(stages.get('files')!.params['shards']).toEqual([join(FOLDER, 'else/a'), join(FOLDER, 'else/b')]);
});
