import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Experiment} from '../../src/config/experiment.js';
import type {StrataError} from '../../src/diagnostics/diagnostic.js';
import {validate} from './catalogue.js';
import {experiment, load, loadAll, problems} from './load-text.js';

/** Stages that refer to parameters directly, through others, in part, and not at all. */
const TEXT = experiment(
  `  pixels: {stage: preprocess, from: photos, size: "\${params.sizes}", scale: 0.5}
  few: {stage: load, source: image-folder, path: "\${params.root}/few", sample: {n: "\${params.n}"}}
  same: {stage: extract, from: pixels, model: "\${params.both.model}", layers: "\${params.both.layers}"}
  id: {stage: metric, metric: twonn, from: same}
  gt: {stage: metric, metric: overlap, from: {data: same, other: hidden}, k: "\${params.n}"}
  figure: {stage: plot, plot: profile, from: [id, gt], title: "n = \${params.n} of \${name}"}`,
  `params: {n: 5, root: ../data, sizes: [96, 96], inner: {model: "\${params.root}/vit.onnx", layers: [a, b]}, both: "\${params.inner}"}`,
);

/** All of an experiment that does not tell where it was written, and where each stage was. */
const dataOf = ({stages, params, seed, origins}: Experiment): unknown => ({
  stages: [...stages.values()],
  params,
  seed,
  places: [...stages.keys()].map(label => origins.key(['stages', label])),
});

/** What is wrong with a sweep. */
function messages(text: string): string[] {
  try {
    loadAll(text);
    return [];
  } catch (error) {
    return (error as StrataError).diagnostics.map(d => d.message);
  }
}

describe('a range', () => {
  test.each([
    ['range(0, 3)', [0, 1, 2]],
    ['range(0.1, 0.45, 0.1)', [0.1, 0.2, 0.3, 0.4]],
    ['range(0.05, 0.2, 0.05)', [0.05, 0.1, 0.15]],
    ['range(1, -1, -0.5)', [1, 0.5, 0, -0.5]],
    ['range(1e-3, 4e-3, 1e-3)', [0.001, 0.002, 0.003]],
    ['range(1e2, 3e2, 1e2)', [100, 200]],
    ['range(-0.3, 0.1, 0.15)', [-0.3, -0.15, 0]],
  ])('%s is exact, and ends before its stop', (range, expected) => {
    const variants = loadAll(TEXT, [
      `params.n=${range}`,
      '~stages.few',
      '~stages.gt',
      'stages.figure.from=id',
    ]);
    expect(variants.map(v => v.experiment.params['n'])).toEqual(expected);
  });
});

describe('the variants of a sweep', () => {
  const values: Readonly<Record<string, readonly string[]>> = {
    'params.n': ['3', '4', '5'],
    'params.root': ['/a', '/b'],
    'params.sizes': ['[1, 2]', '[3, 4]'],
    'params.inner.layers': ['[a]', 'all'],
    'params.both': ['{model: /m.onnx, layers: blocks}', '"${params.inner}"'],
    'stages.id.discard': ['0.2', '0.1'],
    seed: ['1', '2'],
  };

  /** The words that make each combination of values, the first path slowest. */
  const combined = (paths: readonly string[]): string[][] =>
    paths.reduce<string[][]>(
      (all, path) => all.flatMap(words => values[path]!.map(value => [...words, `${path}=${value}`])),
      [[]],
    );

  test('are what each is alone', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...Object.keys(values)), {minLength: 1, maxLength: 3}),
        paths => {
          const grid = paths.map(path => `    ${path}: [${values[path]!.join(', ')}]\n`).join('');
          const variants = loadAll(`${TEXT}sweep:\n  grid:\n${grid}`);
          const alone = combined(paths).map(words => load(TEXT, words));
          expect(variants.map(v => dataOf(v.experiment))).toEqual(alone.map(dataOf));
        },
      ),
      {numRuns: 40, seed: 7},
    ));

  test('are told what is wrong with any as if it were alone', () => {
    const wrong = [
      'stages.gt.k=0',
      'params.inner=${params.both}',
      'params.root=${params.nope}',
      'params.sizes=7.5',
    ];
    for (const word of wrong) {
      const [path, value] = word.split('=') as [string, string];
      const alone = problems(TEXT, [word]).map(d => d.message);
      expect(alone).not.toEqual([]);
      const text = `${TEXT}sweep:\n  list: [params.n: 3, ${path}: ${value.startsWith('$') ? `"${value}"` : value}]\n`;
      expect(messages(text), word).toEqual(alone);
    }
  });

  test('take work for what they change, and not for what they share', () => {
    const checked: string[] = [];
    const variants = loadAll(TEXT, ['params.n=range(100,400)'], (entry, value) => {
      checked.push(entry.kind);
      return validate(entry, value);
    });
    expect(variants).toHaveLength(300);
    // Of the eight stages three depend on n.
    expect(checked).toHaveLength(8 + 299 * 3);
    const shared = new Set(variants.map(v => v.experiment.stages.get('same')!.params));
    expect(shared.size).toBe(1);
  });
});
