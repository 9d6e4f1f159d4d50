import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../../src/kernels/matrix.js';
import type {Row} from '../../../src/stages/ports.js';
import {lin, mulberry32} from '../../golden/golden.js';
import {bruteForce} from '../../kernels/brute-force.js';
import {layer, runMetric} from './run-metric.js';

/** The row of two layers, from a metric between layers. */
async function compare(
  metric: string,
  params: Readonly<Record<string, unknown>>,
  a: Matrix,
  b: Matrix,
): Promise<Row> {
  const rows = await runMetric(`metric/${metric}`, params, {
    layers: [layer('a', a)],
    others: [layer('b', b)],
  });
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({layer: 'a', other: 'b', n: a.rows, status: 'ok'});
  return rows[0]!;
}

describe('svcca', () => {
  /** Sixteen signs; those of different numbers from 1 to 15 are at right angles (Walsh 1923). */
  const signs = (number: number): number[] =>
    Array.from({length: 16}, (_, i) => ([1, 2, 4, 8].filter(bit => number & i & bit).length % 2 ? -1 : 1));
  const columns = (...of: readonly (readonly number[])[]): Matrix => ({
    rows: 16,
    cols: of.length,
    data: Float64Array.from(
      {length: 16 * of.length},
      (_, i) => of[i % of.length]![Math.floor(i / of.length)]!,
    ),
  });
  const times = (amount: number, column: readonly number[]): number[] => column.map(value => amount * value);
  /** At an angle to the first, towards the second. */
  const between = (cosine: number, a: readonly number[], b: readonly number[]): number[] =>
    a.map((value, i) => cosine * value + Math.sqrt(1 - cosine ** 2) * b[i]!);

  // Singular values in the ratios 4 : 2 : 1 : 1/2, and of the other layer 3 : 2 : 1.
  const a = columns(times(4, signs(1)), times(2, signs(2)), signs(3), times(0.5, signs(4)));
  const b = columns(
    times(3, between(0.9, signs(1), signs(8))),
    times(2, between(0.6, signs(2), signs(9))),
    between(0.1, signs(3), signs(10)),
  );
  const rho = [0.9, 0.6, 0.1];
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

  test.each([
    // Shares of the variance: 16, 20, 21 of 21.25; 9, 13 of 14. Of the singular values: 4, 6, 7 of 7.5; 3, 5 of 6.
    ['variance: 0.9', {variance: 0.9}, [2, 2]],
    ['variance: 0.93', {variance: 0.93}, [2, 3]],
    ['variance: 1', {variance: 1}, [4, 3]],
    ['shareOf, 0.9', {variance: 0.9, shareOf: 'singular-values'}, [3, 3]],
    ['shareOf, 0.8', {variance: 0.8, shareOf: 'singular-values'}, [2, 2]],
    ['shareOf, 0.5', {variance: 0.5, shareOf: 'singular-values'}, [1, 1]],
    ['dims: 3', {variance: 0.5, dims: 3}, [3, 3]],
  ] as const)('of layers whose correlations are known, %s', async (_, params, [kept, other]) => {
    const row = await compare('svcca', params, a, b);
    const found = rho.slice(0, Math.min(kept, other));
    // 0.9 + 0.6 are less than 98 % of the sum of all three, which therefore all count.
    expect(row).toMatchObject({
      kept,
      kept_other: other,
      svcca: expect.closeTo(mean(found), 9) as number,
      svcca_leading: expect.closeTo(mean(found), 9) as number,
      mean_square: expect.closeTo(mean(found.map(value => value ** 2)), 9) as number,
      mean_square_chance: Math.max(kept, other) / 15,
    });
  });

  test('the leading ones are those that make up 98 % of the sum', async () => {
    const far = columns(signs(1), between(0.8, signs(2), signs(8)), between(0.02, signs(3), signs(9)));
    const row = await compare('svcca', {variance: 1}, columns(signs(1), signs(2), signs(3)), far);
    expect(row['svcca_leading']).toBeCloseTo((1 + 0.8) / 2, 9);
    expect(row['svcca']).toBeCloseTo((1 + 0.8 + 0.02) / 3, 9);
    // Every direction is a column of length 4, so that all weigh alike in the first layer.
    expect(row['pwcca']).toBeCloseTo((1 + 0.8 + 0.02) / 3, 9);
  });
});

describe('neighbours of two layers', () => {
  const u = mulberry32(21);
  const a = lin(9, 50, 3, 4);
  const b = {...a, data: a.data.map(value => value + 0.6 * (u() - 0.5))};
  const unit = (x: Matrix): Matrix => {
    const length = (row: number): number => Math.hypot(...x.data.subarray(row * x.cols, (row + 1) * x.cols));
    return {...x, data: Float64Array.from(x.data, (value, i) => value / length(Math.floor(i / x.cols)))};
  };

  test.each([2, 4])('mutual-knn: a cycle leads back to the sample, k %i', async k => {
    const row = await compare('mutual-knn', {k, clip: 1}, a, b);
    const [inA, inB] = [a, b].map(x => bruteForce(unit(x), k).map(near => near.map(({index}) => index)));
    const back = inB!.filter((near, i) => near.some(j => inA![j]!.includes(i)));
    expect(row['cycle']).toBe(back.length / 50);
    // From the other layer to this one it is another number, unless k is 1.
    const turned = await compare('mutual-knn', {k, clip: 1}, b, a);
    const forth = inA!.filter((near, i) => near.some(j => inB![j]!.includes(i)));
    expect(turned['cycle']).toBe(forth.length / 50);
    expect(forth.length).not.toBe(back.length);
  });

  test.each([1, 4])('information-imbalance: both ways, with their standard errors, k %i', async k => {
    const row = await compare('information-imbalance', {k}, a, b);
    const ofSamples = (from: Matrix, to: Matrix): number[] => {
      const all = bruteForce(to, 49);
      return bruteForce(from, k).map((near, i) => {
        const ranks = near.map(({index}) => 1 + all[i]!.findIndex(other => other.index === index));
        return ((2 / 50) * ranks.reduce((sum, rank) => sum + rank, 0)) / k;
      });
    };
    for (const [value, error, each] of [
      ['imbalance', 'std_error', ofSamples(a, b)],
      ['imbalance_back', 'std_error_back', ofSamples(b, a)],
    ] as const) {
      const mean = each.reduce((sum, own) => sum + own, 0) / 50;
      const squares = each.reduce((sum, own) => sum + (own - mean) ** 2, 0);
      expect(row[value]).toBeCloseTo(mean, 12);
      expect(row[error]).toBeCloseTo(Math.sqrt(squares / 49 / 50), 12);
    }
    expect(row['std_error']).not.toBe(row['std_error_back']);
  });
});

test('cka over batches larger than the samples says why there is nothing', async () => {
  const x = lin(2, 9, 2, 3);
  const given = {layers: [layer('a', x)], others: [layer('b', lin(3, 9, 2, 3))]};
  const [row] = await runMetric('metric/cka', {batch: 10}, given);
  expect(row).toMatchObject({cka_debiased: null, cka_biased: null, n: 9, status: 'insufficient'});
  const [within] = await runMetric('metric/cka', {batch: 9}, given);
  expect(within).toMatchObject({cka_biased: expect.any(Number) as number, status: 'ok'});
});
