import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {npy} from '../rig/npz.js';
import {expectClose} from './close.js';
import {golden, matrix, mulberry32, noisySpectrum, powers} from './golden.js';
import type {Rows} from './golden-runs.js';
import {csv, GoldenRuns} from './golden-runs.js';

/** Spectra that are given number by number, and those of data sets: from an experiment file to the tables of its run. */

interface Case<Expected> {
  readonly name: string;
  readonly input: {readonly csv?: string};
  readonly expected: Expected;
  readonly tolerance: {readonly abs?: number; readonly rel?: number};
}
interface Fit {
  readonly 'alpha_weighted_1_over_n(Stringer)': number;
  readonly 'alpha_stringer_code(float32 weights)': number;
  readonly intercept_log: number;
  readonly alpha_unweighted_OLS: number;
  readonly r2_OLS: number;
}
interface Spectrum {
  readonly eigenspectrum_ratio_first5: readonly number[];
  readonly 'n_positive_gt_1e-12': number;
}

const cases = golden('alpha_powerlaw') as Case<unknown>[];
const [exact, noisy, pitfall, robust] = cases as [
  Case<Readonly<Record<string, Fit>>>,
  Case<Readonly<Record<string, Fit>>>,
  Case<Readonly<Record<string, number>>>,
  Case<{readonly robust_alpha: number; readonly fit_powerlaw_11_100: number}>,
];
const measured = cases.filter(c => c.input.csv !== undefined) as Case<Spectrum>[];
interface Leading {
  readonly explained_variance_first10_ddof1: readonly number[];
  readonly explained_variance_ratio_first10: readonly number[];
}
const components = (golden('pca_id') as (Case<Leading> & {readonly input: {readonly standardise: boolean}})[]).filter(
  c => !c.input.standardise,
);
const spread = (golden('anisotropy') as Case<{readonly lambda_first5: readonly number[]}>[]).filter(
  c => c.input.csv !== undefined,
);
const given = {exact: powers(1000, 1.2), noisy: noisySpectrum()};

/**
 * A NumPy file of points whose covariance has these eigenvalues: two on every axis, as far to either side as gives its variance, and
 * all turned by one Householder reflection.
 */
function pointsOf(eigenvalues: Float64Array): Buffer {
  const cols = eigenvalues.length;
  const rows = 2 * cols;
  const uniform = mulberry32(1);
  const v = Float64Array.from({length: cols}, () => uniform() - 0.5);
  const tau = 2 / v.reduce((sum, x) => sum + x * x, 0);
  const data = new Float64Array(rows * cols);
  eigenvalues.forEach((eigenvalue, axis) => {
    const distance = Math.sqrt((eigenvalue * (rows - 1)) / 2);
    for (let c = 0; c < cols; c++) {
      const turned = distance * ((c === axis ? 1 : 0) - tau * v[axis]! * v[c]!);
      data[2 * axis * cols + c] = turned;
      data[(2 * axis + 1) * cols + c] = -turned;
    }
  });
  return npy([rows, cols], data);
}

/** The ranks that the name of an expectation ends with: `ranks_11_500`, `matlab 11:500 (ranks 11..500)`. */
const ranksIn = (name: string): number[] => /(\d+)(?:_|:|\.\.)(\d+)\)?$/.exec(name)!.slice(1).map(Number);
const rangesOf = ({expected}: Case<object>): string => JSON.stringify(Object.keys(expected).map(ranksIn));
const nameOf = ({input}: Case<unknown>): string => input.csv!.replace('.csv', '').replaceAll('_', '-');

const runs = new GoldenRuns();
afterAll(() => runs.remove());
let tables: Rows = {};

beforeAll(async () => {
  const stages: Record<string, string> = {};
  const metric = (label: string, from: string, rest: string): void => {
    stages[label] = `{stage: metric, from: ${from}, metric: ${rest}}`;
  };
  for (const [name, eigenvalues] of Object.entries(given)) {
    runs.write(`${name}.npy`, pointsOf(eigenvalues));
    stages[name] = `{stage: load, source: matrix, path: ${name}.npy}`;
    metric(`${name}-all`, name, 'eigenvalues, ranks: 1000');
    metric(`${name}-first`, name, 'eigenvalues, ranks: 50');
  }
  for (const [name, c] of Object.entries({exact, noisy}))
    for (const fit of ['weighted', 'unweighted'])
      metric(`${name}-${fit}`, name, `spectrum-alpha, fit: ${fit}, ranges: ${rangesOf(c)}`);
  metric('pitfall', 'noisy', `spectrum-alpha, ranges: ${rangesOf(pitfall)}`);
  for (const fit of ['robust', 'unweighted'])
    metric(`windows-${fit}`, 'noisy', `spectrum-alpha, fit: ${fit}, ranges: [[11, 100]]`);
  for (const c of [...measured, ...components, ...spread]) {
    runs.write(`${nameOf(c)}.csv`, csv(matrix({csv: c.input.csv!})));
    stages[nameOf(c)] = `{stage: load, source: matrix, path: ${nameOf(c)}.csv, header: false}`;
    metric(`${nameOf(c)}-spectrum`, nameOf(c), 'eigenvalues');
  }
  tables = await runs.run(stages);
}, 120_000);

