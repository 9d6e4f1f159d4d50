import fc from 'fast-check';
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {stringify} from 'yaml';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import type {Experiment} from '../../src/config/experiment.js';
import {load, problems} from './load-text.js';

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
