import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {npy} from '../rig/npz.js';
import {expectClose} from './close.js';
import {golden, labels, lin, matrix} from './golden.js';
import type {Rows} from './golden-runs.js';
import {csv, GoldenRuns} from './golden-runs.js';

/** Metrics of single layers: the expected numbers of many data sets, from one experiment file to the tables of its run. */

type Numbers = Readonly<Record<string, number>>;
interface Case<Expected> {
  readonly name: string;
  readonly input: {readonly csv: string; readonly labels?: string; readonly standardise?: boolean};
  readonly expected: Expected;
  readonly tolerance: Numbers;
}
const casesOf = <Expected>(file: string): Case<Expected>[] => golden(file) as Case<Expected>[];
const withCsv = <Expected>(file: string): Case<Expected>[] =>
  casesOf<Expected>(file).filter(c => typeof (c as {input?: {csv?: string}}).input?.csv === 'string');

interface Fit {
  readonly slope_through_origin: number;
  readonly pearson_r: number;
  readonly log10_p: number;
  readonly points_used: number;
  readonly linregress_with_intercept: {readonly slope: number; readonly intercept: number; readonly stderr: number};
}
type TwoNN = Readonly<Record<`IDNN_fraction_${'0.9' | '0.85' | '1.0'}`, Fit>> & {
  readonly n_valid: number;
  readonly seed_literal_drop_last_only: {readonly slope_through_origin: number};
  readonly MLE_N_over_sum: number;
  readonly MLE_Nminus1_over_sum_unbiased: number;
  readonly MLE_CI95_chi2: readonly [number, number];
  readonly bayes_gamma_prior_2_5_mean: number;
  readonly 'F_from_zero_variant_(old_skdim,torchid)': number | 'NaN';
};
type Gride = Readonly<Record<'n1' | 'n2' | 'id' | 'err' | 'mean_scale', readonly number[]>>;
interface Classes {
  readonly kstar: readonly number[];
  readonly kstar_over_class_size?: readonly number[];
  readonly per_class: Readonly<Record<string, {n: number; mean: number; std_ddof0: number; skew_gamma: number; pattern: string}>>;
}
interface Scale {
  readonly blocks: number;
  readonly points_per_block: number;
  readonly id_per_block: readonly number[];
  readonly id_mean: number;
  readonly id_std_ddof0: number;
  readonly id_sem_ddof0: number;
  readonly mle_mean: number;
  readonly scale_mean_r1_r2: number;
}

const twonn = withCsv<TwoNN>('twonn');
const gride = withCsv<Gride>('gride');
const anisotropy = withCsv<Numbers>('anisotropy');
const pca = withCsv<Numbers>('pca_id');
const alpha = withCsv<Numbers>('alpha_powerlaw');
const kstar = withCsv<Numbers & Classes>('kstar');
const strided = withCsv<readonly Scale[]>('decimation').filter(c => c.name.endsWith('strided disjoint blocks'));
test('there are cases of all', () =>
  expect([twonn, gride, anisotropy, pca, alpha, kstar, strided].map(c => c.length)).toEqual([6, 4, 4, 8, 3, 5, 3]));

const nameOf = (file: string): string => file.replace('.csv', '').replaceAll('_', '-');
const data = ({input}: Case<unknown>): string => nameOf(input.csv);
/** The ranges of ranks of the expected decays: `alpha_ranks_4_40`. */
const rangesOf = ({expected}: Case<Numbers>): number[][] =>
  Object.keys(expected).filter(key => key.startsWith('alpha_ranks')).map(key => key.split('_').slice(2).map(Number));

const runs = new GoldenRuns();
afterAll(() => runs.remove());
let tables: Rows = {};
const first = (stage: string): Numbers => tables[stage]![0]!;

