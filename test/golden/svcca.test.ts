import {describe, expect, test} from 'vitest';
import type {Kept} from '../../src/kernels/principal-basis.js';
import {prepareSvcca, svcca, svccaSide} from '../../src/kernels/svcca.js';
import {expectClose} from './close.js';
import {fromRows, golden, matrix} from './golden.js';

interface Inputs {
  readonly X?: number[][];
  readonly Y?: number[][];
  readonly csv_x?: string;
  readonly csv_y?: string;
}
interface Case {
  readonly name: string;
  readonly input: Inputs;
  readonly expected: {
    readonly 'kept_dims_99pct_variance(sum of squared singular values)': readonly number[];
    readonly 'kept_dims_99pct_of_sum_of_singular_values': readonly number[];
    readonly svcca_99var_canonical_correlations: readonly number[];
    readonly svcca_99var_mean_all_coefs: number;
    readonly 'svcca_99var_google_mean_(truncated at 0.98 of sum)': number;
    readonly qr_recomputed: readonly number[];
    readonly svcca_top5_mean: number;
    readonly svcca_top10_mean: number;
    readonly cca_mean_all: number;
    readonly cca_coefs_first5: readonly number[];
    readonly 'definition_based(numpy SVD)': {
      readonly rank_x: number;
      readonly rank_y: number;
      readonly canonical_correlations_centred: readonly number[];
      readonly mean_cca: number;
      readonly mean_squared_cca_centred: number;
      readonly pwcca_weights_from_x: number;
      readonly pwcca_weights_from_y: number;
    };
  };
  readonly tolerance: {readonly abs: number};
}

const demo = golden('cka')[0] as {input: Required<Inputs>; expected: Record<string, number>; tolerance: {abs: number}};
const cases = golden('svcca') as Case[];
test('there are four cases', () => expect(cases).toHaveLength(4));

describe.each(cases.map(c => [c.name, c] as const))('canonical correlations, %s', (_, c) => {
  const {expected, tolerance} = c;
  const {csv_x, csv_y} = c.input;
  const [x, y] =
    csv_x === undefined
      ? [fromRows(demo.input.X), fromRows(demo.input.Y)]
      : [matrix({csv: csv_x}), matrix({csv: csv_y!})];
  const compare = async (kept: Kept) => {
    const sides = [await prepareSvcca(x, kept), await prepareSvcca(y, kept)] as const;
    return {...(await svcca(...sides)), sides};
  };
  const expectAll = (actual: Float64Array, wanted: readonly number[], tolerance: {abs: number}): void => {
    expect(actual).toHaveLength(wanted.length);
    wanted.forEach((value, i) => expectClose(actual[i]!, value, tolerance));
  };

  test('of the directions with 99 % of the variance', async () => {
    const {correlations, mean, leading, sides} = await compare({variance: 0.99});
    const kept = expected['kept_dims_99pct_variance(sum of squared singular values)'];
    expect(sides.map(s => s.basis.cols)).toEqual(kept);
    expectAll(correlations, expected.svcca_99var_canonical_correlations, tolerance);
    // The same without the reference's regularisation.
    expectAll(correlations, expected.qr_recomputed, {abs: 1e-10});
    expectClose(mean, expected.svcca_99var_mean_all_coefs, tolerance);
    expectClose(leading, expected['svcca_99var_google_mean_(truncated at 0.98 of sum)'], tolerance);
    const bySum = (await compare({singular: 0.99})).sides.map(s => s.basis.cols);
    expect(bySum).toEqual(expected.kept_dims_99pct_of_sum_of_singular_values);
  });

  test('of a number of directions', async () => {
    expectClose((await compare({dims: 5})).mean, expected.svcca_top5_mean, tolerance);
    expectClose((await compare({dims: 10})).mean, expected.svcca_top10_mean, tolerance);
  });

  test('of all directions, and weighted', async () => {
    const {correlations, mean, meanSquare, weighted, sides} = await compare({variance: 1});
    const defined = expected['definition_based(numpy SVD)'];
    expect(sides.map(s => s.basis.cols)).toEqual([defined.rank_x, defined.rank_y]);
    expectAll(correlations, defined.canonical_correlations_centred, {abs: 1e-9});
    expectAll(correlations.slice(0, 5), expected.cca_coefs_first5, tolerance);
    expectClose(mean, defined.mean_cca, tolerance);
    expectClose(mean, expected.cca_mean_all, tolerance);
    expectClose(meanSquare, defined.mean_squared_cca_centred, tolerance);
    expectClose(weighted![0], defined.pwcca_weights_from_x, tolerance);
    expectClose(weighted![1], defined.pwcca_weights_from_y, tolerance);
  });
});

test('mean squared correlation of columns that are not centred, as published with CKA', async () => {
  const side = async (rows: number[][]) => {
    const {data, ...shape} = fromRows(rows);
    return svccaSide({...shape, data: Float64Array.from(data)}, {variance: 1});
  };
  const {meanSquare} = await svcca(await side(demo.input.X), await side(demo.input.Y));
  expectClose(meanSquare, demo.expected['mean_squared_cca_R2_uncentred_as_in_demo']!, demo.tolerance);
  expect(Number(meanSquare!.toFixed(5))).toBe(0.54312);
});
