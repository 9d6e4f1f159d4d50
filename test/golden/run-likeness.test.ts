import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {mutualKnn, prepareMutualKnn} from '../../src/kernels/mutual-knn.js';
import {npy} from '../rig/npz.js';
import {expectClose} from './close.js';
import {fromRows, golden, matrix} from './golden.js';
import type {Rows} from './golden-runs.js';
import {GoldenRuns} from './golden-runs.js';

/** CKA, neighbours on the sphere and canonical correlations of two layers: to the tables of one run. */

type Numbers = Readonly<Record<string, number>>;
interface Inputs {
  readonly X?: readonly (readonly number[])[];
  readonly Y?: readonly (readonly number[])[];
  readonly csv_x?: string;
  readonly csv_y?: string;
}
interface Case<Expected> {
  readonly name: string;
  readonly input: Inputs;
  readonly expected: Expected;
  readonly tolerance: {readonly abs: number; readonly platonic_mutual_knn?: number};
}
type Kept = readonly [number, number];
interface Canonical {
  readonly 'kept_dims_99pct_variance(sum of squared singular values)': Kept;
  readonly kept_dims_99pct_of_sum_of_singular_values: Kept;
  readonly svcca_99var_mean_all_coefs: number;
  readonly 'svcca_99var_google_mean_(truncated at 0.98 of sum)': number;
  readonly svcca_top5_mean: number;
  readonly svcca_top10_mean: number;
  readonly cca_mean_all: number;
  readonly 'definition_based(numpy SVD)': Numbers;
}

const kernels = golden('cka') as Case<Numbers>[];
const [demo] = kernels as [Case<Numbers>];
const full = kernels.filter(c => 'linear_cka_debiased' in c.expected);
const spheres = kernels.filter(c => 'platonic_on_L2_normalised_rows' in c.expected);
const canonical = golden('svcca') as Case<Canonical>[];
test('there are cases of all', () =>
  expect([kernels, full, spheres, canonical].map(c => c.length)).toEqual([6, 4, 3, 4]));

const sides = ({input: {X, Y, csv_x: x, csv_y: y}}: Case<unknown>): readonly [Matrix, Matrix] =>
  X === undefined ? [matrix({csv: x!}), matrix({csv: y!})] : [fromRows(X), fromRows(Y!)];
/** The place of the case of CKA that has the same two layers: the first is the demo pair in both files. */
const pairOf = ({input: {csv_x: x, csv_y: y}}: Case<unknown>): number =>
  x === undefined ? 0 : kernels.findIndex(c => c.input.csv_x === x && c.input.csv_y === y);
const batchOf = ({expected}: Case<Numbers>): readonly [key: string, size: string] => {
  const key = Object.keys(expected).find(name => name.startsWith('minibatch'))!;
  return [key, /batch_(\d+)/.exec(key)![1]!];
};

const runs = new GoldenRuns();
afterAll(() => runs.remove());
let tables: Rows = {};
const only = (stage: string): Numbers => {
  expect(tables[stage], stage).toHaveLength(1);
  return tables[stage]![0]!;
};

beforeAll(async () => {
  const stages: Record<string, string> = {};
  const metric = (label: string, pair: number, rest: string): void => {
    stages[`${label}${pair}`] = `{stage: metric, from: {a: x${pair}, b: y${pair}}, metric: ${rest}}`;
  };
  kernels.forEach((c, pair) => {
    sides(c).forEach(({rows, cols, data}, side) => {
      const label = `${'xy'[side]!}${pair}`;
      runs.write(`${label}.npy`, npy([rows, cols], data));
      stages[label] = `{stage: load, source: matrix, path: ${label}.npy}`;
    });
    metric('cka', pair, 'cka');
  });
  for (const c of full) {
    metric('half', pairOf(c), 'cka, kernel: rbf');
    metric('wide', pairOf(c), 'cka, kernel: rbf, bandwidth: 1');
    metric('batches', pairOf(c), `cka, batch: ${batchOf(c)[1]}`);
  }
  for (const c of spheres) {
    metric('mutual', pairOf(c), 'mutual-knn, k: 10, clip: 1');
    metric('ranks', pairOf(c), 'rank-overlap, k: 10, distance: cosine');
  }
  for (const c of canonical) {
    metric('svcca', pairOf(c), 'svcca');
    metric('singular', pairOf(c), 'svcca, shareOf: singular-values');
    metric('five', pairOf(c), 'svcca, dims: 5');
    metric('ten', pairOf(c), 'svcca, dims: 10');
    metric('all', pairOf(c), 'svcca, variance: 1');
  }
  tables = await runs.run(stages);
}, 120_000);

