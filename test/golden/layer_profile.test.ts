import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {expectClose} from './close.js';
import {golden, labels, matrix} from './golden.js';
import type {Rows} from './golden-runs.js';
import {csv, GoldenRuns} from './golden-runs.js';

/** Whole profiles of small trained networks, from an experiment file to the tables of its run. */

interface LayerExpected {
  readonly embedding_dim: number;
  readonly twonn: number;
  readonly twonn_r: number;
  readonly twonn_mle: number;
  readonly n_valid: number;
  readonly pca_id_90_unstandardised: number;
  readonly participation_ratio: number;
  readonly anisotropy: number;
  readonly chi_gt_k10: number;
  readonly chi_next_k10: number | null;
  readonly chi_to_output_k10: number;
  readonly chi_to_input_k10: number;
  readonly cka_next: number | null;
  readonly cka_to_input: number;
}
interface ProfileCase {
  readonly name: string;
  readonly input: {readonly layers: readonly string[]; readonly labels: string};
  readonly expected: readonly LayerExpected[];
  readonly tolerance: {readonly rel: number};
}
interface MatrixCase {
  readonly name: string;
  readonly expected: {readonly chi: readonly number[][]; readonly linear_cka: readonly number[][]};
  readonly tolerance: {readonly abs: number};
}

const cases = golden('layer_profile') as [ProfileCase, ProfileCase, ProfileCase, MatrixCase];
const profiles = cases.slice(0, 3) as ProfileCase[];
const matrices = cases[3];

const nameOf = (file: string): string => file.replace('.csv', '').replaceAll('_', '-');
const layersOf = ({input}: ProfileCase): string[] => input.layers.map(nameOf);

/** Stages that measure a layer on its own. */
const alone = (layer: string): Record<string, string> => ({
  [`${layer}-id`]: `{stage: metric, metric: twonn, from: ${layer}}`,
  [`${layer}-mle`]: `{stage: metric, metric: twonn, estimator: likelihood, from: ${layer}}`,
  [`${layer}-pca`]: `{stage: metric, metric: pca-id, standardise: false, from: ${layer}}`,
  [`${layer}-anisotropy`]: `{stage: metric, metric: anisotropy, from: ${layer}}`,
  [`${layer}-gt`]: `{stage: metric, metric: neighborhood-overlap, with: labels, k: 10, from: ${layer}}`,
});
const overlap = (a: string, b: string): Record<string, string> => ({
  [`${a}-${b}-chi`]: `{stage: metric, metric: neighborhood-overlap, with: layers, k: 10, from: {a: ${a}, b: ${b}}}`,
});
const likeness = (a: string, b: string): Record<string, string> => ({
  [`${a}-${b}-cka`]: `{stage: metric, metric: cka, from: {a: ${a}, b: ${b}}}`,
});

const runs = new GoldenRuns();
afterAll(() => runs.remove());
let tables: Rows = {};
const only = (stage: string): Record<string, number> => {
  expect(tables[stage], stage).toHaveLength(1);
  return tables[stage]![0]!;
};

beforeAll(async () => {
  const stages: Record<string, string> = {};
  runs.write('labels.csv', labels('net_labels.csv').join('\n'));
  for (const file of new Set(profiles.flatMap(c => c.input.layers))) {
    runs.write(`${nameOf(file)}.csv`, csv(matrix({csv: file})));
    const load = `{stage: load, source: matrix, path: ${nameOf(file)}.csv, header: false, labels: labels.csv}`;
    Object.assign(stages, {[nameOf(file)]: load}, alone(nameOf(file)));
  }
  for (const layers of profiles.map(layersOf))
    layers.forEach((layer, l) => {
      const [input, next, output] = [layers[0]!, layers[l + 1], layers.at(-1)!];
      Object.assign(stages, overlap(layer, output), overlap(layer, input), likeness(layer, input));
      if (next !== undefined) Object.assign(stages, overlap(layer, next), likeness(layer, next));
    });
  for (const a of [1, 2, 3])
    for (const b of [1, 2, 3]) {
      const pair = [`netA-t30-layer${a}`, `netB-t30-layer${b}`] as const;
      Object.assign(stages, overlap(...pair), likeness(...pair));
    }
  for (const l of [1, 2, 3]) {
    const name = `netA-t30-layer${l}`;
    runs.write(`${name}.csv`, csv(matrix({csv: `netA_t30_layer${l}.csv`})));
    stages[name] = `{stage: load, source: matrix, path: ${name}.csv, header: false}`;
  }
  tables = await runs.run(stages);
}, 120_000);

test('the fourth case is of pairs of networks', () => expect(matrices.name).toContain('matrices'));

describe.each(profiles.map(c => [c.name, c] as const))('%s', (_, c) => {
  const {expected, tolerance} = c;
  const layers = layersOf(c);

  test.each(layers.map((layer, l) => [layer, l] as const))('%s', (layer, l) => {
    const wanted = expected[l]!;
    expect(matrix({csv: c.input.layers[l]!}).cols).toBe(wanted.embedding_dim);
    const id = only(`${layer}-id`);
    expectClose(id['id']!, wanted.twonn, tolerance);
    expectClose(id['r']!, wanted.twonn_r, tolerance);
    expect(id['n_valid']).toBe(wanted.n_valid);
    expectClose(only(`${layer}-mle`)['id']!, wanted.twonn_mle, tolerance);
    expect(only(`${layer}-pca`)['id']).toBe(wanted.pca_id_90_unstandardised);
    expectClose(only(`${layer}-pca`)['participation_ratio']!, wanted.participation_ratio, tolerance);
    expectClose(only(`${layer}-anisotropy`)['anisotropy']!, wanted.anisotropy, tolerance);
    expectClose(only(`${layer}-gt`)['overlap']!, wanted.chi_gt_k10, tolerance);
    const chi = (other: string): number => only(`${layer}-${other}-chi`)['overlap']!;
    const cka = (other: string): number => only(`${layer}-${other}-cka`)['cka_biased']!;
    expectClose(chi(layers.at(-1)!), wanted.chi_to_output_k10, tolerance);
    expectClose(chi(layers[0]!), wanted.chi_to_input_k10, tolerance);
    expectClose(cka(layers[0]!), wanted.cka_to_input, tolerance);
    const next = layers[l + 1];
    if (next === undefined) {
      expect([wanted.chi_next_k10, wanted.cka_next]).toEqual([null, null]);
      return;
    }
    expectClose(chi(next), wanted.chi_next_k10!, tolerance);
    expectClose(cka(next), wanted.cka_next!, tolerance);
  });
});

test(matrices.name, () => {
  const {expected, tolerance} = matrices;
  for (const a of [1, 2, 3])
    for (const b of [1, 2, 3]) {
      const pair = `netA-t30-layer${a}-netB-t30-layer${b}`;
      expectClose(only(`${pair}-chi`)['overlap']!, expected.chi[a - 1]![b - 1]!, tolerance);
      expectClose(only(`${pair}-cka`)['cka_biased']!, expected.linear_cka[a - 1]![b - 1]!, tolerance);
    }
});