beforeAll(async () => {
  const stages: Record<string, string> = {};
  const metric = (label: string, from: string, rest: string): void => {
    stages[label] = `{stage: metric, from: ${from}, metric: ${rest}}`;
  };
  const labelled = new Map(kstar.map(c => [c.input.csv, c.input.labels!]));
  const files = [twonn, gride, anisotropy, pca, alpha, kstar, strided].flat().map(c => c.input.csv);
  for (const file of new Set(files)) {
    const own = labelled.get(file);
    runs.write(`${nameOf(file)}.csv`, csv(matrix({csv: file})));
    if (own !== undefined) runs.write(`${nameOf(file)}.labels.csv`, labels(own).join('\n'));
    const classes = own === undefined ? '' : `, labels: ${nameOf(file)}.labels.csv`;
    stages[nameOf(file)] = `{stage: load, source: matrix, path: ${nameOf(file)}.csv, header: false${classes}}`;
  }
  for (const c of twonn) {
    const x = data(c);
    metric(`${x}-90`, x, 'twonn');
    metric(`${x}-85`, x, 'twonn, fraction: 0.85');
    metric(`${x}-100`, x, 'twonn, fraction: 1');
    metric(`${x}-line`, x, 'twonn, intercept: true');
    metric(`${x}-literal`, x, 'twonn, fraction: 1, dropLast: 1');
    metric(`${x}-zero`, x, 'twonn, exclude: none, dropLast: 1, cdf: "(i-1)/N"');
    metric(`${x}-mle`, x, 'twonn, estimator: likelihood');
    metric(`${x}-unbiased`, x, 'twonn, estimator: likelihood, unbiased: true');
  }
  for (const c of gride) metric(`${data(c)}-gride`, data(c), 'gride');
  for (const c of anisotropy) {
    metric(`${data(c)}-anisotropy`, data(c), 'anisotropy');
    metric(`${data(c)}-uncentred`, data(c), 'anisotropy, centre: false');
  }
  for (const c of pca) {
    const standardise = String(c.input.standardise);
    metric(`${data(c)}-pca-${standardise}`, data(c), `pca-id, standardise: ${standardise}`);
    metric(`${data(c)}-index-${standardise}`, data(c), `pca-id, standardise: ${standardise}, count: index`);
  }
  for (const c of alpha) metric(`${data(c)}-alpha`, data(c), `spectrum-alpha, ranges: ${JSON.stringify(rangesOf(c))}`);
  for (const c of kstar) {
    metric(`${data(c)}-kstar`, data(c), 'kstar');
    metric(`${data(c)}-kstar-each`, data(c), 'kstar, rows: samples');
  }
  for (const c of strided) {
    const fractions = JSON.stringify(c.expected.map(scale => 1 / scale.blocks));
    stages[`${data(c)}-blocks`] = `{stage: decimate, from: ${data(c)}, method: strided, fractions: ${fractions}}`;
    metric(`${data(c)}-block-id`, `${data(c)}-blocks`, 'twonn');
    metric(`${data(c)}-block-mle`, `${data(c)}-blocks`, 'twonn, estimator: likelihood');
    metric(`${data(c)}-scaling`, `${data(c)}-block-id`, 'block-analysis');
    metric(`${data(c)}-mle-scaling`, `${data(c)}-block-mle`, 'block-analysis');
  }
  const fractions = JSON.stringify(Array.from({length: 8}, (_, i) => 2 ** -i));
  stages['draws'] = `{stage: decimate, from: lin5-n2000-d50, fractions: ${fractions}, repeats: null}`;
  metric('draws-id', 'draws', 'twonn');
  metric('draws-scaling', 'draws-id', 'block-analysis');
  tables = await runs.run(stages);
}, 120_000);

test.each(twonn.map(c => [c.name, c] as const))('TwoNN of %s', (_, c) => {
  const {expected, tolerance} = c;
  const of = (variant: string): Numbers => first(`${data(c)}-${variant}`);
  for (const [variant, key] of [['90', '0.9'], ['85', '0.85'], ['100', '1.0']] as const) {
    const fit = expected[`IDNN_fraction_${key}`];
    expectClose(of(variant)['id']!, fit.slope_through_origin, tolerance);
    expectClose(of(variant)['r']!, fit.pearson_r, tolerance);
    expectClose(of(variant)['log10_p']!, fit.log10_p, tolerance);
    expect([of(variant)['n_fit'], of(variant)['n_valid']]).toEqual([fit.points_used, expected.n_valid]);
  }
  const {slope, intercept, stderr} = expected['IDNN_fraction_0.9'].linregress_with_intercept;
  expectClose(of('line')['id']!, slope, tolerance);
  expectClose(of('line')['intercept']!, intercept, tolerance);
  expectClose(of('line')['std_error']!, stderr, tolerance);
  expectClose(of('literal')['id']!, expected.seed_literal_drop_last_only.slope_through_origin, tolerance);
  const zero = expected['F_from_zero_variant_(old_skdim,torchid)'];
  if (zero === 'NaN') expect(of('zero')['id']).toBeNull();
  else expectClose(of('zero')['id']!, zero, tolerance);
  const {id, id_low: low, id_high: high, bayes_mean: bayes} = of('mle');
  expectClose(id!, expected.MLE_N_over_sum, tolerance);
  expectClose(low!, expected.MLE_CI95_chi2[0], tolerance);
  expectClose(high!, expected.MLE_CI95_chi2[1], tolerance);
  expectClose(bayes!, expected.bayes_gamma_prior_2_5_mean, tolerance);
  expectClose(of('unbiased')['id']!, expected.MLE_Nminus1_over_sum_unbiased, tolerance);
});

