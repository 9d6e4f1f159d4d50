import {expect, test} from 'vitest';
import {fitLogistic, predictLogits, scoreLogits} from '../../src/kernels/logistic.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {expectClose} from './close.js';
import {golden, labels, matrix, rowsBetween} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {
    readonly csv?: string;
    readonly points?: number[][];
    readonly scale?: string;
    readonly labels: string | number[];
    readonly train_rows?: [number, number];
    readonly test_rows?: [number, number];
    readonly C: number;
  };
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

const cases = (golden('linear_probe') as Case[]).filter(
  c => 'objective_C_sumloss_plus_half_w2' in c.expected,
);
test('there are six', () => expect(cases).toHaveLength(6));

function load({input}: Case): {train: Matrix; trainLabels: Int32Array; test: Matrix; testLabels: Int32Array} {
  const whole = matrix(input);
  const divisor = Number(input.scale?.replace('divide by ', '') ?? 1);
  const x = {...whole, data: whole.data.map(value => value / divisor)};
  const all = typeof input.labels === 'string' ? labels(input.labels) : Int32Array.from(input.labels);
  const [from, to] = input.train_rows ?? [0, x.rows - 1];
  const [testFrom, testTo] = input.test_rows ?? [0, x.rows - 1];
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
