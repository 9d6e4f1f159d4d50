import {describe, expect, test} from 'vitest';
import {codes, experiment, load, problems, stage} from './load-text.js';

const BASE = experiment(
  `  pixels: {stage: preprocess, from: photos, size: [224, 224]}
  copy: &copy {stage: preprocess, from: photos, scale: 2}
  other: *copy
  merged: {<<: *copy, grey: true}`,
  'seed: 1\nparams: {n: 5, list: [1, 2, 3], deep: {a: {b: 1}}, ref: "${params.n}"}',
);

describe('an override', () => {
  test('sets what is there, typed by the schema', () => {
    const loaded = load(BASE, [
      'params.n=1e-3',
      'stages.hidden.pool=cls',
      'stages.copy.scale=0.5',
      'seed=9',
      'name=new',
    ]);
    expect(loaded).toMatchObject({name: 'new', seed: 9, params: {n: 0.001, ref: 0.001}});
    expect(stage(loaded, 'hidden').params['pool']).toBe('cls');
    expect(stage(loaded, 'copy').params['scale']).toBe(0.5);
    expect(stage(load(BASE, ['stages.hidden.tag=012']), 'hidden').params['tag']).toBe('012');
  });

  test('changes no other value that is written once and used twice', () => {
    const loaded = load(BASE, ['stages.copy.scale=3']);
    expect(['copy', 'other', 'merged'].map(label => stage(loaded, label).params['scale'])).toEqual([3, 2, 2]);
  });

  test('reaches into lists and maps', () => {
    expect(load(BASE, ['params.list.1=x', 'params.deep.a.b=[1]']).params).toMatchObject({
      list: [1, 'x', 3],
      deep: {a: {b: [1]}},
    });
    expect(stage(load(BASE, ['stages.pixels.size.0=96']), 'pixels').params['size']).toEqual([96, 224]);
  });

  test('sets parameters of a stage that the file leaves to their defaults', () => {
    const loaded = load(BASE, [
      'stages.photos.sample.n=3',
      'stages.pixels.grey=true',
      'description=some words',
    ]);
    expect(stage(loaded, 'photos').params['sample']).toEqual({n: 3, by: 'random'});
    expect(stage(loaded, 'pixels').params['grey']).toBe(true);
    expect(loaded.description).toBe('some words');
  });

  test.each([
    ['params.n=[1, a, "b,c"]', [1, 'a', 'b,c']],
    ['params.n={a: 1, b: [2]}', {a: 1, b: [2]}],
    ['params.n="1,2"', '1,2'],
    ["params.n='a b'", 'a b'],
    ['params.n=a b # c: d', 'a b # c: d'],
    ['params.n=*.act', '*.act'],
    ['params.n=a=b', 'a=b'],
    ['params.n= 5 ', 5],
    ['params.n=', null],
    ['params.n=""', ''],
    ['params.n=-1', -1],
    ['params.n=${params.list}', [1, 2, 3]],
    ['params.n=["${name}"]', ['test']],
  ])('%s', (word, expected) => expect(load(BASE, [word]).params['n']).toEqual(expected));

  test('on the same path as another: the last wins', () =>
    expect(load(BASE, ['params.n=1', 'params.n=2']).params['n']).toBe(2));

  test('may replace a whole map, and then reach into it', () =>
    expect(load(BASE, ['params.deep={c: 1}', 'params.deep.c=2']).params['deep']).toEqual({c: 2}));
});

describe('what an override may not do', () => {
  test.each([
    ['params.m=1', 'E702'],
    ['params.deep.x.y=1', 'E702'],
    ['params.list.3=1', 'E702'],
    ['params.list.-1=1', 'E702'],
    ['params.n.x=1', 'E702'],
    ['stages.nope.k=1', 'E702'],
    ['stages.nope={stage: preprocess, from: photos}', 'E702'],
    ['sed=1', 'E702'],
    ['params', 'E701'],
    ['params.n', 'E701'],
    ['.n=1', 'E701'],
    ['params.n+=[1]', 'E701'],
    ['+params.n=1', 'E701'],
    ['params.n=1,2', 'E703'],
    ['params.n=[1', 'E703'],
    ['params.n="a" b', 'E703'],
    ['params.n=[a]\n---\nb', 'E703'],
  ])('%s', (word, code) => expect(codes(BASE, [word])).toEqual([code]));
});

test('the place of a mistake is the word, numbered among the words', () => {
  const [first, second] = problems(BASE, [
    'params.n=1',
    'stages.hidden.pool=clss',
    'stages.hidden.colr={a: 1}',
  ]);
  expect(first?.place).toEqual({
    file: 'command line',
    line: 2,
    col: 20,
    width: 4,
    text: 'stages.hidden.pool=clss',
  });
  expect(second?.place).toEqual({
    file: 'command line',
    line: 3,
    col: 15,
    width: 4,
    text: 'stages.hidden.colr={a: 1}',
  });
});

test('the place of a value within a bracketed word is its own', () => {
  const [only] = problems(BASE, ['seed=2', 'stages.pixels.size=[224, many]']);
  expect(only?.place).toMatchObject({line: 2, col: 26, width: 4, text: 'stages.pixels.size=[224, many]'});
  const [item] = problems(BASE, ['stages.photos.extensions=[".png", jpg]']);
  expect(item?.place).toMatchObject({line: 1, col: 35, width: 3});
});