test.each(gride.map(c => [c.name, c] as const))('Gride of %s', (_, c) => {
  const {expected, tolerance} = c;
  const rows = tables[`${data(c)}-gride`]!;
  expect(rows.map(row => row['scale_n1'])).toEqual(expected.n1);
  expect(rows.map(row => row['scale_n2'])).toEqual(expected.n2);
  rows.forEach((row, i) => {
    expectClose(row['id']!, expected.id[i]!, {abs: tolerance['id_abs']!});
    expectClose(row['error']!, expected.err[i]!, {rel: tolerance['err_rel']!});
    expectClose(row['scale']!, expected.mean_scale[i]!, {rel: tolerance['scale_rel']!});
  });
});

test.each(anisotropy.map(c => [c.name, c] as const))('anisotropy of %s', (_, c) => {
  const {expected, tolerance} = c;
  const found = first(`${data(c)}-anisotropy`);
  expectClose(found['anisotropy']!, expected['A_seed_lambda_max_over_sum']!, tolerance);
  expectClose(found['mean_cosine']!, expected['mean_offdiag_cosine_variant(Ethayarajh)']!, tolerance);
  expectClose(first(`${data(c)}-uncentred`)['anisotropy']!, expected['uncentred_variant']!, tolerance);
});

test.each(pca.map(c => [c.name, c] as const))('PCA dimensions of %s', (_, c) => {
  const {expected, tolerance} = c;
  const found = first(`${data(c)}-pca-${String(c.input.standardise)}`);
  expect(found['id']).toBe(expected['components_needed_cum_ge_0.9']);
  expect(first(`${data(c)}-index-${String(c.input.standardise)}`)['id']).toBe(
    expected['IDNN_get_pca_dim_index_cum_gt_0.9'],
  );
  expectClose(found['participation_ratio']!, expected['participation_ratio']!, tolerance);
  expectClose(found['entropy_rank']!, expected['effective_rank_entropy_exp']!, tolerance);
  expectClose(found['stable_rank']!, expected['stable_rank_of_covariance_sum_over_max']!, tolerance);
  expect(found['fukunaga_olsen']).toBe(expected['skdim_lPCA_FO']);
  expect(found['kaiser']).toBe(expected['kaiser_count_gt_mean']);
  expect(found['max_gap']).toBe(expected['skdim_lPCA_maxgap']);
});

test.each(alpha.map(c => [c.name, c] as const))('%s', (_, c) => {
  const rows = tables[`${data(c)}-alpha`]!;
  rangesOf(c).forEach(([from, to], i) =>
    expectClose(rows[i]!['alpha']!, c.expected[`alpha_ranks_${from!}_${to!}`]!, c.tolerance),
  );
});

