import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {expectClose} from './close.js';
import {golden, labels, matrix} from './golden.js';
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
  readonly r2_uncentred: number;
  readonly linregress_with_intercept: Readonly<Record<'slope' | 'intercept' | 'r' | 'stderr', number>>;
}
const FRACTIONS = ['0.9', '0.85', '1.0'] as const;
type Maybe = number | 'NaN' | {readonly error: string};
type TwoNN = Readonly<Record<`IDNN_fraction_${(typeof FRACTIONS)[number]}`, Fit>> & {
  readonly n_r1_zero: number;
  readonly n_valid: number;
  readonly seed_literal_drop_last_only: Readonly<
    Record<'slope_through_origin' | 'slope_with_intercept' | 'intercept' | 'r' | 'points_used', number>
  >;
  readonly MLE_N_over_sum: number;
  readonly MLE_Nminus1_over_sum_unbiased: number;
  readonly MLE_CI95_chi2: readonly [number, number];
  readonly bayes_gamma_prior_2_5_mean: number;
  readonly 'DADApy_2NN_base_mu0.9': Maybe;
  readonly 'DADApy_2NN_ml_mu0.9': Maybe;
  readonly DADApy_wprior_alpha2_beta5: Maybe;
  readonly DADApy_scale_mean_r1_r2?: number;
  readonly 'F_from_zero_variant_(old_skdim,torchid)': Maybe;
};
type Gride = Readonly<Record<'n1' | 'n2' | 'id' | 'err' | 'mean_scale', readonly number[]>>;
interface Classes {
  readonly kstar: readonly number[];
  readonly kstar_over_class_size?: readonly number[];
  readonly per_class: Readonly<
    Record<string, {n: number; mean: number; std_ddof0: number; skew_gamma: number; pattern: string}>
  >;
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
const anisotropy = withCsv<Numbers & {readonly lambda_first5: readonly number[]}>('anisotropy');
const pca = withCsv<Numbers>('pca_id');
const SHARES = [0.5, 0.8, 0.9, 0.95, 0.99];
const alpha = withCsv<Numbers>('alpha_powerlaw');
const kstar = withCsv<Numbers & Classes>('kstar');
const strided = withCsv<readonly Scale[]>('decimation').filter(c => c.name.endsWith('strided disjoint blocks'));
test('there are cases of all', () =>
  expect([twonn, gride, anisotropy, pca, alpha, kstar, strided].map(c => c.length)).toEqual([6, 4, 4, 8, 3, 5, 3]));

/** As it can stand in a label. */
const percent = (share: number | string): string => String(Math.round(100 * Number(share)));
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
    for (const fraction of FRACTIONS) {
      metric(`${x}-${percent(fraction)}`, x, `twonn, fraction: ${fraction}`);
      metric(`${x}-line-${percent(fraction)}`, x, `twonn, fraction: ${fraction}, intercept: true`);
    }
    metric(`${x}-literal`, x, 'twonn, fraction: 1, dropLast: 1');
    metric(`${x}-line-literal`, x, 'twonn, fraction: 1, dropLast: 1, intercept: true');
    metric(`${x}-none`, x, 'twonn, exclude: none, dropLast: 1');
    metric(`${x}-none-mle`, x, 'twonn, exclude: none, estimator: likelihood, unbiased: true');
    metric(`${x}-zero`, x, 'twonn, exclude: none, dropLast: 1, cdf: "(i-1)/N"');
    metric(`${x}-mle`, x, 'twonn, estimator: likelihood');
    metric(`${x}-unbiased`, x, 'twonn, estimator: likelihood, unbiased: true');
  }
  for (const c of gride) metric(`${data(c)}-gride`, data(c), 'gride');
  for (const c of anisotropy) {
    metric(`${data(c)}-anisotropy`, data(c), 'anisotropy');
    metric(`${data(c)}-uncentred`, data(c), 'anisotropy, centre: false');
  }
  for (const c of pca)
    for (const share of SHARES)
      for (const count of ['needed', 'index']) {
        const rest = `pca-id, standardise: ${c.input.standardise!}, threshold: ${share}, count: ${count}`;
        metric(`${data(c)}-${count}-${c.input.standardise!}-${percent(share)}`, data(c), rest);
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
  for (const fraction of FRACTIONS) {
    const fit = expected[`IDNN_fraction_${fraction}`];
    const ray = of(percent(fraction));
    expectClose(ray['id']!, fit.slope_through_origin, tolerance);
    expectClose(ray['r']!, fit.pearson_r, tolerance);
    expectClose(ray['log10_p']!, fit.log10_p, tolerance);
    expectClose(ray['r2_uncentred']!, fit.r2_uncentred, tolerance);
    expect([ray['n_fit'], ray['n_valid']]).toEqual([fit.points_used, expected.n_valid]);
    const line = of(`line-${percent(fraction)}`);
    expectClose(line['id']!, fit.linregress_with_intercept.slope, tolerance);
    expectClose(line['intercept']!, fit.linregress_with_intercept.intercept, tolerance);
    expectClose(line['r']!, fit.linregress_with_intercept.r, tolerance);
    expectClose(line['std_error']!, fit.linregress_with_intercept.stderr, tolerance);
  }
  const literal = expected.seed_literal_drop_last_only;
  expectClose(of('literal')['id']!, literal.slope_through_origin, tolerance);
  expectClose(of('literal')['r']!, literal.r, tolerance);
  expect(of('literal')['n_fit']).toBe(literal.points_used);
  expectClose(of('line-literal')['id']!, literal.slope_with_intercept, tolerance);
  expectClose(of('line-literal')['intercept']!, literal.intercept, tolerance);
  const either = (actual: number | undefined, wanted: Maybe): void => {
    if (typeof wanted === 'number') expectClose(actual!, wanted, tolerance);
    else expect(actual).toBeNull();
  };
  either(of('zero')['id'], expected['F_from_zero_variant_(old_skdim,torchid)']);
  either(of('none')['id'], expected['DADApy_2NN_base_mu0.9']);
  // With r1 = 0 among them the reference gives 0 or NaN.
  const defined = expected.n_r1_zero === 0;
  either(of('none-mle')['id'], defined ? expected['DADApy_2NN_ml_mu0.9'] : 'NaN');
  either(of('none-mle')['bayes_mean'], defined ? expected.DADApy_wprior_alpha2_beta5 : 'NaN');
  if (expected.DADApy_scale_mean_r1_r2 !== undefined)
    expectClose(of('none')['scale']!, expected.DADApy_scale_mean_r1_r2, tolerance);
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
  expectClose(found['lambda_max']!, expected.lambda_first5[0]!, tolerance);
  expectClose(found['trace']!, expected['trace_cov']!, tolerance);
  expectClose(found['mean_cosine']!, expected['mean_offdiag_cosine_variant(Ethayarajh)']!, tolerance);
  expectClose(first(`${data(c)}-uncentred`)['anisotropy']!, expected['uncentred_variant']!, tolerance);
});

