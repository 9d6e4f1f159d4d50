import {afterAll, beforeAll, expect, test} from 'vitest';
import {npy} from '../rig/npz.js';
import {expectClose} from './close.js';
import {golden, labels, matrix, rowsBetween} from './golden.js';
import type {Rows} from './golden-runs.js';
import {csv, GoldenRuns} from './golden-runs.js';

/** Neighbours in two layers, of layers and labels or numbers, and the probes in closed form: from one experiment to the tables of its run. */

type Numbers = Readonly<Record<string, number>>;
interface Case<Input> {
  readonly name: string;
  readonly input: Input;
  readonly expected: Numbers;
  readonly tolerance: {readonly abs: number};
}
interface Pair {
  readonly csv_a: string;
  readonly csv_b: string;
  readonly k: number;
}
interface Alone {
  readonly csv: string;
  readonly k: number;
}

const cases = <Input>(file: string, of: (c: Case<Input>) => boolean): Case<Input>[] =>
  (golden(file) as Case<Input>[]).filter(of);
const overlaps = cases<Pair>('neighborhood_overlap', c => 'chi_mean' in c.expected);
const labelled = cases<Alone>('neighborhood_overlap', c => 'chi_gt_mean' in c.expected);
const attributes = cases<Alone>('neighborhood_overlap', c => 'knn_in_phi_variant' in c.expected);
const ranked = cases<Pair>('neighborhood_overlap', c => c.name.startsWith('rank-aware averages'));
const imbalances = cases<Pair>('information_imbalance', () => true);
test('there are cases of all', () =>
  expect(
    [overlaps, labelled, attributes, ranked, imbalances].map(c => c.length),
  ).toEqual([19, 8, 2, 1, 6]));

const nameOf = (file: string): string => file.replace('.csv', '').replaceAll('_', '-');

const runs = new GoldenRuns();
afterAll(() => runs.remove());
let tables: Rows = {};
const only = (stage: string): Numbers => {
  expect(tables[stage], stage).toHaveLength(1);
  return tables[stage]![0]!;
};

/** An IDX file of 8 x 8 grey images. */
function idx(rows: number, pixels: ArrayLike<number>): Uint8Array {
  const header = Buffer.alloc(16);
  [0x803, rows, 8, 8].forEach((n, i) => header.writeUInt32BE(n, 4 * i));
  return Buffer.concat([header, Uint8Array.from(pixels)]);
}

beforeAll(async () => {
  const stages: Record<string, string> = {};
  const metric = (label: string, from: string, rest: string): void => {
    stages[label] = `{stage: metric, from: ${from}, metric: ${rest}}`;
  };
  const pair = ({csv_a: a, csv_b: b}: Pair): string => `{a: ${nameOf(a)}, b: ${nameOf(b)}}`;
  const files = [
    ...[...overlaps, ...ranked, ...imbalances].flatMap(c => [c.input.csv_a, c.input.csv_b]),
    ...[...labelled, ...attributes].map(c => c.input.csv),
  ];
  runs.write('labels.csv', labels('net_labels.csv').join('\n'));
  for (const file of new Set(files)) {
    runs.write(`${nameOf(file)}.csv`, csv(matrix({csv: file})));
    stages[nameOf(file)] =
      `{stage: load, source: matrix, path: ${nameOf(file)}.csv, header: false, labels: labels.csv}`;
  }
  overlaps.forEach((c, i) =>
    metric(`overlap${i}`, pair(c.input), `neighborhood-overlap, with: layers, k: ${c.input.k}`),
  );
  labelled.forEach(({input: {csv: file, k}}, i) => {
    metric(`plain${i}`, nameOf(file), `neighborhood-overlap, k: ${k}`);
    metric(`weighted${i}`, nameOf(file), `neighborhood-overlap, k: ${k}, weighted: true, rows: classes`);
    metric(`share${i}`, nameOf(file), 'neighborhood-overlap, k: 30, classFraction: 0.25');
  });
  ranked.forEach((c, i) => metric(`ranks${i}`, pair(c.input), `rank-overlap, k: ${c.input.k}`));
  imbalances.forEach((c, i) =>
    metric(`imbalance${i}`, pair(c.input), `information-imbalance, k: ${c.input.k}`),
  );
  // The pixels of the digits as images, to have their luminance.
  const pixels = matrix({csv: 'net_layer0_input.csv'});
  runs.write('digits.idx', idx(pixels.rows, pixels.data));
  stages['images'] = '{stage: load, source: idx, images: digits.idx}';
  metric('light', 'images', 'image-statistics');
  const means = Float64Array.from({length: pixels.rows}, (_, i) => {
    const row = [...pixels.data.subarray(i * pixels.cols, (i + 1) * pixels.cols)];
    return row.reduce((sum, value) => sum + value, 0) / pixels.cols;
  });
  runs.write('luminance.npy', npy([pixels.rows, 1], means));
  stages['luminance'] = '{stage: load, source: matrix, path: luminance.npy, labels: labels.csv}';
  attributes.forEach(({input: {csv: file, k}}, i) => {
    metric(`light${i}`, `{a: ${nameOf(file)}, b: luminance}`, `neighborhood-overlap, with: layers, k: ${k}`);
    // Not `neighbors`: which of two equally far samples is nearer is decided by the rounding of its mean.
    for (const alike of ['bins', 'within'])
      metric(
        `${alike}${i}`,
        `{a: ${nameOf(file)}, attributes: light}`,
        `neighborhood-overlap, with: attribute, attribute: luminance, k: ${k}, alike: ${alike}`,
      );
  });
  const digits = matrix({csv: 'digits_1797x64.csv'});
  const classes = labels('digits_labels.csv');
  for (const [part, from, to] of [['train', 0, 1399], ['held-out', 1400, 1796]] as const) {
    const rows = rowsBetween(digits, from, to);
    runs.write(`${part}.csv`, csv({...rows, data: rows.data.map(value => value / 16)}));
    runs.write(`${part}.labels.csv`, classes.slice(from, to + 1).join('\n'));
    stages[part] = `{stage: load, source: matrix, path: ${part}.csv, header: false, labels: ${part}.labels.csv}`;
  }
  for (const k of [1, 20]) {
    stages[`votes${k}`] = `{stage: probe, probe: knn, from: {from: train, test: held-out}, k: ${k}}`;
    stages[`one-vote${k}`] =
      `{stage: probe, probe: knn, from: {from: train, test: held-out}, k: ${k}, distance: euclidean, temperature: null}`;
  }
  stages['ridge'] = '{stage: probe, probe: ridge, from: {from: train, test: held-out}}';
  tables = await runs.run(stages);
}, 120_000);

