import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {labelNeighbors, labelOverlap, neighborhoodOverlap} from '../../src/kernels/overlap.js';
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
  expectClose(result.classWeighted, expected['class_weighted_mean(DADApy weighted=True default)'], tolerance);
  expected.per_class_mean.forEach((mean, c) => expectClose(result.perClass[c]!, mean, tolerance));
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
    expectClose(byFraction.classWeighted, expected['class_fraction_0.25_weighted_True'], tolerance);
  });

  test('the second column against both', async () => {
    const second: Matrix = {rows: x.rows, cols: 1, data: x.data.filter((_, i) => i % 2 === 1)};
    const {mean} = neighborhoodOverlap(await nearestNeighbors(x, 30), await nearestNeighbors(second, 30), 30);
    expectClose(mean, expected.data_overlap_with_column_1_only_k30, tolerance);
  });
});