test.each(pca.map(c => [c.name, c] as const))('PCA dimensions of %s', (_, c) => {
  const {expected, tolerance} = c;
  const of = (count: string, share: number): Numbers =>
    first(`${data(c)}-${count}-${c.input.standardise!}-${percent(share)}`);
  for (const share of SHARES) {
    expect(of('needed', share)['id']).toBe(expected[`components_needed_cum_ge_${share}`]);
    expect(of('index', share)['id']).toBe(expected[`IDNN_get_pca_dim_index_cum_gt_${share}`]);
  }
  const found = of('needed', 0.9);
  expectClose(found['variance']!, expected['sum_variance']!, tolerance);
  expectClose(found['participation_ratio']!, expected['participation_ratio']!, tolerance);
  expectClose(found['entropy_rank']!, expected['effective_rank_entropy_exp']!, tolerance);
  expectClose(found['stable_rank']!, expected['stable_rank_of_covariance_sum_over_max']!, tolerance);
  expect(found['fukunaga_olsen']).toBe(expected['skdim_lPCA_FO']);
  expect(found['kaiser']).toBe(expected['kaiser_count_gt_mean']);
  expect(found['max_gap']).toBe(expected['skdim_lPCA_maxgap']);
  // The reference returns the first component that falls short, one-based.
  expect(found['broken_stick']! + 1).toBe(expected['skdim_lPCA_broken_stick']);
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
