import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {CWD, experiment, FOLDER, load, stage} from './load-text.js';

const pathOf = (written: string, params = '', overrides: string[] = []): unknown =>
  stage(
    load(experiment(`  x: {stage: load, source: image-folder, path: ${written}}`, params), overrides),
    'x',
  ).params['path'];

const DATA = 'params: {root: data, abs: /data, part: mnist}';

describe('a path is relative to who wrote it', () => {
  test('the file', () => {
    expect(pathOf('a/b')).toBe(join(FOLDER, 'a/b'));
    expect(pathOf('../a')).toBe(join(FOLDER, '../a'));
    expect(pathOf('/a//b/')).toBe('/a/b');
  });

  test('the working directory, if that is an override', () =>
    expect(pathOf('a', '', ['stages.x.path=../b'])).toBe(join(CWD, '../b')));

  test('whoever set the parameter that is referred to', () => {
    expect(pathOf('"${params.root}"', DATA)).toBe(join(FOLDER, 'data'));
    expect(pathOf('"${params.root}"', DATA, ['params.root=here'])).toBe(join(CWD, 'here'));
  });

  test('of a composed path, whoever wrote its first fragment', () => {
    expect(pathOf('"${params.root}/x"', DATA, ['params.root=here'])).toBe(join(CWD, 'here/x'));
    expect(pathOf('"x/${params.part}"', DATA, ['params.part=y'])).toBe(join(FOLDER, 'x/y'));
    expect(pathOf('"${params.root}/${params.part}"', DATA, ['params.part=y'])).toBe(join(FOLDER, 'data/y'));
    expect(
      pathOf('"${params.root}/x"', 'params: {root: "${params.base}/y", base: z}', ['params.base=w']),
    ).toBe(join(CWD, 'w/y/x'));
    expect(pathOf('a', DATA, ['stages.x.path=${params.root}/x'])).toBe(join(FOLDER, 'data/x'));
    expect(pathOf('a', DATA, ['stages.x.path=x/${params.root}'])).toBe(join(CWD, 'x/data'));
  });

  test('addresses stay as they are', () => {
    const address = 'https://example.org/a/../m.onnx#sha256=00';
    expect(pathOf(`"${address}"`)).toBe(address);
    expect(pathOf('hf://owner/repo/file@main')).toBe('hf://owner/repo/file@main');
  });
});

test('paths in lists and unions are paths, words that stand for something else are not', () => {
  const {stages} = load(
    experiment(`  x: {stage: load, source: idx, images: i, labels: l, shards: [s0, /s1]}
  y: {stage: preprocess, from: x, preset: auto}
  z: {stage: preprocess, from: x, preset: ./auto}`),
  );
  const paths = [...stages.values()].map(({label, paths: all}) => [
    label,
    all.map(p => [p.at.join('.'), p.kind, p.path]),
  ]);
  const within = (path: string): string => join(FOLDER, path);
  expect(Object.fromEntries(paths)).toEqual({
    photos: [['path', 'folder', within('photos')]],
    hidden: [['model', 'model', within('vit.onnx')]],
    x: [
      ['images', 'file', within('i')],
      ['labels', 'file', within('l')],
      ['shards.0', 'file', within('s0')],
      ['shards.1', 'file', '/s1'],
    ],
    y: [],
    z: [['preset', 'model-config', within('auto')]],
  });
  expect(stages.get('x')!.params).toMatchObject({labels: within('l'), shards: [within('s0'), '/s1']});
});
