import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {firstTwoDistances, twonnLikelihood, twonnRegression} from '../../src/kernels/twonn.js';
import type {RegressionOptions} from '../../src/kernels/twonn.js';
import {expectClose} from './close.js';
import {golden, lin, matrix} from './golden.js';

interface Fit {
  readonly slope_through_origin: number;
  readonly pearson_r: number;
  readonly log10_p: number;
  readonly points_used: number;
  readonly r2_uncentred: number;
  readonly linregress_with_intercept: {slope: number; intercept: number; r: number; stderr: number};
}
type Refused = 'NaN' | {readonly error: string};
interface Full {
  readonly n: number;
  readonly n_r1_zero: number;
  readonly n_r1_eq_r2: number;
  readonly n_valid: number;
  readonly 'IDNN_fraction_0.9': Fit;
  readonly 'IDNN_fraction_0.85': Fit;
  readonly 'IDNN_fraction_1.0': Fit;
  readonly seed_literal_drop_last_only: {
    slope_through_origin: number;
    slope_with_intercept: number;
    intercept: number;
    r: number;
    points_used: number;
  };
  readonly MLE_N_over_sum: number;
  readonly MLE_Nminus1_over_sum_unbiased: number;
  readonly MLE_CI95_chi2: readonly [number, number];
  readonly bayes_gamma_prior_2_5_mean: number;
  readonly 'DADApy_2NN_base_mu0.9': number | Refused;
  readonly 'DADApy_2NN_ml_mu0.9': number | 'NaN';
  readonly DADApy_wprior_alpha2_beta5: number | 'NaN';
  readonly 'F_from_zero_variant_(old_skdim,torchid)': number | 'NaN';
}
interface Case<Expected> {
  readonly name: string;
  readonly input: {readonly csv?: string; readonly points?: readonly (readonly number[])[]};
  readonly expected: Expected;
  readonly tolerance: {readonly rel: number};
}

const distances = async (x: Matrix) => firstTwoDistances(await nearestNeighbors(x, 2));
const cases = golden('twonn') as Case<unknown>[];
const named = (name: string): Case<never> => cases.find(c => c.name.startsWith(name)) as Case<never>;

const full = cases.filter(c => 'n_r1_zero' in (c.expected as object)) as Case<Full>[];
test('there are full cases', () => expect(full).toHaveLength(6));

describe.each(full.map(c => [c.name, c] as const))('TwoNN of %s', (_, {input, expected, tolerance}) => {
  test('by regression', async () => {
    const [r1, r2] = await distances(matrix(input));
    const fits = {'IDNN_fraction_0.9': 0.9, 'IDNN_fraction_0.85': 0.85, 'IDNN_fraction_1.0': 1} as const;
    for (const [key, fraction] of Object.entries(fits) as [keyof typeof fits, number][]) {
      const fit = expected[key];
      const ray = twonnRegression(r1, r2, {fraction});
      expect(ray).toMatchObject({
        status: 'ok',
        n: expected.n,
        nZero: expected.n_r1_zero,
        nTied: expected.n_r1_eq_r2,
        nValid: expected.n_valid,
        nFit: fit.points_used,
        intercept: null,
      });
      expectClose(ray.dimension, fit.slope_through_origin, tolerance);
      expectClose(ray.pearson, fit.pearson_r, tolerance);
      expectClose(ray.log10P, fit.log10_p, tolerance);
      expectClose(ray.r2Uncentred, fit.r2_uncentred, tolerance);

      const line = twonnRegression(r1, r2, {fraction, intercept: true});
      expectClose(line.dimension, fit.linregress_with_intercept.slope, tolerance);
      expectClose(line.intercept, fit.linregress_with_intercept.intercept, tolerance);
      expectClose(line.pearson, fit.linregress_with_intercept.r, tolerance);
      expectClose(line.standardError, fit.linregress_with_intercept.stderr, tolerance);
    }
  });

  test('by regression on all points but the last', async () => {
    const [r1, r2] = await distances(matrix(input));
    const literal = expected.seed_literal_drop_last_only;
    const ray = twonnRegression(r1, r2, {fraction: 1, dropLast: 1});
    expect(ray.nFit).toBe(literal.points_used);
    expectClose(ray.dimension, literal.slope_through_origin, tolerance);
    expectClose(ray.pearson, literal.r, tolerance);
    const line = twonnRegression(r1, r2, {fraction: 1, dropLast: 1, intercept: true});
    expectClose(line.dimension, literal.slope_with_intercept, tolerance);
    expectClose(line.intercept, literal.intercept, tolerance);
  });

  test('by maximum likelihood', async () => {
    const [r1, r2] = await distances(matrix(input));
    const estimate = twonnLikelihood(r1, r2);
    expect(estimate).toMatchObject({status: 'ok', n: expected.n, nValid: expected.n_valid});
    expectClose(estimate.dimension, expected.MLE_N_over_sum, tolerance);
    expectClose(estimate.unbiased, expected.MLE_Nminus1_over_sum_unbiased, tolerance);
    expectClose(estimate.low, expected.MLE_CI95_chi2[0], tolerance);
    expectClose(estimate.high, expected.MLE_CI95_chi2[1], tolerance);
    expectClose(estimate.bayesMean, expected.bayes_gamma_prior_2_5_mean, tolerance);
  });

  test('as other implementations have it, with nothing left out', async () => {
    const [r1, r2] = await distances(matrix(input));
    const variant = (options: RegressionOptions) =>
      twonnRegression(r1, r2, {exclude: 'none', dropLast: 1, ...options});
    const either = (actual: number | null, wanted: number | Refused) => {
      if (typeof wanted === 'number') expectClose(actual, wanted, tolerance);
      else expect(actual).toBeNull();
    };
    either(variant({}).dimension, expected['DADApy_2NN_base_mu0.9']);
    either(variant({cdf: '(i-1)/N'}).dimension, expected['F_from_zero_variant_(old_skdim,torchid)']);
    const likelihood = twonnLikelihood(r1, r2, {exclude: 'none'});
    // With r1 = 0 among them the reference gives 0 or NaN.
    const defined = expected.n_r1_zero === 0;
    either(likelihood.unbiased, defined ? expected['DADApy_2NN_ml_mu0.9'] : 'NaN');
    either(likelihood.bayesMean, defined ? expected.DADApy_wprior_alpha2_beta5 : 'NaN');
  });
});