describe.each([
  ['exact', exact],
  ['noisy', noisy],
] as const)('the %s spectrum', (name, {expected, tolerance}) => {
  const total = given[name].reduce((sum, value) => sum + value, 0);

  test.each(Object.entries(expected).map(([range, fit], i) => [range, fit, i] as const))('%s', (range, fit, i) => {
    const [weighted, unweighted] = [tables[`${name}-weighted`]![i]!, tables[`${name}-unweighted`]![i]!];
    for (const row of [weighted, unweighted])
      expect([row['first_rank'], row['last_rank'], row['status']]).toEqual([...ranksIn(range), 'ok']);
    expectClose(weighted['alpha']!, fit['alpha_weighted_1_over_n(Stringer)'], tolerance);
    // The reference has its weights in float32.
    expectClose(weighted['alpha']!, fit['alpha_stringer_code(float32 weights)'], {abs: 1e-8});
    // The table's line is of shares of the variance, the expected one of the eigenvalues.
    expectClose(weighted['intercept']! + Math.log(total), fit.intercept_log, tolerance);
    expectClose(unweighted['alpha']!, fit.alpha_unweighted_OLS, tolerance);
    expectClose(unweighted['r2']!, fit.r2_OLS, tolerance);
  });

  test('is what was given, all of it or the first ranks alone', () => {
    for (const [variant, count] of [
      ['all', given[name].length],
      ['first', 50],
    ] as const) {
      const rows = tables[`${name}-${variant}`]!;
      expect(rows.map(row => row['rank'])).toEqual(Array.from({length: count}, (_, i) => i + 1));
      rows.forEach((row, i) => {
        expectClose(row['eigenvalue']!, given[name][i]!, {abs: 1e-13});
        expectClose(row['share']!, given[name][i]! / total, {abs: 1e-13});
      });
    }
  });
});

test(pitfall.name, () => {
  const rows = tables['pitfall']!;
  Object.entries(pitfall.expected).forEach(([range, alpha], i) => {
    expect([rows[i]!['first_rank'], rows[i]!['last_rank']]).toEqual(ranksIn(range));
    expectClose(rows[i]!['alpha']!, alpha, pitfall.tolerance);
  });
});

test(robust.name, () => {
  expectClose(tables['windows-robust']![0]!['alpha']!, robust.expected.robust_alpha, robust.tolerance);
  expectClose(tables['windows-unweighted']![0]!['alpha']!, robust.expected.fit_powerlaw_11_100, robust.tolerance);
});

test('there are spectra of three data sets', () => expect(measured).toHaveLength(3));
test.each(measured.map(c => [c.name, c] as const))('%s', (_, c) => {
  const rows = tables[`${nameOf(c)}-spectrum`]!;
  expect(rows).toHaveLength(c.expected['n_positive_gt_1e-12']);
  c.expected.eigenspectrum_ratio_first5.forEach((share, i) => expectClose(rows[i]!['share']!, share, c.tolerance));
  const shares = rows.map(row => row['share']!);
  expectClose(shares.reduce((sum, share) => sum + share, 0), 1, {abs: 1e-12});
});

test('there are principal components of four data sets', () => expect(components).toHaveLength(4));
test.each(components.map(c => [c.name, c] as const))('principal components of %s', (_, c) => {
  const {explained_variance_first10_ddof1: values, explained_variance_ratio_first10: shares} = c.expected;
  const rows = tables[`${nameOf(c)}-spectrum`]!.slice(0, 10);
  rows.forEach((row, i) => {
    expectClose(row['eigenvalue']!, values[i]!, c.tolerance);
    expectClose(row['share']!, shares[i]!, c.tolerance);
  });
  // Those left out are rounding, here and there.
  for (const value of values.slice(rows.length)) expect(value).toBeLessThan(1e-12 * values[0]!);
});

test('there are largest eigenvalues of four data sets', () => expect(spread).toHaveLength(4));
test.each(spread.map(c => [c.name, c] as const))('largest eigenvalues of %s', (_, c) =>
  c.expected.lambda_first5.forEach((value, i) =>
    expectClose(tables[`${nameOf(c)}-spectrum`]![i]!['eigenvalue']!, value, c.tolerance),
  ),
);