test('CKA published with the method, to its five decimals', () => {
  const {published} = demo as unknown as {published: Numbers};
  for (const [stage, column, key] of [
    ['cka0', 'cka_biased', 'linear_cka'],
    ['half0', 'cka_biased', 'rbf_cka_threshold_0.5_median'],
    ['cka0', 'cka_debiased', 'linear_cka_debiased'],
  ] as const)
    expect(Number(only(stage)[column]!.toFixed(5))).toBe(published[key]);
});

test.each(full.map(c => [c.name, c] as const))('CKA, %s', (_, c) => {
  const {expected, tolerance} = c;
  const of = (variant: string): Numbers => only(`${variant}${pairOf(c)}`);
  expectClose(of('cka')['cka_biased']!, expected['linear_cka']!, tolerance);
  expectClose(of('cka')['cka_debiased']!, expected['linear_cka_debiased']!, tolerance);
  expectClose(of('half')['cka_biased']!, expected['rbf_cka_threshold_0.5_median']!, tolerance);
  expectClose(of('wide')['cka_biased']!, expected['rbf_cka_threshold_1_median']!, tolerance);
  expectClose(of('batches')['cka_debiased']!, expected[batchOf(c)[0]]!, tolerance);
});

describe('CKA that is not defined', () => {
  const find = (name: string): number => kernels.findIndex(c => c.name.startsWith(name));

  test('debiased, of three rows', () => {
    const pair = find('edge N=3');
    const {expected, tolerance} = kernels[pair]!;
    const found = only(`cka${pair}`);
    expectClose(found['cka_biased']!, expected['linear_cka']!, tolerance);
    expect(found).toMatchObject({cka_debiased: null, chance: null, status: 'insufficient'});
  });

  test('of constant features', () =>
    expect(only(`cka${find('edge constant')}`)).toMatchObject({
      cka_biased: null,
      cka_debiased: null,
      status: 'constant',
    }));
});

test.each(spheres.map(c => [c.name, c] as const))('nearest neighbours on the sphere, %s', async (_, c) => {
  const expected = c.expected['platonic_on_L2_normalised_rows'] as unknown as Numbers;
  // The reference averages these in float32.
  const single = {abs: c.tolerance.platonic_mutual_knn!};
  const found = only(`mutual${pairOf(c)}`);
  expectClose(found['mutual_knn']!, expected['mutual_knn_k10']!, single);
  expectClose(found['cycle']!, expected['cycle_knn_k10']!, single);
  // The reference adds 1e-6 to the root that it divides by, the table does not.
  const options = {k: 10, clip: 1, normalise: true};
  const [x, y] = sides(c);
  const [, xx, yy] = mutualKnn(await prepareMutualKnn(x, options), await prepareMutualKnn(y, options)).alignments!;
  const root = Math.sqrt(xx * yy);
  expectClose((found['cknna']! * root) / (root + 1e-6), expected['cknna_k10']!, c.tolerance);
  const ranks = only(`ranks${pairOf(c)}`);
  expectClose(ranks['lcs']!, expected['lcs_knn_k10_mean_length']!, single);
  expectClose(ranks['edit_similarity']!, expected['edit_distance_knn_k10']!, c.tolerance);
});

test.each(canonical.map(c => [c.name, c] as const))('canonical correlations, %s', (_, c) => {
  const {expected, tolerance} = c;
  const of = (variant: string): Numbers => only(`${variant}${pairOf(c)}`);
  const kept = (variant: string): unknown[] => [of(variant)['kept'], of(variant)['kept_other']];
  expect(kept('svcca')).toEqual(expected['kept_dims_99pct_variance(sum of squared singular values)']);
  expectClose(of('svcca')['svcca']!, expected.svcca_99var_mean_all_coefs, tolerance);
  expectClose(
    of('svcca')['svcca_leading']!,
    expected['svcca_99var_google_mean_(truncated at 0.98 of sum)'],
    tolerance,
  );
  expect(kept('singular')).toEqual(expected.kept_dims_99pct_of_sum_of_singular_values);
  expectClose(of('five')['svcca']!, expected.svcca_top5_mean, tolerance);
  expectClose(of('ten')['svcca']!, expected.svcca_top10_mean, tolerance);

  const defined = expected['definition_based(numpy SVD)'];
  expect(kept('all')).toEqual([defined['rank_x'], defined['rank_y']]);
  expectClose(of('all')['svcca']!, defined['mean_cca']!, tolerance);
  expectClose(of('all')['svcca']!, expected.cca_mean_all, tolerance);
  expectClose(of('all')['mean_square']!, defined['mean_squared_cca_centred']!, tolerance);
  expectClose(of('all')['pwcca']!, defined['pwcca_weights_from_x']!, tolerance);
  expectClose(of('all')['pwcca_other']!, defined['pwcca_weights_from_y']!, tolerance);
});
