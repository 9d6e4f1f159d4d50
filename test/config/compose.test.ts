import {symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {codes, experiment, FOLDER, load, problems, stage, type Around} from './load-text.js';

const BASE = experiment(
  '  pixels: {stage: preprocess, from: photos, size: [96, 96], scale: 2}\n  id: {stage: metric, metric: twonn, from: hidden, discard: 0.2}',
  'seed: 4\ndescription: the base\nparams: {n: 5, list: [1, 2], deep: {a: 1, b: {c: 2, d: 3}}}',
);
const over = (files: Record<string, string> = {}): Around => ({files: {'base.yaml': BASE, ...files}});

describe('a file that extends another', () => {
  test('inherits all that it leaves out, the version and the name included', () => {
    const {origins, ...alone} = load(BASE);
    const {origins: others, ...extending} = load('extends: base.yaml', [], over());
    expect(extending).toEqual(alone);
    expect(others.value(['seed']).file).toBe(join(FOLDER, 'base.yaml'));
    expect(origins.value(['seed']).file).toBe(join(FOLDER, 'experiment.yaml'));
  });

  test('changes what it writes: maps are merged, values and lists replace, null takes away', () => {
    const loaded = load(
      `extends: base.yaml
name: other
description: ~
params:
  n: 6
  list: [3]
  deep: {a: null, b: {c: {e: 1}}, f: null}
stages:
  pixels: {size: 32, scale: null}
  id: null
  more: {stage: preprocess, from: photos}
`,
      [],
      over(),
    );
    expect(loaded).toMatchObject({name: 'other', description: null, seed: 4});
    expect(loaded.params).toEqual({n: 6, list: [3], deep: {b: {c: {e: 1}, d: 3}, f: null}});
    expect([...loaded.stages.keys()]).toEqual(['photos', 'hidden', 'pixels', 'more']);
    expect(stage(loaded, 'pixels').params).toMatchObject({size: 32, scale: 1});
  });

  test('may make a map of a value, and a value of a map', () =>
    expect(load('extends: base.yaml\nparams: {n: {a: 1}, deep: 3}', [], over()).params).toMatchObject({
      n: {a: 1},
      deep: 3,
    }));

  test('may make a stage another, if it takes away what that does not have', () => {
    const text = 'extends: base.yaml\nstages: {id: {metric: overlap, k: 3, discard: null}}';
    expect(stage(load(text, [], over()), 'id')).toMatchObject({name: 'overlap', params: {k: 3}});
    const [only] = problems(text.replace(', discard: null', ''), [], over());
    expect(only).toMatchObject({code: 'E104', place: {file: join(FOLDER, 'base.yaml')}});
    expect(only?.notes?.map(note => [note.message, note.place?.line])).toEqual([
      ['"id" is metric "overlap" by this', 2],
      ['extended by experiment.yaml', 1],
    ]);
  });

  test('is the first place that its references look into, and those of the base', () => {
    const base = experiment('', 'params: {n: "${params.m}", m: 1}');
    const {params} = load(
      'extends: base.yaml\nparams: {m: 2, k: "${params.n}"}',
      [],
      over({'base.yaml': base}),
    );
    expect(params).toEqual({n: 2, m: 2, k: 2});
  });

  test('is overridden like one file', () => {
    const loaded = load(
      'extends: base.yaml\nparams: {n: 6}',
      ['params.n=7', 'params.deep.b.c=x', '~stages.id'],
      over(),
    );
    expect(loaded.params).toMatchObject({n: 7, deep: {b: {c: 'x', d: 3}}});
    expect(loaded.stages.has('id')).toBe(false);
  });

  test('keeps the positions of what it inherits', () => {
    const text =
      'extends: base.yaml\nstages:\n  new: {stage: preprocess, from: photos}\n  hidden: {pool: cls}\n  photos: {path: p}';
    expect([...load(text, [], over()).stages.keys()]).toEqual(['photos', 'hidden', 'pixels', 'id', 'new']);
  });
});

describe('several files', () => {
  const files = {
    'one.yaml': 'params: {a: 1, b: 1, c: 1, d: {x: 1}}',
    'two.yaml': 'params: {b: 2, c: 2, d: {y: 2}}',
  };

  test('win over those before them, and the one that extends them over all', () => {
    const text = 'extends: [base.yaml, one.yaml, two.yaml]\nparams: {c: 3}';
    expect(load(text, [], over(files)).params).toMatchObject({a: 1, b: 2, c: 3, d: {x: 1, y: 2}});
    const other = 'extends: [two.yaml, one.yaml, base.yaml]\nparams: {c: 3}';
    expect(load(other, [], over(files)).params).toMatchObject({a: 1, b: 1, c: 3, d: {x: 1, y: 2}});
  });

  test('may take away what those before them have', () => {
    const text = 'extends: [base.yaml, one.yaml, less.yaml]';
    const {params} = load(
      text,
      [],
      over({...files, 'less.yaml': 'params: {a: null, d: {x: null}, none: null}'}),
    );
    expect(params).toMatchObject({b: 1, d: {}, none: null});
    expect(params).not.toHaveProperty('a');
  });

  test('may extend the same file, which is read once', () => {
    const diamond = {
      'left.yaml': 'extends: base.yaml\nparams: {n: 1}',
      'right.yaml': 'extends: base.yaml\nparams: {list: [9]}',
    };
    // The right one, base and all, wins over the left one.
    const {params} = load('extends: [left.yaml, right.yaml]', [], over(diamond));
    expect(params).toMatchObject({n: 5, list: [9]});
    const broken = {...diamond, 'base.yaml': BASE.replace('seed: 4', 'seed: four')};
    expect(problems('extends: [left.yaml, right.yaml]', [], {files: broken})).toHaveLength(1);
  });

  test('may extend each other widely without taking the time of every path through them', () => {
    const layers = Object.fromEntries(
      Array.from({length: 24}, (_, i) => [
        `layer${i}.yaml`,
        i === 0
          ? 'extends: base.yaml'
          : `extends: [layer${i - 1}.yaml, layer${i - 1}.yaml]\nparams: {l${i}: 1}`,
      ]),
    );
    expect(Object.keys(load('extends: layer23.yaml', [], over(layers)).params)).toHaveLength(26);
  });

  test('may lie in other folders, to which their own paths are relative', () => {
    const files = {
      'parts/data.yaml':
        'extends: more/model.yaml\nstages: {photos: {stage: load, source: image-folder, path: p}}',
      'parts/more/model.yaml': 'stages: {hidden: {stage: extract, from: photos, model: ../m.onnx}}',
    };
    const {stages} = load('strata: 1\nname: x\nextends: ./parts/data.yaml', [], {files});
    expect(stages.get('photos')!.params['path']).toBe(join(FOLDER, 'parts/p'));
    expect(stages.get('hidden')!.params['model']).toBe(join(FOLDER, 'parts/m.onnx'));
    const absolute = `strata: 1\nname: x\nextends: ${join(FOLDER, 'parts/data.yaml')}`;
    expect(load(absolute, [], {files}).stages.get('photos')!.params['path']).toBe(join(FOLDER, 'parts/p'));
  });

  test('in a circle by way of a link are told', () => {
    load(BASE, [], over({'links/a.yaml': 'extends: here/b.yaml', 'links/b.yaml': 'extends: here/a.yaml'}));
    symlinkSync('.', join(FOLDER, 'links/here'));
    expect(codes('extends: links/a.yaml', [], over())).toEqual(['E118']);
  });

  test('are read to the last, so that the mistakes of all are told, in the order in which they are named', () => {
    const broken = {'one.yaml': 'params: {n: .inf}', 'two.yaml': 'stages: {hidden: {pool: 3}}\nseed: -1'};
    const found = problems('extends: [one.yaml, two.yaml, base.yaml]\nseed: x', [], over(broken));
    expect(found.map(d => [d.code, d.place?.file.slice(FOLDER.length + 1)])).toEqual([
      ['E106', 'experiment.yaml'],
      ['E107', 'two.yaml'],
    ]);
    const others = problems('extends: [base.yaml, one.yaml, two.yaml]', ['params.x=1'], over(broken));
    expect(others.map(d => [d.code, d.place?.file.replace(`${FOLDER}/`, '')])).toEqual([
      ['E010', 'one.yaml'],
      ['E107', 'two.yaml'],
      ['E108', 'two.yaml'],
      ['E702', 'command line'],
    ]);
  });
});

describe('anchors and merge keys', () => {
  const base = experiment(
    '  a: &a {stage: preprocess, from: photos, scale: 2, size: &size [1, 2]}\n  b: *a\n  c: {<<: *a, grey: true}\n  d: {<<: *a, size: *size}',
  );

  test('change in one place only where they are changed', () => {
    const {stages} = load('extends: base.yaml\nstages: {a: {scale: 3, size: 5}, d: {size: null}}', [], {
      files: {'base.yaml': base},
    });
    expect(['a', 'b', 'c', 'd'].map(l => stages.get(l)!.params)).toMatchObject([
      {scale: 3, size: 5},
      {scale: 2, size: [1, 2]},
      {scale: 2, size: [1, 2], grey: true},
      {scale: 2, size: 224},
    ]);
  });

  test('of the extending file are merged before the file is', () => {
    const text = `extends: base.yaml
params: {common: &common {scale: 7, grey: true, size: null}}
stages: {b: {<<: *common, scale: 8}, c: *common}`;
    const {stages} = load(text, [], {files: {'base.yaml': base}});
    expect(stages.get('b')!.params).toMatchObject({scale: 8, grey: true, size: 224});
    expect(stages.get('c')!.params).toMatchObject({scale: 7, grey: true, size: 224});
  });

  test('do not reach over files, and not into themselves', () => {
    expect(codes('extends: base.yaml\nstages: {b: *a}', [], {files: {'base.yaml': base}})).toEqual(['E005']);
    expect(codes('extends: base.yaml\nparams: {x: &x {y: *x}}', [], {files: {'base.yaml': base}})).toEqual([
      'E005',
    ]);
  });
});

test('what a file extends and lists is no part of the experiment', () => {
  const {origins} = load('extends: base.yaml\nenv: [HOME]', [], over());
  expect([origins.has(['extends']), origins.has(['env']), origins.has(['seed'])]).toEqual([
    false,
    false,
    true,
  ]);
});

test('more files than anyone extends are refused', () => {
  const list = (n: number): string => `extends: [${Array(n).fill('base.yaml').join(', ')}]`;
  expect(codes(list(32), [], over())).toEqual([]);
  expect(codes(list(33), [], over())).toEqual(['E118']);
});

test('a tree that only composition makes too large is refused', () => {
  const many = (from: string): string =>
    `params:\n${Array.from({length: 90}, (_, i) => `  ${from}${i}: [${'x,'.repeat(1500)}]`).join('\n')}`;
  const files = {'base.yaml': BASE, 'one.yaml': many('a'), 'two.yaml': many('b')};
  expect(codes('extends: [base.yaml, one.yaml, two.yaml]', [], {files})).toEqual(['E007']);
});