test.each(kstar.map(c => [c.name, c] as const))('k* of %s', (_, c) => {
  const [found, ...classes] = tables[`${data(c)}-kstar`] as [Numbers, ...Numbers[]];
  const close = {abs: c.tolerance['others_abs']!};
  expectClose(found['pooled_skewness']!, c.expected['Gamma_true_pooled_skew(inferred definition)']!, close);
  expectClose(
    found['class_mean_skewness']!,
    c.expected['Gamma_prime_mean_of_class_skews(inferred definition)']!,
    close,
  );
  expectClose(found['weighted_mean_skewness']!, c.expected['class_size_weighted_mean_of_class_skews']!, close);
  for (const pattern of ['fractured', 'overlapped', 'clustered'])
    expect(found[pattern]).toBe(c.expected[pattern]);
  expect(classes.map(row => row['group'])).toEqual(Object.keys(c.expected.per_class));
  Object.values(c.expected.per_class).forEach((wanted, i) => {
    const own = classes[i]!;
    expect([own['n'], own['pattern']]).toEqual([wanted.n, wanted.pattern.toLowerCase()]);
    expectClose(own['mean']!, wanted.mean, close);
    expectClose(own['std']!, wanted.std_ddof0, close);
    expectClose(own['skewness']!, wanted.skew_gamma, close);
  });
  const samples = tables[`${data(c)}-kstar-each`]!;
  expect(samples.map(row => row['kstar'])).toEqual(c.expected.kstar);
  c.expected.kstar_over_class_size?.forEach((share, i) => expectClose(samples[i]!['kstar_share']!, share, close));
});

describe('decimation', () => {
  test.each(strided.map(c => [c.name, c] as const))('%s: means and spread over the blocks', (_, c) => {
    const {expected, tolerance} = c;
    const close = {...tolerance, abs: 1e-12};
    const blocks = tables[`${data(c)}-block-id`]!;
    expected.flatMap(scale => scale.id_per_block).forEach((id, i) => expectClose(blocks[i]!['id']!, id, tolerance));
    const rows = tables[`${data(c)}-scaling`]!;
    expect(rows.map(row => row['subsets'])).toEqual(expected.map(scale => scale.blocks));
    expect(rows.map(row => row['n'])).toEqual(expected.map(scale => scale.points_per_block));
    rows.forEach((row, i) => {
      const scale = expected[i]!;
      expect([row['skipped'], row['status']]).toEqual([0, 'ok']);
      expectClose(row['mean']!, scale.id_mean, tolerance);
      expectClose(row['std']!, scale.id_std_ddof0, close);
      expectClose(row['std_error']!, scale.id_sem_ddof0, close);
      expectClose(row['scale']!, scale.scale_mean_r1_r2, tolerance);
      expectClose(tables[`${data(c)}-mle-scaling`]![i]!['mean']!, scale.mle_mean, tolerance);
    });
  });

  // Draws of halves, quarters ... to 16 of the 2000 points, each size as often as it fits; DADApy, which draws others.
  const published = [4.89, 4.7, 4.52, 4.41, 4.46, 4.52, 4.46, 4.39];
  test('random draws of every size, within their standard errors', () => {
    const rows = tables['draws-scaling']!;
    expect(rows.map(row => row['n'])).toEqual([2000, 1000, 500, 250, 125, 63, 31, 16]);
    expect(rows.map(row => row['subsets']! + row['skipped']!)).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
    rows.forEach((row, i) => {
      // Two estimates differ by less than four times what both scatter by, of d / sqrt(n) a draw.
      const one = row['mean']! / Math.sqrt(row['n']! * row['subsets']!);
      expect(Math.abs(row['mean']! - published[i]!), `n = ${row['n']!}`).toBeLessThan(4 * Math.SQRT2 * one);
    });
  });
});

describe('float32 numbers far from the origin', () => {
  interface Offset {
    readonly name: string;
    readonly input: {readonly scale: number; readonly offset: number};
    readonly expected: {readonly float64_direct_differences: {readonly id: number; readonly n_valid: number}};
    readonly tolerance: {readonly float64_id_rel: number};
  }
  const cases = golden('precision_float32') as Offset[];

  test('cost no digits', {timeout: 60_000}, async () => {
    const {rows, cols, data: values} = lin(2468, 800, 6, 256);
    const stages: Record<string, string> = {};
    cases.forEach(({input: {scale, offset}}, i) => {
      runs.write(`x${i}.npy`, npy([rows, cols], Float32Array.from(values, value => value * scale + offset)));
      stages[`x${i}`] = `{stage: load, source: matrix, path: x${i}.npy}`;
      stages[`id${i}`] = `{stage: metric, metric: twonn, from: x${i}}`;
    });
    const found = await runs.run(stages);
    cases.forEach(({expected, tolerance}, i) => {
      const {id, n_valid: valid} = found[`id${i}`]![0]!;
      expectClose(id!, expected.float64_direct_differences.id, {rel: tolerance.float64_id_rel});
      expect(valid).toBe(expected.float64_direct_differences.n_valid);
    });
  });
});
