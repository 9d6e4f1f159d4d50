import {describe, expect, test} from 'vitest';
import {lloyd} from '../../src/kernels/kmeans.js';
import {explained, fitPowerLaw} from '../../src/kernels/power-law.js';
import type {Table} from '../../src/stages/ports.js';
import {layer, runMetric} from '../stages/metric/run-metric.js';
import {expectClose} from './close.js';
import {fromRows, golden, noisySpectrum, powers, tokenBlock} from './golden.js';

interface Case<Expected> {
  readonly name: string;
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
const cases = golden('alpha_powerlaw') as Case<unknown>[];
const [exact, noisy] = cases as [Case<Fits>, Case<Fits>];

describe.each([
  [exact.name, exact, powers(1000, 1.2)],
  [noisy.name, noisy, noisySpectrum()],
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

describe('signatures of tokens over blocks', () => {
  const {expected, tolerance} = cases.at(-1) as Case<{
    alpha_signature_tokens_by_blocks: number[][];
    labels: number[];
    centres: number[][];
    inertia: number;
    ward_labels_partition: number[];
  }>;
  const close = {abs: tolerance.alpha_abs!};

  const layers = [0, 1, 2, 3].map(block => layer(`blocks.${block}`, tokenBlock(block), 9));
  const measured = runMetric('metric/spectrum-alpha', {ranges: [[2, 16]]}, {layers});
  const table = async (): Promise<Table> => ({
    label: 'alpha',
    columns: [{name: 'alpha', type: 'float', description: 'alpha'}],
    value: 'alpha',
    rows: await measured,
  });

  test('are the golden ones', async () => {
    const rows = await measured;
    expect(rows).toHaveLength(36);
    rows.forEach((row, i) => {
      expect([row['index'], row['token']]).toEqual([Math.floor(i / 9), i % 9]);
      const wanted = expected.alpha_signature_tokens_by_blocks[i % 9]![Math.floor(i / 9)]!;
      expectClose(row['alpha'] as number, wanted, close);
    });
  });

  test('cluster as planted, by k-means from given centres', () => {
    const x = fromRows(expected.alpha_signature_tokens_by_blocks);
    const start = [0, 4, 8].flatMap(token => expected.alpha_signature_tokens_by_blocks[token]!);
    const {labels, centres, inertia} = lloyd(x, Float64Array.from(start));
    expect([...labels]).toEqual(expected.labels);
    expected.centres.flat().forEach((value, i) => expectClose(centres[i]!, value, close));
    expectClose(inertia, expected.inertia, close);
  });

  test.each(['k-means', 'ward'])('cluster as planted, by the stage with %s', async method => {
    const given = {tables: [await table()]};
    const rows = await runMetric('metric/token-clusters', {method, k: [3], permutations: 99}, given);
    const [whole, ...tokens] = rows;
    const partition = method === 'ward' ? expected.ward_labels_partition : expected.labels;
    const names = [...new Set(partition)];
    expect(tokens.map(row => row['cluster'])).toEqual(partition.map(label => names.indexOf(label)));
    expect(tokens.map(row => [row['x'], row['y']])).toEqual(
      Array.from({length: 9}, (_, i) => [i % 3, Math.floor(i / 3)]),
    );
    expect(whole).toMatchObject({k: 3, token: null, clusters: 3, layers: 4, n: 9, status: 'ok'});
    expectClose(whole!['inertia'] as number, expected.inertia, close);
    // Three rows of the grid: 6 of the 12 joins, where 9 of the 36 pairs are of a kind.
    expect([whole!['joins'], whole!['joins_chance']]).toEqual([0.5, 0.25]);
    expect(whole!['joins_p']).toBeLessThan(0.1);
  });
});