test.each(overlaps.map((c, i) => [c.name, c, i] as const))('overlap, %s', (_, {expected, tolerance}, i) => {
  expectClose(only(`overlap${i}`)['overlap']!, expected['chi_mean']!, tolerance);
  expectClose(only(`overlap${i}`)['chance']!, expected['chance_level_k_over_Nminus1']!, tolerance);
});

test.each(labelled.map((c, i) => [c.name, c, i] as const))('overlap, %s', (_, {expected, tolerance}, i) => {
  expectClose(only(`plain${i}`)['overlap']!, expected['chi_gt_mean']!, tolerance);
  expectClose(only(`plain${i}`)['chance']!, expected['chance_level']!, tolerance);
  const [weighted, ...classes] = tables[`weighted${i}`]!;
  expectClose(weighted!['overlap']!, expected['class_weighted_mean(DADApy weighted=True default)']!, tolerance);
  const means = expected['per_class_mean'] as unknown as number[];
  expect(classes).toHaveLength(means.length);
  classes.forEach((row, label) => expectClose(row['overlap']!, means[label]!, tolerance));
  const share = expected['DADApy_class_fraction_0.25_weighted_False'];
  if (share !== undefined) expectClose(only(`share${i}`)['overlap']!, share, tolerance);
});

test.each(attributes.map((c, i) => [c.name, c, i] as const))('%s', (_, {expected, tolerance}, i) => {
  expectClose(only(`light${i}`)['overlap']!, expected['knn_in_phi_variant']!, tolerance);
  expectClose(only(`bins${i}`)['overlap']!, expected['quintile_bins_variant']!, tolerance);
  expectClose(only(`within${i}`)['overlap']!, expected['epsilon_variant_eps_0.25_std_ddof0']!, tolerance);
  expectClose(only(`within${i}`)['chance']!, expected['epsilon_chance']!, tolerance);
  const difference = expected['mean_abs_difference_to_neighbours']! / expected['mean_abs_difference_all_pairs']!;
  expectClose(only(`bins${i}`)['difference']!, difference, tolerance);
});

test.each(ranked.map((c, i) => [c.name, c, i] as const))('%s', (_, {expected, tolerance}, i) => {
  const found = only(`ranks${i}`);
  expectClose(found['average_overlap']!, expected['average_overlap']!, tolerance);
  expectClose(found['rbo']!, expected['rbo_p0.9_extrapolated']!, tolerance);
  expectClose(found['rbo_normalised']!, expected['rbo_p0.9_normalised']!, tolerance);
  expectClose(found['weighted_overlap']!, expected['inverse_rank_weighted_overlap']!, tolerance);
  expectClose(found['lcs']!, expected['lcs_mean']!, tolerance);
  expectClose(found['edit_similarity']!, expected['edit_similarity']!, tolerance);
});

test.each(imbalances.map((c, i) => [c.name, c, i] as const))('%s', (_, {expected, tolerance}, i) => {
  expectClose(only(`imbalance${i}`)['imbalance']!, expected['delta_a_to_b']!, tolerance);
  expectClose(only(`imbalance${i}`)['imbalance_back']!, expected['delta_b_to_a']!, tolerance);
});

test.each([1, 20])('kNN probe of the digits, %i neighbours', k => {
  const {expected} = (golden('linear_probe') as Case<object>[]).find(c => c.name === `kNN probes k=${k}`)!;
  expect(only(`votes${k}`)['accuracy']).toBe(expected['dino_weighted_cosine_T0.07']);
  expect(only(`one-vote${k}`)['accuracy']).toBe(expected['uniform_vote_euclidean_sklearn']);
});

test('ridge probe of the digits', () => {
  const {expected} = (golden('linear_probe') as Case<object>[]).find(c => c.name.startsWith('ridge'))!;
  expect(only('ridge')['accuracy']).toBe(expected['test_accuracy']);
  expectClose(only('ridge')['coefficients']!, expected['coef_frobenius']!, {rel: 1e-8});
  expect([only('ridge')['n_train'], only('ridge')['n']]).toEqual([1400, 397]);
});
