import fc from 'fast-check';
import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {stringify} from 'yaml';
import type {Experiment} from '../../src/config/experiment.js';
import {resolvedLines} from '../../src/config/resolved.js';
import {CATALOGUE} from './catalogue.js';
import {FOLDER, load, problems, type Around} from './load-text.js';

type Data = string | number | boolean | null | Data[] | {[key: string]: Data};

const EXPERIMENT: {[key: string]: Data} = {
  strata: 1,
  name: 'property',
  description: 'An experiment to be shuffled and broken.',
  seed: 5,
  params: {
    n: 20,
    root: '../data',
    both: {model: '${params.root}/vit.onnx', layers: ['blocks.1', 'head']},
    same: '${params.both}',
  },
  stages: {
    photos: {
      stage: 'load',
      source: 'image-folder',
      path: '${params.root}/photos',
      sample: {n: '${params.n}', by: 'class'},
    },
    files: {stage: 'load', source: 'idx', images: 'i', rename: {b: 'c', a: 'd'}, shards: ['x', 'y']},
    pixels: {stage: 'preprocess', from: 'photos', size: [96, 96], scale: 0.5, grey: true},
    hidden: {
      stage: 'extract',
      from: {data: 'pixels'},
      model: '${params.same.model}',
      layers: '${params.same.layers}',
    },
    id: {stage: 'metric', metric: 'twonn', from: 'hidden', discard: 1e-3},
    gt: {stage: 'metric', metric: 'overlap', from: {data: 'hidden', other: 'hidden'}, k: 7},
    figure: {stage: 'plot', plot: 'profile', from: ['id', 'gt'], title: '012'},
  },
};

/** The data of an experiment, with the order of stages, which is that of the file, left out of it. */
function dataOf({strata, name, description, seed, params, file, stages}: Experiment): string {
  const sorted = [...stages.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  return JSON.stringify({strata, name, description, seed, params, file, stages: sorted});
}

/** The same data with the keys of its maps in another order. */
function shuffled(data: Data, next: () => number): Data {
  if (Array.isArray(data)) return data.map(item => shuffled(item, next));
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).map(([key, item]) => [next(), key, shuffled(item, next)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a - b).map(([, key, item]) => [key, item]));
}

const text = stringify(EXPERIMENT);

describe('properties', () => {
  test('the order in which maps are written does not show in the result', () => {
    const expected = dataOf(load(text));
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), stream => {
        const next = (): number => Number(stream.next().value);
        expect(dataOf(load(stringify(shuffled(EXPERIMENT, next))))).toBe(expected);
      }),
      {numRuns: 60, seed: 1},
    );
  });

  test('loading twice gives the same bytes', () => {
    expect(dataOf(load(text))).toBe(dataOf(load(text)));
    const broken = text.replace('metric: twonn', 'metric: twon').replace('k: 7', 'k: seven');
    expect(JSON.stringify(problems(broken))).toBe(JSON.stringify(problems(broken)));
    expect(problems(broken)).toHaveLength(2);
  });

  test('block and flow style, quoted or not, mean the same', () => {
    const expected = dataOf(load(text));
    for (const options of [
      {collectionStyle: 'flow'},
      {defaultStringType: 'QUOTE_DOUBLE'},
      {defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'QUOTE_DOUBLE'},
      {collectionStyle: 'flow', lineWidth: 20},
      {indent: 4, indentSeq: false},
    ] as const) {
      expect(dataOf(load(stringify(EXPERIMENT, options)))).toBe(expected);
    }
  });

  test('a seed other than the one written is all that an override of it changes', () => {
    const {seed, ...rest} = JSON.parse(dataOf(load(text))) as {seed: number};
    fc.assert(
      fc.property(fc.maxSafeNat(), other => {
        const {seed: changed, ...same} = JSON.parse(dataOf(load(text, [`seed=${other}`]))) as {seed: number};
        expect(same).toEqual(rest);
        expect(changed).toBe(other);
      }),
      {numRuns: 20, seed: 1},
    );
    expect(seed).toBe(5);
  });
});

