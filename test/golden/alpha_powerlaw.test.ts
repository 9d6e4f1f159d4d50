import {describe, expect, test} from 'vitest';
import {countUsable, explained, fitPowerLaw} from '../../src/kernels/power-law.js';
import {covarianceSpectrum} from '../../src/kernels/spectrum.js';
import {expectClose} from './close.js';
import {golden, matrix, mulberry32, normals} from './golden.js';

interface Case<Expected> {
  readonly name: string;
  readonly input: {readonly csv?: string};
  readonly expected: Expected;
  readonly tolerance: {readonly abs?: number; readonly rel?: number; readonly alpha_abs?: number};
}
type Fits = Record<
  string,
  {
    'alpha_weighted_1_over_n(Stringer)': number;
    intercept_log: number;
    'alpha_stringer_code(float32 weights)': number;
    alpha_unweighted_OLS: number;
    r2_OLS: number;
    fastssl_fit_R2: number;
  }
>;
type Spectrum = {eigenspectrum_ratio_first5: number[]; 'n_positive_gt_1e-12': number} & {
  [range: `alpha_ranks_${string}`]: number;
};

const cases = golden('alpha_powerlaw') as Case<unknown>[];
const [exact, noisy, ranges, robust, ...rest] = cases as [
  Case<Fits>,
  Case<Fits>,
  Case<Record<string, number>>,
  Case<{robust_alpha: number; fit_powerlaw_11_100: number}>,
  ...Case<unknown>[],
];
const spectra = rest.filter(c => c.name.startsWith('covariance spectrum')) as Case<Spectrum>[];

const powers = (count: number, alpha: number) => Float64Array.from({length: count}, (_, i) => (i + 1) ** -alpha);
const uniform = mulberry32(5150);
const noise = powers(600, 1.04)
  .map(value => value * Math.exp(0.2 * (uniform() - 0.5)))
  .sort()
  .reverse();

describe.each([
  [exact.name, exact, powers(1000, 1.2)],
  [noisy.name, noisy, noise],
] as const)('decay of %s', (_, {expected, tolerance}, values) => {
  const fits = Object.entries(expected).map(([key, fit]) => [key, key.split('_').slice(1).map(Number), fit] as const);

  test.each(fits)('%s', (_key, [first, last], fit) => {
    const weighted = fitPowerLaw(values, [first!, last!]);
    expect(weighted).toMatchObject({status: 'ok', first, last});
    expectClose(weighted.alpha, fit['alpha_weighted_1_over_n(Stringer)'], tolerance);
    expectClose(weighted.intercept, fit.intercept_log, tolerance);
    // The reference has its weights in float32.
    expectClose(weighted.alpha, fit['alpha_stringer_code(float32 weights)'], {abs: 1e-8});
    const unweighted = fitPowerLaw(values, [first!, last!], 'unweighted');
    expectClose(unweighted.alpha, fit.alpha_unweighted_OLS, tolerance);
    expectClose(unweighted.r2, fit.r2_OLS, tolerance);
    // The reference reports R^2 over other ranks than it fits: from the one after the first to the 500th.
    const {alpha, intercept} = weighted;
    expectClose(
      explained(values, {alpha: alpha!, intercept: intercept!}, first! + 1, 500),
      fit.fastssl_fit_R2,
      tolerance,
    );
  });
});

test(ranges.name, () => {
  for (const [key, alpha] of Object.entries(ranges.expected)) {
    // "matlab 11:500", "python np.arange(10,500) (ranks 11..500)"
    const [first, last] = /(\d+)(?:\.\.|:)(\d+)\)?$/.exec(key)!.slice(1).map(Number);
    expectClose(fitPowerLaw(noise, [first!, last!]).alpha, alpha, ranges.tolerance);
  }
});

test(robust.name, () => {
  expectClose(fitPowerLaw(noise, [11, 100], 'robust').alpha, robust.expected.robust_alpha, robust.tolerance);
  const line = fitPowerLaw(noise, [11, 100], 'unweighted');
  expectClose(line.alpha, robust.expected.fit_powerlaw_11_100, robust.tolerance);
});

test.each(spectra.map(c => [c.name, c] as const))('%s', async (_, {input, expected, tolerance}) => {
  const {values} = await covarianceSpectrum(matrix(input));
  const total = values.reduce((sum, value) => sum + value, 0);
  expected.eigenspectrum_ratio_first5.forEach((share, i) => expectClose(values[i]! / total, share, tolerance));
  expect(countUsable(values)).toBe(expected['n_positive_gt_1e-12']);
  const fits = Object.keys(expected).filter(key => key.startsWith('alpha_ranks'));
  expect(fits).toHaveLength(4);
  for (const key of fits as `alpha_ranks_${string}`[]) {
    const [first, last] = key.split('_').slice(2).map(Number);
    expectClose(fitPowerLaw(values, [first!, last!]).alpha, expected[key]!, tolerance);
  }
});

test('signatures of tokens over blocks', async () => {
  const {expected, tolerance} = rest.at(-1) as Case<{alpha_signature_tokens_by_blocks: number[][]}>;
  for (let token = 0; token < 9; token++)
    for (let block = 0; block < 4; block++) {
      const alpha = [0.4, 0.9, 1.6][Math.floor(token / 3)]! + 0.15 * block * (token < 6 ? 1 : -1);
      const data = normals(1000 + 100 * block + token, 120 * 24).map((z, i) => z * ((i % 24) + 1) ** (-alpha / 2));
      const {values} = await covarianceSpectrum({rows: 120, cols: 24, data});
      expectClose(fitPowerLaw(values, [2, 16]).alpha, expected.alpha_signature_tokens_by_blocks[token]![block]!, {
        abs: tolerance.alpha_abs!,
      });
    }
});
