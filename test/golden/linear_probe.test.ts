import {expect, test} from 'vitest';
import {topAccuracy} from '../../src/kernels/accuracy.js';
import {predictLogits, scoreLogits} from '../../src/kernels/linear-model.js';
import {fitLogistic} from '../../src/kernels/logistic.js';
import {neighborVotes} from '../../src/kernels/neighbor-votes.js';
import {fitRidge} from '../../src/kernels/ridge.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {expectClose} from './close.js';
import {golden, labels, matrix, rowsBetween} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {
    readonly csv?: string;
    readonly points?: number[][];
    readonly scale?: string;
    /** Of the digits, where none are named. */
    readonly labels?: string | number[];
    readonly train_rows?: [number, number];
    /** The rows after those to train on, where none are named. */
    readonly test_rows?: [number, number];
  };
}
interface LogisticCase extends Case {
  readonly input: Case['input'] & {readonly C: number};
  readonly expected: {
    readonly objective_C_sumloss_plus_half_w2: number;
    readonly train_accuracy: number;
    readonly test_accuracy: number;
    readonly test_top5_accuracy: number | null;
    readonly test_mean_cross_entropy: number;
    readonly coef_norm: number;
    readonly 'test_logits_first2_(intercepts centred)': number[][];
    readonly coef?: number[][];
    readonly intercept_sum_zero?: number[];
  };
  readonly tolerance: {readonly objective_rel: number; readonly logits_abs: number};
}
interface RidgeCase extends Case {
  readonly input: Case['input'] & {readonly lambda: number};
  readonly expected: {
    readonly test_accuracy: number;
    readonly pred_row0: readonly number[];
    readonly coef_frobenius: number;
  };
  readonly tolerance: {readonly rel: number};
}
interface NeighborCase extends Case {
  readonly input: Case['input'] & {readonly k: number; readonly T: number};
  readonly expected: {
    readonly uniform_vote_euclidean_sklearn: number;
    readonly 'dino_weighted_cosine_T0.07': number;
    readonly dino_votes_row0: readonly number[];
  };
  readonly tolerance: {readonly votes_rel: number};
}

const all = golden('linear_probe') as Case[];
const cases = all.filter(c => c.name.includes('C=')) as LogisticCase[];
const [ridge] = all.filter(c => c.name.startsWith('ridge')) as [RidgeCase];
const neighbors = all.filter(c => c.name.startsWith('kNN')) as NeighborCase[];
test('there are six of logistic regression, one of ridge and two of neighbours', () =>
  expect([cases.length, neighbors.length, all.length]).toEqual([6, 2, 9]));

function load({input}: Case): {train: Matrix; trainLabels: Int32Array; test: Matrix; testLabels: Int32Array} {
  const whole = matrix(input);
  const divisor = Number(input.scale?.replace('divide by ', '') ?? 1);
  const x = {...whole, data: whole.data.map(value => value / divisor)};
  const named = input.labels ?? 'digits_labels.csv';
  const all = typeof named === 'string' ? labels(named) : Int32Array.from(named);
  const last = x.rows - 1;
  const [from, to] = input.train_rows ?? [0, last];
  const [testFrom, testTo] = input.test_rows ?? [to < last ? to + 1 : 0, last];
  return {
    train: rowsBetween(x, from, to),
    trainLabels: all.slice(from, to + 1),
    test: rowsBetween(x, testFrom, testTo),
    testLabels: all.slice(testFrom, testTo + 1),
  };
}

test.each(cases.map(c => [c.name, c] as const))('logistic probe, %s', async (_, c) => {
  const {train, trainLabels, test, testLabels} = load(c);
  const {expected, tolerance} = c;
  const classes = expected.coef?.length ?? 10;

  // At the default tolerance: accuracies as at the minimum.
  const usual = await fitLogistic(train, trainLabels, classes, {C: c.input.C});
  expect(usual.converged).toBe(true);
  expect(scoreLogits(await predictLogits(usual, train), trainLabels).accuracy).toBe(expected.train_accuracy);
  const {accuracy, top5} = scoreLogits(await predictLogits(usual, test), testLabels);
  expect([accuracy, top5]).toEqual([expected.test_accuracy, expected.test_top5_accuracy]);

  // At the minimum.
  const exact = await fitLogistic(train, trainLabels, classes, {C: c.input.C, tolerance: 1e-9});
  expect(exact.converged).toBe(true);
  expectClose(exact.objective, expected.objective_C_sumloss_plus_half_w2, {rel: tolerance.objective_rel});
  const logits = await predictLogits(exact, test);
  expected['test_logits_first2_(intercepts centred)'].flat().forEach((logit, i) => {
    expectClose(logits.data[i]!, logit, {abs: tolerance.logits_abs});
  });
  expectClose(scoreLogits(logits, testLabels).loss, expected.test_mean_cross_entropy, {rel: 1e-6});
  expectClose(Math.hypot(...exact.weights), expected.coef_norm, {rel: 1e-6});
  expected.coef?.flat().forEach((weight, i) => expectClose(exact.weights[i]!, weight, {abs: 1e-6}));
  expected.intercept_sum_zero?.forEach((value, i) => expectClose(exact.intercepts[i]!, value, {abs: 1e-6}));
});

test(ridge.name, async () => {
  const {train, trainLabels, test, testLabels} = load(ridge);
  const {expected, tolerance} = ridge;
  const model = (await fitRidge(train, trainLabels, 10, {lambda: ridge.input.lambda}))!;
  const scores = await predictLogits(model, test);
  expected.pred_row0.forEach((score, c) => expectClose(scores.data[c]!, score, tolerance));
  expectClose(Math.hypot(...model.weights), expected.coef_frobenius, tolerance);
  expect(scoreLogits(scores, testLabels).accuracy).toBe(expected.test_accuracy);
});

test.each(neighbors.map(c => [c.name, c] as const))('%s', async (_, c) => {
  const {train, trainLabels, test, testLabels} = load(c);
  const {k, T} = c.input;
  const votes = (options: {distance: 'euclidean' | 'cosine'; temperature: number | null}) =>
    neighborVotes(train, trainLabels, 10, test, {k, ...options});
  const uniform = await votes({distance: 'euclidean', temperature: null});
  expect(topAccuracy(uniform, testLabels, 1)).toBe(c.expected.uniform_vote_euclidean_sklearn);
  const weighted = await votes({distance: 'cosine', temperature: T});
  expect(topAccuracy(weighted, testLabels, 1)).toBe(c.expected['dino_weighted_cosine_T0.07']);
  c.expected.dino_votes_row0.forEach((vote, i) =>
    expectClose(weighted.data[i]!, vote, {rel: c.tolerance.votes_rel}),
  );
});
