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

describe('mutated files and words', () => {
  const folder = fileURLToPath(new URL('../fixtures/broken/', import.meta.url));
  const corpus = [
    text,
    stringify(EXPERIMENT, {collectionStyle: 'flow'}),
    ...readdirSync(folder)
      .filter(name => name.endsWith('.yaml') && !name.includes('bomb'))
      .map(name => readFileSync(folder + name, 'utf8')),
  ];
  const SNIPPETS = [
    ...[
      '\n',
      '\t',
      ' ',
      ': ',
      '- ',
      '? ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '#',
      '&a ',
      '*a',
      '!!str ',
      '|\n',
      '>',
      '<<: *a',
      '%',
      '---\n',
    ],
    ...[
      '${',
      '}',
      '${params.n}',
      '${params.same}',
      '$${',
      '1e999',
      '.nan',
      '~',
      '\u0000',
      '\ud800',
      '\u2028',
      '写',
      'stage: ',
      'from: ',
      '0x',
    ],
  ];
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat({max: 12}),
    put: fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({maxLength: 4})),
  });

  /** The text after some edits; halves of surrogate pairs become what a file would hold in their stead. */
  function mutate(start: string, edits: readonly {at: number; cut: number; put: string}[]): string {
    let now = start;
    for (const {at, cut, put} of edits) {
      const from = at % (now.length + 1);
      now = now.slice(0, from) + put + now.slice(from + cut);
    }
    return Buffer.from(now).toString();
  }

  /** Loads; every failure is a StrataError, and each of its places lies within the text it is said to lie in. */
  function survive(written: string, overrides: readonly string[]): void {
    try {
      load(written, overrides);
    } catch (error) {
      if (!(error instanceof StrataError)) throw error;
      expect(error.diagnostics.length).toBeGreaterThan(0);
      const lines = {'command line': overrides.join('\n').split('\n')} as Record<string, string[]>;
      for (const {place, notes = []} of error.diagnostics) {
        for (const at of [place, ...notes.map(note => note.place)]) {
          if (!at) throw new Error('no place');
          const line = (lines[at.file] ?? written.replace(/^\ufeff/, '').split('\n'))[at.line - 1];
          expect(line?.replace(/\r$/, '')).toBe(at.text);
          expect(at.col + at.width - 2).toBeLessThanOrEqual(at.text.length);
        }
      }
    }
  }

  test('never throw anything but a StrataError', () =>
    fc.assert(
      fc.property(fc.constantFrom(...corpus), fc.array(edit, {minLength: 1, maxLength: 4}), (start, edits) =>
        survive(mutate(start, edits), []),
      ),
      {numRuns: 600, seed: 2},
    ));

  test('nor do mutated overrides', () => {
    const words = [
      'params.n=5',
      'stages.hidden.layers=[a, b]',
      'stages.photos.sample.n=3',
      'seed=1',
      'params.same={a: "b"}',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...words), fc.array(edit, {maxLength: 2})), {
          minLength: 1,
          maxLength: 4,
        }),
        list =>
          survive(
            text,
            list.map(([word, edits]) => mutate(word, edits)),
          ),
      ),
      {numRuns: 300, seed: 3},
    );
  });
});
