import {describe, expect, test} from 'vitest';
import {attributeDifference, attributeOverlap, quantileBins} from '../../src/kernels/attribute-overlap.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {labelNeighbors, labelOverlap, neighborhoodOverlap} from '../../src/kernels/overlap.js';
import {compareRankings, rankOverlap} from '../../src/kernels/rank-overlap.js';
import {expectClose} from './close.js';
import {fromRows, golden, labels, matrix} from './golden.js';

interface Case<Input, Expected> {
  readonly name: string;
  readonly input: Input;
  readonly expected: Expected;
  readonly tolerance: {readonly abs: number};
}
type PairCase = Case<
  {csv_a: string; csv_b: string; k: number},
  {
    chi_mean: number;
    chi_first10: number[];
    chance_level_k_over_Nminus1: number;
    DADApy_return_data_overlap?: number;
  }
>;
type LabelCase = Case<
  {csv: string; labels: string; k: number},
  {
    chi_gt_mean: number;
    chi_first10: number[];
    'class_weighted_mean(DADApy weighted=True default)': number;
    per_class_mean: number[];
    chance_level: number;
    'DADApy_class_fraction_0.25_weighted_False'?: number;
  }
>;
type PointsCase = Case<
  {points: number[][]; labels: number[]; labels_for_class_fraction: number[]},
  {
    label_overlap_k5: number;
    'class_fraction_0.25_weighted_False': number;
    'class_fraction_0.25_weighted_True': number;
    data_overlap_with_column_1_only_k30: number;
  }
>;

const cases = golden('neighborhood_overlap') as Case<object, object>[];
const pairs = cases.filter(c => 'chi_mean' in c.expected) as PairCase[];
const labelled = cases.filter(c => 'chi_gt_mean' in c.expected) as LabelCase[];
test('there are cases of both', () => expect([pairs.length, labelled.length]).toEqual([19, 8]));

test.each(pairs.map(c => [c.name, c] as const))('overlap, %s', async (_, {input, expected, tolerance}) => {
  const {k} = input;
  const a = await nearestNeighbors(matrix({csv: input.csv_a}), k);
  const b = await nearestNeighbors(matrix({csv: input.csv_b}), k + 2);
  const {mean, perPoint, chance} = neighborhoodOverlap(a, b, k);
  expectClose(mean, expected.chi_mean, tolerance);
  expected.chi_first10.forEach((chi, i) => expectClose(perPoint[i]!, chi, tolerance));
  expectClose(chance, expected.chance_level_k_over_Nminus1, tolerance);
  if (expected.DADApy_return_data_overlap !== undefined)
    expectClose(mean, expected.DADApy_return_data_overlap, tolerance);
});

test.each(labelled.map(c => [c.name, c] as const))('overlap, %s', async (_, {input, expected, tolerance}) => {
  const classes = labels(input.labels);
  const fraction = {classFraction: 0.25};
  const table = await nearestNeighbors(
    matrix(input),
    Math.max(input.k, labelNeighbors(classes, 10, fraction)),
  );
  const result = labelOverlap(table, classes, 10, {k: input.k});
  expectClose(result.mean, expected.chi_gt_mean, tolerance);
  expected.chi_first10.forEach((chi, i) => expectClose(result.perPoint[i]!, chi, tolerance));
  expectClose(result.weighted!.mean, expected['class_weighted_mean(DADApy weighted=True default)'], tolerance);
  expected.per_class_mean.forEach((mean, c) => expectClose(result.classes![c]!.mean, mean, tolerance));
  expectClose(result.chance, expected.chance_level, tolerance);
  const byFraction = expected['DADApy_class_fraction_0.25_weighted_False'];
  if (byFraction !== undefined)
    expectClose(labelOverlap(table, classes, 10, fraction).mean, byFraction, tolerance);
});

describe('points published with DADApy', () => {
  const {input, expected, tolerance} = cases.find(c => c.name.startsWith('DADApy published')) as PointsCase;
  const x = fromRows(input.points);

  test('labels', async () => {
    const table = await nearestNeighbors(x, 10);
    expectClose(
      labelOverlap(table, Int32Array.from(input.labels), 2, {k: 5}).mean,
      expected.label_overlap_k5,
      tolerance,
    );
    const byFraction = labelOverlap(table, Int32Array.from(input.labels_for_class_fraction), 3, {
      classFraction: 0.25,
    });
    expectClose(byFraction.mean, expected['class_fraction_0.25_weighted_False'], tolerance);
    expectClose(byFraction.weighted!.mean, expected['class_fraction_0.25_weighted_True'], tolerance);
  });

  test('the second column against both', async () => {
    const second: Matrix = {rows: x.rows, cols: 1, data: x.data.filter((_, i) => i % 2 === 1)};
    const {mean} = neighborhoodOverlap(await nearestNeighbors(x, 30), await nearestNeighbors(second, 30), 30);
    expectClose(mean, expected.data_overlap_with_column_1_only_k30, tolerance);
  });
});