test('TwoNN of generated points', async () => {
  const {expected, tolerance} = named('lin8') as Case<{
    'IDNN_0.9': [number, number];
    MLE: number;
    MLE_unbiased: number;
    mean_r1: number;
    mean_r2: number;
  }>;
  const [r1, r2] = await distances(lin(987654, 5000, 8, 64));
  const regression = twonnRegression(r1, r2);
  expectClose(regression.dimension, expected['IDNN_0.9'][0], tolerance);
  expectClose(regression.pearson, expected['IDNN_0.9'][1], tolerance);
  const likelihood = twonnLikelihood(r1, r2);
  expectClose(likelihood.dimension, expected.MLE, tolerance);
  expectClose(likelihood.unbiased, expected.MLE_unbiased, tolerance);
  expectClose(r1.reduce((sum, r) => sum + r, 0) / 5000, expected.mean_r1, tolerance);
  expectClose(r2.reduce((sum, r) => sum + r, 0) / 5000, expected.mean_r2, tolerance);
});

describe('few points', () => {
  test.each(['4 points', '5 points'])('%s', async name => {
    const {input, expected} = named(name) as Case<{
      slope: number;
      r: number;
      p: number;
      n_xy: number;
      n_valid: number;
      MLE: number;
    }>;
    const [r1, r2] = await distances(matrix(input));
    const estimate = twonnRegression(r1, r2);
    expect(estimate).toMatchObject({status: 'ok', nFit: expected.n_xy, nValid: expected.n_valid});
    expectClose(estimate.dimension, expected.slope, {rel: 1e-12});
    expectClose(estimate.pearson, expected.r, {rel: 1e-12});
    expectClose(10 ** estimate.log10P!, expected.p, {rel: 1e-9});
    expectClose(twonnLikelihood(r1, r2).dimension, expected.MLE, {rel: 1e-12});
  });

  test.each(['2 points', 'regular grid 4x4', 'simplex'])(
    '%s: nothing can be estimated, which is said',
    async name => {
      const [r1, r2] = await distances(matrix(named(name).input));
      expect(twonnRegression(r1, r2)).toMatchObject({
        status: 'insufficient',
        nValid: 0,
        dimension: null,
        pearson: null,
        log10P: null,
      });
      expect(twonnLikelihood(r1, r2)).toMatchObject({
        status: 'insufficient',
        nValid: 0,
        dimension: null,
        low: null,
      });
    },
  );
});
