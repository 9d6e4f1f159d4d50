import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {codes, experiment, FOLDER, load, problems, stage, type Around} from './load-text.js';

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
    expect(stage(load(BASE, ['stages.copy.scale=1e-1']), 'copy').params['scale']).toBe(0.1);
    expect(load(BASE, ['name=012']).name).toBe('012');
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

describe('what is added', () => {
  test('is a parameter, a stage, or what lies below maps that are not there', () => {
    const loaded = load(BASE, [
      '+params.m=1e2',
      '+params.new.very.deep=[a]',
      '+stages.more={stage: metric, metric: twonn, from: hidden}',
      '+stages.step.stage=preprocess',
      '+stages.step.from=photos',
      '+description=new',
      '+stages.hidden.pool=cls',
    ]);
    expect(loaded.params).toMatchObject({m: 100, new: {very: {deep: ['a']}}});
    expect(loaded.description).toBe('new');
    expect([...loaded.stages.keys()].slice(-2)).toEqual(['more', 'step']);
    expect(stage(loaded, 'hidden').params['pool']).toBe('cls');
  });

  test('is there for the words after it', () => {
    expect(load(BASE, ['+params.m=1', 'params.m=2']).params['m']).toBe(2);
    expect(codes(BASE, ['+params.m=1', '+params.m=2'])).toEqual(['E704']);
    expect(codes(BASE, ['params.m=2', '+params.m=1'])).toEqual(['E702']);
  });

  test('either way, if "++" says so', () => {
    const {params} = load(BASE, [
      '++params.n=1',
      '++params.m=2',
      '++params.deep.a.b=3',
      '++params.deep.c.d=4',
    ]);
    expect(params).toMatchObject({n: 1, m: 2, deep: {a: {b: 3}, c: {d: 4}}});
  });

  test('to a list comes at its end, and keeps what is written there', () => {
    expect(load(BASE, ['params.list+=[4, [5]]', 'params.list+=[]']).params['list']).toEqual([
      1,
      2,
      3,
      4,
      [5],
    ]);
    expect(load(BASE, ['params.list=[a]', 'params.list+=["b,c", "${params.n}"]']).params['list']).toEqual([
      'a',
      'b,c',
      5,
    ]);
    const word = 'stages.figure.from+=[id]';
    const {stages} = load(
      experiment(
        '  id: {stage: metric, metric: twonn, from: hidden}\n  gt: {stage: metric, metric: overlap, from: hidden, k: 1}\n  figure: {stage: plot, plot: profile, from: [gt]}',
      ),
      [word],
    );
    expect(stages.get('figure')!.from).toEqual({data: ['gt', 'id']});
  });
});

describe('what is taken away', () => {
  test('leaves the default, or nothing', () => {
    const loaded = load(BASE, [
      '~seed',
      '~stages.copy.scale',
      '~params.deep.a',
      '~stages.merged',
      '~params.list.1',
    ]);
    expect(loaded.seed).toBe(0);
    expect(stage(loaded, 'copy').params['scale']).toBe(1);
    expect(stage(loaded, 'other').params['scale']).toBe(2);
    expect(loaded.params).toMatchObject({deep: {}, list: [1, 3]});
    expect(loaded.stages.has('merged')).toBe(false);
  });

  test('may be put back', () =>
    expect(load(BASE, ['~params.n', '+params.n=6']).params).toMatchObject({n: 6, ref: 6}));
});

describe('a file of overrides', () => {
  const from = (text: string): Around => ({files: {'sets/list.txt': text}, overrideFiles: ['sets/list.txt']});

  test('has one a line, and comments', () => {
    const around = from(
      `\ufeff# what is varied
params.n=7

  +params.m=1 # a comment
params.list+=[4] # another
params.deep={a: "# none"}   # but this
~stages.merged # gone
`.replaceAll('\n', '\r\n'),
    );
    const loaded = load(BASE, [], around);
    expect(loaded.params).toMatchObject({n: 7, m: 1, list: [1, 2, 3, 4], deep: {a: '# none'}});
    expect(loaded.stages.has('merged')).toBe(false);
  });

  test('a # within a word is part of it', () =>
    expect(load(BASE, [], from('params.n=a#b')).params['n']).toBe('a#b'));

  test('comes before the words of the command line', () =>
    expect(load(BASE, ['params.n=8'], from('params.n=7\n+params.m=6')).params).toMatchObject({n: 8, m: 6}));

  test('has paths that are relative to it', () =>
    expect(stage(load(BASE, [], from('stages.photos.path=../x')), 'photos').params['path']).toBe(
      join(FOLDER, 'x'),
    ));

  test('is where its mistakes are', () => {
    const [first, second] = problems(BASE, [], from('# one\n\n  params.nn=1\nparams.list=[1\n'));
    const file = join(FOLDER, 'sets/list.txt');
    expect(first?.place).toEqual({file, line: 3, col: 10, width: 2, text: '  params.nn=1'});
    expect(second?.place).toMatchObject({file, line: 4});
  });

  test('that is not there is told', () => {
    const [only] = problems(BASE, [], {overrideFiles: ['sets/none.txt']});
    expect(only).toMatchObject({code: 'E705', hint: `looked for ${join(FOLDER, 'sets/none.txt')}`});
  });
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
    ['params.n+=[1]', 'E704'],
    ['params.list+=1', 'E703'],
    ['params.none+=[1]', 'E702'],
    ['stages.hidden.layers+=[a]', 'E704'],
    ['+params.n=1', 'E704'],
    ['+params.deep.a={c: 1}', 'E704'],
    ['+params.list.3=4', 'E702'],
    ['++params.list.3=4', 'E702'],
    ['+params.n.x=4', 'E702'],
    ['++stages=4', 'E106'],
    ['+stages.new=[1]', 'E106'],
    ['~params.m', 'E702'],
    ['~seed.x', 'E702'],
    ['~description', 'E702'],
    ['~stages.hidden.pool', 'E702'],
    ['~params.n=5', 'E701'],
    ['~params.n+=[5]', 'E701'],
    ['~', 'E701'],
    ['+++params.m=1', 'E701'],
    ['+params.list+=[1]', 'E701'],
    ['+params.m', 'E701'],
    ['extends=base.yaml', 'E702'],
    ['+extends=base.yaml', 'E702'],
    ['++env=[HOME]', 'E702'],
    ['~env', 'E702'],
    ['params.n=range(5, 1)', 'E130'],
    ['params.n=glob(*.onnx)', 'E130'],
    ['+params.m=range(1, 5)', 'E703'],
    ['params.n=[1],[2]', 'E703'],
    ['params.n={a:1}', 'E703'],
    ['++params.n=1,2', 'E703'],
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