describe('rankings', () => {
  type Ranking = Case<
    {l: number[]; l_plus_1: number[]},
    Record<string, number> & Record<`rbo_p0.${number}`, Record<string, number>>
  >;
  const rankings = cases.filter(c => 'average_overlap' in c.expected);
  const listed = rankings.filter(c => 'l' in c.input) as Ranking[];
  test('there are five lists and one pair of layers', () =>
    expect([listed.length, rankings.length]).toEqual([5, 6]));

  test.each(listed.map(c => [c.name, c] as const))('%s', (_, {input, expected, tolerance}) => {
    const [a, b] = [Int32Array.from(input.l), Int32Array.from(input.l_plus_1)];
    for (const p of [0.9, 0.5] as const) {
      const found = compareRankings(a, b, p);
      expectClose(found.averageOverlap, expected['average_overlap']!, tolerance);
      const rbo = expected[`rbo_p${p}`]!;
      expectClose(found.rboTruncated, rbo['truncated_(1-p)sum']!, tolerance);
      expectClose(found.rboNormalised, rbo['normalised']!, tolerance);
      expectClose(found.rboExtrapolated, rbo['extrapolated']!, tolerance);
      expect(found.lcs).toBe(expected['lcs_length']);
      expectClose(found.editSimilarity, expected['edit_similarity_1_minus_d_over_k']!, tolerance);
      expectClose(
        found.weightedOverlap,
        expected['inverse_rank_weighted_overlap(min weights 1/r)']!,
        tolerance,
      );
      if (expected['kendall_tau'] === undefined) continue;
      expectClose(found.kendall, expected['kendall_tau'], tolerance);
      expectClose(found.spearman, expected['spearman_rho']!, tolerance);
    }
  });

  test('of the neighbours in two layers', async () => {
    const {input, expected, tolerance} = rankings.find(c => 'csv_a' in c.input) as Case<
      PairCase['input'],
      Record<string, number>
    >;
    const {csv_a, csv_b, k} = input;
    const a = await nearestNeighbors(matrix({csv: csv_a}), k);
    const found = (await rankOverlap(a, await nearestNeighbors(matrix({csv: csv_b}), k + 3), {k, p: 0.9}))!;
    expectClose(found.averageOverlap, expected['average_overlap']!, tolerance);
    expectClose(found.rboNormalised, expected['rbo_p0.9_normalised']!, tolerance);
    expectClose(found.rboExtrapolated, expected['rbo_p0.9_extrapolated']!, tolerance);
    expectClose(found.lcs, expected['lcs_mean']!, tolerance);
    expectClose(found.editSimilarity, expected['edit_similarity']!, tolerance);
    expectClose(found.weightedOverlap, expected['inverse_rank_weighted_overlap']!, tolerance);
  });
});

describe('an attribute that is a number', () => {
  type AttributeCase = Case<
    {csv: string; k: number},
    Record<string, number> & {phi_first5: number[]; quintile_edges_numpy_linear: number[]}
  >;
  const attributes = cases.filter(c => 'knn_in_phi_variant' in c.expected) as AttributeCase[];
  test('there are two cases', () => expect(attributes).toHaveLength(2));

  test.each(attributes.map(c => [c.name, c] as const))('%s', async (_, {input, expected, tolerance}) => {
    const pixels = matrix({csv: 'net_layer0_input.csv'});
    const phi = Float64Array.from({length: pixels.rows}, (_, i) => {
      const row = [...pixels.data.subarray(i * pixels.cols, (i + 1) * pixels.cols)];
      return row.reduce((sum, value) => sum + value, 0) / pixels.cols;
    });
    expect([...phi.subarray(0, 5)]).toEqual(expected.phi_first5);
    const {k} = input;
    const table = await nearestNeighbors(matrix(input), k);
    const byPhi = await nearestNeighbors({rows: phi.length, cols: 1, data: phi}, k);
    expectClose(neighborhoodOverlap(table, byPhi, k).mean, expected['knn_in_phi_variant']!, tolerance);
    const within = attributeOverlap(table, phi, k, 0.25);
    expectClose(within.mean, expected['epsilon_variant_eps_0.25_std_ddof0']!, tolerance);
    expectClose(within.chance, expected['epsilon_chance']!, tolerance);
    const bins = labelOverlap(table, quantileBins(phi, 5), 5, {k});
    expectClose(bins.mean, expected['quintile_bins_variant']!, tolerance);
    const difference = attributeDifference(table, phi, k)!;
    expectClose(difference.neighbors, expected['mean_abs_difference_to_neighbours']!, tolerance);
    expectClose(difference.pairs, expected['mean_abs_difference_all_pairs']!, tolerance);
  });
});
