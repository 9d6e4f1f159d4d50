import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {npy, npz} from '../rig/npz.js';
import {expectClose} from './close.js';
import {golden, tokenBlock} from './golden.js';
import type {Rows} from './golden-runs.js';
import {GoldenRuns} from './golden-runs.js';

/** Metrics of tokens: the expected numbers, from files of layers as NumPy writes them to the tables of a run. */

type Tensor = readonly (readonly (readonly number[])[])[];
interface Correlations {
  readonly name: string;
  readonly input: {readonly tensor: Tensor};
  readonly expected: {
    readonly mean_pearson_offdiag: number;
    readonly mean_abs_pearson_offdiag: number;
    readonly mean_pearson_including_diagonal: number;
    readonly mean_cosine_offdiag: number;
    readonly dataset_level_mean_pearson_offdiag: number;
    readonly per_image_mean_pearson_offdiag: readonly number[];
    readonly R_image0_row0: readonly number[];
  };
  readonly tolerance: {readonly abs: number};
}
interface Undefined {
  readonly name: string;
  readonly input: {readonly tensor: Tensor};
  readonly expected: {readonly 'pair_(1,2)': number};
}
interface Signatures {
  readonly name: string;
  readonly expected: {
    readonly alpha_signature_tokens_by_blocks: readonly (readonly number[])[];
    readonly labels: readonly number[];
    readonly centres: readonly (readonly number[])[];
    readonly inertia: number;
    readonly ward_labels_partition: readonly number[];
  };
  readonly tolerance: {readonly alpha_abs: number};
}

const [first, second, edge] = golden('inter_token_correlation') as [Correlations, Correlations, Undefined];
const correlations = [
  ['a', first],
  ['b', second],
] as const;
const signatures = golden('alpha_powerlaw').at(-1) as Signatures;

/** An array of samples x tokens x components, in float64. */
const array = (tensor: Tensor): Buffer => {
  const [sample] = tensor;
  return npy([tensor.length, sample!.length, sample![0]!.length], Float64Array.from(tensor.flat(2)));
};

const VARIANTS = [
  ['similarity: pearson', 'mean_pearson_offdiag'],
  ['absolute: true', 'mean_abs_pearson_offdiag'],
  ['diagonal: true', 'mean_pearson_including_diagonal'],
  ['similarity: cosine', 'mean_cosine_offdiag'],
  ['level: dataset', 'dataset_level_mean_pearson_offdiag'],
] as const;

const runs = new GoldenRuns();
afterAll(() => runs.remove());
let tables: Rows = {};

beforeAll(async () => {
  const stages: Record<string, string> = {};
  const load = (label: string, arrays: Readonly<Record<string, Buffer>>): void => {
    runs.write(`${label}.npz`, npz(arrays));
    stages[label] = `{stage: load, source: activations, path: ${label}.npz}`;
  };
  const correlate = (label: string, from: string, params: string): void => {
    stages[label] = `{stage: metric, metric: token-correlation, from: ${from}, ${params}}`;
  };
  for (const [label, {input}] of correlations) {
    load(label, {all: array(input.tensor)});
    VARIANTS.forEach(([params], i) => correlate(`${label}-${i}`, label, params));
    // Each sample as a layer of its own, and pairs of tokens of the first.
    const [sample] = input.tensor as [Tensor[0]];
    const samples = input.tensor.map((one, i) => [`sample.${i}`, array([one])]);
    const pairs = sample.map((token, t) => [`pair.${t}`, array([[sample[0]!, token]])]);
    load(`${label}-each`, Object.fromEntries([...samples, ...pairs]) as Record<string, Buffer>);
    correlate(`${label}-one`, `${label}-each`, 'absolute: false');
  }
  load('edge', {all: array(edge.input.tensor)});
  correlate('edge-signed', 'edge', 'absolute: false');
  correlate('edge-absolute', 'edge', 'absolute: true');

  const blocks = [0, 1, 2, 3].map(b => [`blocks.${b}`, npy([120, 9, 24], tokenBlock(b).data as Float64Array)]);
  load('tokens', Object.fromEntries(blocks) as Record<string, Buffer>);
  stages['alpha'] = '{stage: metric, metric: spectrum-alpha, from: tokens, ranges: [[2, 16]]}';
  for (const method of ['k-means', 'ward'])
    stages[method] = `{stage: metric, metric: token-clusters, from: alpha, method: ${method}, k: [3]}`;
  tables = await runs.run(stages);
}, 120_000);

describe.each(correlations)('token correlation, case %s', (label, {input, expected, tolerance}) => {
  test.each(VARIANTS.map(([params, key], i) => [params, key, i] as const))('with %s', (_, key, i) => {
    const [row, ...others] = tables[`${label}-${i}`]!;
    expect(others).toEqual([]);
    const [samples, tokens] = [input.tensor.length, input.tensor[0]!.length];
    expect(row).toMatchObject({layer: 'all', n: samples, tokens, skipped_pairs: 0, status: 'ok'});
    expectClose(row!['correlation']!, expected[key], tolerance);
  });

  test('sample by sample, and pair by pair', () => {
    const rows = tables[`${label}-one`]!;
    const wanted = [
      ...expected.per_image_mean_pearson_offdiag.map((r, i) => [`sample.${i}`, r] as const),
      ...expected.R_image0_row0.map((r, t) => [`pair.${t}`, r] as const),
    ];
    expect(rows.map(row => row['layer'])).toEqual(wanted.map(([layer]) => layer));
    rows.forEach((row, i) => expectClose(row['correlation']!, wanted[i]![1], tolerance));
  });
});

test(edge.name, () => {
  const pair = edge.expected['pair_(1,2)'];
  for (const [stage, wanted] of [['edge-signed', pair], ['edge-absolute', Math.abs(pair)]] as const) {
    const [row] = tables[stage]!;
    expectClose(row!['correlation']!, wanted, {abs: 1e-14});
    expect(row).toMatchObject({skipped_pairs: 2, status: 'ok'});
  }
});

describe('signatures of tokens over blocks', () => {
  const {expected, tolerance} = signatures;
  const close = {abs: tolerance.alpha_abs};

  test('are the golden ones', () => {
    const rows = tables['alpha']!;
    expect(rows).toHaveLength(36);
    rows.forEach((row, i) => {
      const [block, token] = [Math.floor(i / 9), i % 9];
      expect(row).toMatchObject({layer: `blocks.${block}`, index: block, depth: block / 3, token});
      expectClose(row['alpha']!, expected.alpha_signature_tokens_by_blocks[token]![block]!, close);
    });
  });

  test.each([
    ['k-means', expected.labels],
    ['ward', expected.ward_labels_partition],
  ])('cluster as planted, by %s', (method, partition) => {
    const [whole, ...tokens] = tables[method]!;
    // Clusters are numbered in the order of tokens.
    const order = [...new Set(partition)];
    expect(tokens.map(row => row['cluster'])).toEqual(partition.map(label => order.indexOf(label)));
    expect(whole).toMatchObject({clusters: 3, layers: 4, n: 9, status: 'ok'});
    expectClose(whole!['inertia']!, expected.inertia, close);
    expected.centres.forEach((centre, cluster) =>
      centre.forEach((wanted, block) => {
        const own = tables['alpha']!.filter(
          row => row['index'] === block && tokens[row['token']!]!['cluster'] === cluster,
        );
        expectClose(own.reduce((sum, row) => sum + row['alpha']!, 0) / own.length, wanted, close);
      }),
    );
  });
});
