import {afterAll, describe, expect, test} from 'vitest';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {exactAffinities} from '../../src/kernels/tsne-affinities.js';
import {divergence} from '../../src/kernels/tsne.js';
import {viewQuality} from '../../src/kernels/view-quality.js';
import {golden, labels, matrix, rowsBetween} from './golden.js';
import {csv, GoldenRuns} from './golden-runs.js';

/** The expected numbers once more, from an experiment file through the command line to the table of the run. */

interface Case {
  readonly name: string;
  readonly input: {readonly csv: string};
  readonly expected: Record<string, number> & Record<string, Record<string, number>>;
}

const near = (value: number, expected: number, relative: number): void =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));

const runs = new GoldenRuns();
afterAll(() => runs.remove());

describe('through strata run', () => {
  test('TwoNN, anisotropy and strided decimation', async () => {
    const x = matrix({csv: 'lin5_n2000_d50.csv'});
    runs.write('lin5.csv', csv(x));
    const tables = await runs.run({
      data: '{stage: load, source: matrix, path: lin5.csv, header: false}',
      blocks: '{stage: decimate, from: data, method: strided, fractions: [1, 0.5]}',
      regression: '{stage: metric, metric: twonn, from: blocks}',
      likelihood: '{stage: metric, metric: twonn, estimator: likelihood, from: data}',
      anisotropy: '{stage: metric, metric: anisotropy, from: data}',
    });
    const twonn = (golden('twonn') as Case[]).find(c => c.name.startsWith('lin5'))!.expected;
    near(tables['regression']![0]!['id']!, twonn['IDNN_fraction_0.9']!['slope_through_origin']!, 1e-10);
    near(tables['likelihood']![0]!['id']!, twonn['MLE_N_over_sum'] as unknown as number, 1e-10);
    const lambda = (golden('anisotropy') as Case[]).find(c => c.name === 'lin5')!.expected;
    near(tables['anisotropy']![0]!['anisotropy']!, lambda['A_seed_lambda_max_over_sum'] as unknown as number, 1e-10);
    const [, halves] = (golden('decimation') as unknown as {expected: {id_mean: number}[]}[])[0]!.expected;
    const ids = tables['regression']!.slice(1).map(row => row['id']!);
    near(ids.reduce((sum, id) => sum + id / ids.length, 0), halves!.id_mean, 1e-9);
  });

  test('label overlap and the linear probe on a split by rows', async () => {
    const x = matrix({csv: 'netA_t0_layer1.csv'});
    const all = labels('net_labels.csv');
    runs.write('overlap.csv', csv(matrix({csv: 'netA_t30_layer2.csv'})));
    runs.write('overlap-labels.csv', all.join('\n'));
    for (const [name, from, to] of [['train', 0, 199], ['test', 200, 299]] as const) {
      runs.write(`${name}.csv`, csv(rowsBetween(x, from, to)));
      runs.write(`${name}-labels.csv`, all.slice(from, to + 1).join('\n'));
    }
    const load = (name: string): string =>
      `{stage: load, source: matrix, path: ${name}.csv, header: false, labels: ${name}-labels.csv}`;
    const tables = await runs.run({
      all: load('overlap'),
      train: load('train'),
      test: load('test'),
      plain: '{stage: metric, metric: neighborhood-overlap, from: all, k: 30}',
      weighted: '{stage: metric, metric: neighborhood-overlap, from: all, k: 30, weighted: true}',
      classes: '{stage: metric, metric: neighborhood-overlap, from: all, k: 30, weighted: true, rows: classes}',
      probe: '{stage: probe, probe: linear, tolerance: 1e-9, from: {from: train, test: test}}',
    });
    const overlap = (golden('neighborhood_overlap') as Case[]).find(c => c.name === 'labels: netA_t30_layer2.csv k=30')!;
    const of = (name: string): number => overlap.expected[name] as unknown as number;
    expect(tables['plain']![0]!['overlap']).toBeCloseTo(of('chi_gt_mean'), 12);
    expect(tables['plain']![0]!['chance']).toBeCloseTo(of('chance_level'), 12);
    expect(tables['weighted']![0]!['overlap']).toBeCloseTo(of('class_weighted_mean(DADApy weighted=True default)'), 12);
    const [whole, ...each] = tables['classes']!;
    expect(whole).toMatchObject({...tables['weighted']![0]!, group: null});
    const classes = overlap.expected['per_class_mean'] as unknown as number[];
    expect(each).toHaveLength(classes.length);
    each.forEach((row, c) => expect(row['overlap']).toBeCloseTo(classes[c]!, 12));
    // Every class counts alike, and no class has more neighbours to offer than it has other samples.
    for (const column of ['overlap', 'chance', 'most'])
      expect(whole![column]).toBeCloseTo(each.reduce((sum, row) => sum + row[column]! / each.length, 0), 12);
    for (const row of each) expect(row['most']).toBeCloseTo(Math.min(1, (row['n']! - 1) / 30), 12);
    const probe = (golden('linear_probe') as Case[]).find(c => c.name.startsWith('netA_t0_layer1'))!.expected;
    expect(tables['probe']![0]!['accuracy']).toBe(probe['test_accuracy']);
    expect(tables['probe']![0]!['train_accuracy']).toBe(probe['train_accuracy']);
    near(tables['probe']![0]!['objective']!, probe['objective_C_sumloss_plus_half_w2'] as unknown as number, 1e-9);
  });

  test('metrics between layers of two networks', async () => {
    for (const name of ['netA_t30_layer2', 'netB_t30_layer2'])
      runs.write(`${name}.csv`, csv(matrix({csv: `${name}.csv`})));
    const pair = (metric: string): string => `{stage: metric, metric: ${metric}, from: {a: a, b: b}}`;
    const tables = await runs.run({
      a: '{stage: load, source: matrix, path: netA_t30_layer2.csv, header: false}',
      b: '{stage: load, source: matrix, path: netB_t30_layer2.csv, header: false}',
      cka: pair('cka'),
      gaussian: pair('cka, kernel: rbf'),
      batches: pair('cka, batch: 50'),
      cosine: pair('mutual-knn, clip: 1'),
      canonical: pair('svcca'),
      all: pair('svcca, variance: 1'),
      imbalance: pair('information-imbalance, k: 5'),
      overlap: pair('neighborhood-overlap, with: layers'),
    });
    const value = (stage: string, column: string): number => tables[stage]![0]![column]!;
    const expected = (file: string, name: string) =>
      (golden(file) as Case[]).find(c => c.name.startsWith(name))!.expected as unknown as Record<string, number>;

    const cka = expected('cka', 'netA_t30_layer2.csv vs netB');
    near(value('cka', 'cka_biased'), cka['linear_cka']!, 1e-9);
    near(value('cka', 'cka_debiased'), cka['linear_cka_debiased']!, 1e-9);
    near(value('gaussian', 'cka_biased'), cka['rbf_cka_threshold_0.5_median']!, 1e-9);
    near(value('batches', 'cka_debiased'), cka['minibatch_cka_batch_50_unbiased_HSIC_averaged']!, 1e-9);
    const cosine = cka['platonic_on_L2_normalised_rows'] as unknown as Record<string, number>;
    near(value('cosine', 'mutual_knn'), cosine['mutual_knn_k10']!, 1e-6);

    const canonical = expected('svcca', 'netA_t30_layer2.csv vs netB');
    near(value('canonical', 'svcca'), canonical['svcca_99var_mean_all_coefs']!, 1e-6);
    const defined = canonical['definition_based(numpy SVD)'] as unknown as Record<string, number>;
    near(value('all', 'pwcca'), defined['pwcca_weights_from_x']!, 1e-6);
    near(value('all', 'pwcca_other'), defined['pwcca_weights_from_y']!, 1e-6);

    const imbalance = expected('information_imbalance', 'netA_t30_layer2.csv / netB_t30_layer2.csv k=5');
    near(value('imbalance', 'imbalance'), imbalance['delta_a_to_b']!, 1e-12);
    near(value('imbalance', 'imbalance_back'), imbalance['delta_b_to_a']!, 1e-12);

    const overlap = expected('neighborhood_overlap', 'between two networks, k=30');
    near(value('overlap', 'overlap'), overlap['chi_mean']!, 1e-12);
    near(value('overlap', 'chance'), overlap['chance_level_k_over_Nminus1']!, 1e-12);
  });

  test('spectra, scales and classes of single layers', async () => {
    const points = {digits: 'digits_1797x64.csv', net: 'netA_t30_layer1.csv'};
    for (const [name, file] of Object.entries(points)) runs.write(`${name}.csv`, csv(matrix({csv: file})));
    runs.write('net-labels.csv', labels('net_labels.csv').join('\n'));
    const tables = await runs.run({
      digits: '{stage: load, source: matrix, path: digits.csv, header: false}',
      net: '{stage: load, source: matrix, path: net.csv, header: false, labels: net-labels.csv}',
      pca: '{stage: metric, metric: pca-id, from: digits, standardise: false}',
      alpha: '{stage: metric, metric: spectrum-alpha, from: digits, ranges: [[4, 40], [11, 50]]}',
      gride: '{stage: metric, metric: gride, from: digits}',
      kstar: '{stage: metric, metric: kstar, from: net}',
    });
    const expected = (file: string, name: string) =>
      (golden(file) as Case[]).find(c => c.name.includes(name))!.expected as unknown as Record<string, number>;

    const pca = expected('pca_id', 'digits standardised=False');
    expect(tables['pca']![0]!['id']).toBe(pca['components_needed_cum_ge_0.9']);
    near(tables['pca']![0]!['participation_ratio']!, pca['participation_ratio']!, 1e-9);
    const alpha = expected('alpha_powerlaw', 'covariance spectrum of digits');
    near(tables['alpha']![0]!['alpha']!, alpha['alpha_ranks_4_40']!, 1e-7);
    near(tables['alpha']![1]!['alpha']!, alpha['alpha_ranks_11_50']!, 1e-7);
    const gride = expected('gride', 'digits') as unknown as Record<string, number[]>;
    tables['gride']!.forEach((row, i) => {
      near(row['id']!, gride['id']![i]!, 1e-7);
      near(row['error']!, gride['err']![i]!, 1e-5);
    });
    const kstar = expected('kstar', 'netA_t30_layer1.csv');
    const [all] = tables['kstar']!;
    expect(all!['pooled_skewness']).toBeCloseTo(kstar['Gamma_true_pooled_skew(inferred definition)']!, 10);
    expect(all!['class_mean_skewness']).toBeCloseTo(kstar['Gamma_prime_mean_of_class_skews(inferred definition)']!, 10);
    expect(tables['kstar']).toHaveLength(11);
  });

  test('views', async () => {
    const [blocks, , plane] = golden('tsne') as unknown as [
      {input: {points: number[][]; perplexity: number}},
      unknown,
      {input: {csv: string; k: number}; expected: Record<string, number> & Record<string, number[]>},
    ];
    const points = matrix(blocks.input);
    const net = matrix(plane.input);
    runs.write('points.csv', csv(points));
    runs.write('plane.csv', csv(net));
    const view = (name: string, from: string): string => `{stage: project, view: ${name}, from: ${from}}`;
    const tables = await runs.run({
      points: '{stage: load, source: matrix, path: points.csv, header: false}',
      net: '{stage: load, source: matrix, path: plane.csv, header: false}',
      pca: view(`pca, k: ${plane.input.k}`, 'net'),
      tsne: view(`tsne, k: 5, perplexity: ${blocks.input.perplexity}`, 'points'),
      umap: view(`umap, k: ${plane.input.k}`, 'net'),
    });
    const {expected} = plane;
    const [first] = tables['pca']!;
    near(first!['trustworthiness']!, expected['trustworthiness']!, 1e-9);
    near(first!['continuity']!, expected['continuity']!, 1e-9);
    ['explained_x', 'explained_y'].forEach((column, i) => near(first![column]!, expected['pc_explained_ratio']![i]!, 1e-9));
    ['x', 'y'].forEach((column, i) => near(Math.abs(first![column]!), expected['abs_first_row']![i]!, 1e-9));

    // The layouts are not to be had from another program; what is said of them is that of the coordinates.
    const coordinates = (name: string): Float64Array =>
      Float64Array.from(tables[name]!.flatMap(row => [row['x']!, row['y']!]));
    const {graph} = exactAffinities(points, blocks.input.perplexity);
    near(tables['tsne']![0]!['kl']!, divergence(graph, coordinates('tsne')), 1e-12);
    for (const [name, x, k, least] of [
      ['tsne', points, 5, 0.9],
      ['umap', net, plane.input.k, 0.97],
    ] as const) {
      const plane = {rows: x.rows, cols: 2, data: coordinates(name)};
      const quality = (await viewQuality(x, await nearestNeighbors(x, k), plane, k))!;
      near(tables[name]![0]!['trustworthiness']!, quality.trustworthiness, 1e-12);
      near(tables[name]![0]!['continuity']!, quality.continuity, 1e-12);
      expect(quality.trustworthiness).toBeGreaterThan(least);
    }
  });
});