describe('composition', () => {
  /** An experiment in two halves: what the one has of each map, and what the other has. */
  function halves(data: Data, next: () => number): [Data, Data] {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return [data, data];
    const base: {[key: string]: Data} = {};
    const over: {[key: string]: Data} = {};
    for (const [key, item] of Object.entries(data)) {
      const where = next() % 4;
      const [one, two] = where === 0 ? halves(item, next) : [item, item];
      // What the base says of it does not matter where the other says it too, and is not a map.
      if (where !== 1) base[key] = where === 2 && !isMap(item) && key !== 'strata' ? 'something else' : one;
      if (where !== 3) over[key] = two;
    }
    return [base, over];
  }
  const isMap = (data: Data): boolean => typeof data === 'object' && data !== null && !Array.isArray(data);
  const numbers = fc.infiniteStream(fc.nat()).map(stream => () => Number(stream.next().value));
  const composed = (base: Data, over: Data): {text: string; around: Around} => ({
    text: stringify({extends: 'base.yaml', ...(over as object)}),
    around: {files: {'base.yaml': stringify(base)}},
  });

  test('of two halves is the whole, in whatever order either is written', () => {
    const expected = dataOf(load(text));
    fc.assert(
      fc.property(numbers, next => {
        const [base, over] = halves(EXPERIMENT, next);
        const {text: extending, around} = composed(shuffled(base, next), shuffled(over, next));
        expect(dataOf(load(extending, [], around))).toBe(expected);
      }),
      {numRuns: 150, seed: 4},
    );
  });

  test('with itself, or with nothing, changes nothing', () => {
    const expected = dataOf(load(text));
    for (const over of [EXPERIMENT, {}, {params: {}, stages: {hidden: {}}}]) {
      const {text: extending, around} = composed(EXPERIMENT, over);
      expect(dataOf(load(extending, [], around))).toBe(expected);
    }
  });

  test('is the same by a file as by overrides', () => {
    const {text: extending, around} = composed(EXPERIMENT, {
      params: {n: 7, both: {layers: ['head']}},
      stages: {pixels: {size: null}, id: {discard: 0.25}, more: {stage: 'preprocess', from: 'photos'}},
    });
    const words = [
      ...['params.n=7', 'params.both.layers=[head]', '~stages.pixels.size', 'stages.id.discard=25e-2'],
      '+stages.more={stage: preprocess, from: photos}',
    ];
    expect(dataOf(load(extending, [], around))).toBe(dataOf(load(text, words)));
  });

  test('and what it resolves to are one: resolving again changes nothing', () => {
    const written = (of: Experiment): string =>
      resolvedLines(of, CATALOGUE)
        .map(line => `${line.text}\n`)
        .join('');
    fc.assert(
      fc.property(numbers, next => {
        const {text: extending, around} = composed(...halves(EXPERIMENT, next));
        const once = written(load(extending, ['params.n=8', 'stages.gt.k=9'], around));
        expect(written(load(once))).toBe(once);
      }),
      {numRuns: 30, seed: 6},
    );
  });
});

test('the locale and the time zone do not show', () => {
  const bin = fileURLToPath(new URL('../../bin/strata.js', import.meta.url));
  const stages =
    '  ı: {stage: load}\n  I: {stage: load, source: shapes, ä: 1, z: 2, Z: 3, i: 4}\n  b: {stage: LOAD}';
  load(text, [], {
    files: {'broken.yaml': `strata: 1\nname: x\nparams: {ä: 1, z: 1e-3, Z: 1}\nstages:\n${stages}\n`},
  });
  const told = (locale: string): string => {
    try {
      execFileSync(process.execPath, [bin, 'validate', '--json', 'broken.yaml'], {
        cwd: FOLDER,
        encoding: 'utf8',
        env: {...process.env, LC_ALL: locale, LANG: locale, TZ: locale === 'C' ? 'UTC' : 'Asia/Tokyo'},
      });
      return '';
    } catch (error) {
      return (error as {stdout: string}).stdout;
    }
  };
  const plain = told('C');
  expect(JSON.parse(plain)).not.toHaveLength(0);
  for (const locale of ['tr_TR.UTF-8', 'sv_SE.UTF-8']) expect(told(locale)).toBe(plain);

  // Nor in what a sound one comes to, extended, overridden and swept.
  const ablation = fileURLToPath(new URL('../../experiments/quickstart-ablation.yaml', import.meta.url));
  const resolved = (locale: string): string =>
    execFileSync(
      process.execPath,
      [bin, 'config', ablation, 'params.n=1e2', '--variant', 'mean-pooled', '--origins'],
      {cwd: FOLDER, encoding: 'utf8', env: {...process.env, LC_ALL: locale, LANG: locale, NO_COLOR: '1'}},
    );
  expect(resolved('C')).toContain('# variant 3 of 4: mean-pooled\n');
  for (const locale of ['tr_TR.UTF-8', 'sv_SE.UTF-8']) expect(resolved(locale)).toBe(resolved('C'));
});
