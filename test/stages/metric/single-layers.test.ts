import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../../src/kernels/matrix.js';
import {fitPowerLaw} from '../../../src/kernels/power-law.js';
import type {Row} from '../../../src/stages/ports.js';
import {lin} from '../../golden/golden.js';
import {failure} from '../load/run-stage.js';
import {layer, runMetric} from './run-metric.js';

const constant: Matrix = {rows: 20, cols: 3, data: new Float32Array(60).fill(0.1)};
const one: Matrix = {rows: 1, cols: 3, data: Float32Array.of(1, 2, 3)};
const twoClasses = Array.from({length: 60}, (_, i) => i % 2);

/** The columns of a row that hold something, less those that say what it is about. */
const held = (row: Row): string[] =>
  Object.keys(row).filter(
    name => row[name] !== null && !/^(layer|depth|index|subset|fraction|repeat|n|status)$/.test(name),
  );

describe('twonn by likelihood', () => {
  const x = lin(3, 150, 3, 6);
  const logs = Array.from({length: x.rows}, (_, i) => {
    const vector = (row: number): number[] => Array.from(x.data.subarray(row * x.cols, (row + 1) * x.cols));
    const distances = Array.from({length: x.rows}, (__, j) =>
      j === i ? [] : Math.hypot(...vector(i).map((v, c) => v - vector(j)[c]!)),
    ).flat();
    const [first, second] = distances.sort((a, b) => a - b);
    return Math.log(second! / first!);
  }).sort((a, b) => a - b);
  const likelihood = async (params: Readonly<Record<string, unknown>>): Promise<Row> =>
    (await runMetric('metric/twonn', {estimator: 'likelihood', ...params}, {layers: [layer('a', x)]}))[0]!;

  test('leaves out the largest ratios, and has the posterior of its prior', async () => {
    for (const [trim, kept] of [
      [0, 150],
      [0.1, 135],
    ] as const) {
      const sum = logs.slice(0, kept).reduce((a, b) => a + b, 0);
      const row = await likelihood({trim, prior: [3, 7]});
      expect(row).toMatchObject({n: 150, n_valid: kept, status: 'ok'});
      expect(row['id']).toBeCloseTo(kept / sum, 10);
      expect(row['bayes_mean']).toBeCloseTo((3 + kept) / (7 + sum), 10);
      expect(row['bayes_std']).toBeCloseTo(Math.sqrt(3 + kept) / (7 + sum), 10);
    }
    const row = await likelihood({unbiased: true});
    expect(row['id']).toBeCloseTo(149 / logs.reduce((a, b) => a + b, 0), 10);
  });

  // Quantiles of Gamma(N, 1) by the cube of a normal number (Wilson and Hilferty 1931).
  test.each([
    [0.95, 1.959964],
    [0.8, 1.281552],
  ])('has an interval of confidence %d', async (confidence, z) => {
    const row = await likelihood({confidence});
    const sum = logs.reduce((a, b) => a + b, 0);
    const quantile = (sign: number): number => 150 * (1 - 1 / 1350 + (sign * z) / Math.sqrt(1350)) ** 3;
    expect(Number(row['id_low']) * sum).toBeCloseTo(quantile(-1), 1);
    expect(Number(row['id_high']) * sum).toBeCloseTo(quantile(1), 1);
  });
});

describe('gride', () => {
  test('leaves out ratios far above the others', async () => {
    // Pairs of near points, of which each has its second neighbour far away.
    const x: Matrix = {
      rows: 80,
      cols: 2,
      data: lin(4, 80, 2, 2).data.map((v, i) => (i < 4 ? v * 1e-6 + 40 : v)),
    };
    const given = {layers: [layer('a', x)]};
    const valid = async (outliers: number | null): Promise<unknown> =>
      (await runMetric('metric/gride', {rangeMax: 2, outliers}, given))[0]!['n_valid'];
    expect(await valid(null)).toBe(80);
    expect(await valid(20)).toBe(78);
  });
});

describe('pca-id', () => {
  test('has the number of components and what other rules say', async () => {
    // Variances 6, 3, 1 along the axes.
    const data = [6, 3, 1].flatMap((v, axis) =>
      [1, -1].flatMap(sign => [0, 1, 2].map(c => (c === axis ? sign * Math.sqrt((v * 5) / 2) : 0))),
    );
    const x = {rows: 6, cols: 3, data: Float64Array.from(data)};
    const [row] = await runMetric('metric/pca-id', {standardise: false}, {layers: [layer('a', x)]});
    expect(row).toMatchObject({
      id: 2,
      fukunaga_olsen: 3,
      kaiser: 1,
      max_gap: 2,
      broken_stick: 0,
      n: 6,
      status: 'ok',
    });
    expect(row!['variance']).toBeCloseTo(10, 12);
    expect(row!['participation_ratio']).toBeCloseTo(100 / 46, 12);
    const index = await runMetric(
      'metric/pca-id',
      {standardise: false, count: 'index', threshold: 0.5, fukunagaOlsen: 0.2},
      {layers: [layer('a', x)]},
    );
    expect(index[0]).toMatchObject({id: 0, fukunaga_olsen: 2});
    const [standardised] = await runMetric('metric/pca-id', {}, {layers: [layer('a', x)]});
    expect(standardised!['participation_ratio']).toBeCloseTo(3, 12);
  });

  test.each([
    [constant, 'constant'],
    [one, 'insufficient'],
  ] as const)('says why there is nothing', async (x, status) => {
    const [row] = await runMetric('metric/pca-id', {}, {layers: [layer('a', x)]});
    expect(row!['status']).toBe(status);
    expect(held(row!)).toEqual([]);
  });

  test('class by class, on subsets', async () => {
    const subsets = [
      {
        id: '0.5/0',
        fraction: 0.5,
        repeat: 0,
        indices: Int32Array.from({length: 30}, (_, i) => 2 * i + (i % 2)),
      },
    ];
    const rows = await runMetric(
      'metric/pca-id',
      {groupBy: 'class', threshold: 0.9999},
      {layers: [layer('a', lin(1, 60, 3, 5))], labels: twoClasses, classes: ['x', 'y'], subsets},
    );
    expect(rows.map(row => [row['subset'], row['group'], row['n'], row['id']])).toEqual([
      ['0.5/0', 'x', 15, 3],
      ['0.5/0', 'y', 15, 3],
    ]);
  });
});

describe('gride', () => {
  test('has a row for each scale that the samples reach', async () => {
    const rows = await runMetric('metric/gride', {}, {layers: [layer('a', lin(1, 40, 3, 5))]});
    expect(rows.map(row => [row['scale_n1'], row['scale_n2'], row['status']])).toEqual(
      [1, 2, 4, 8, 16].map(n1 => [n1, 2 * n1, 'ok']),
    );
    const near = await runMetric('metric/gride', {rangeMax: 5}, {layers: [layer('a', lin(1, 40, 3, 5))]});
    expect(near).toEqual(rows.slice(0, 2));
  });

  test('says why there is nothing', async () => {
    const rows = await runMetric(
      'metric/gride',
      {rangeMax: 2},
      {layers: [layer('a', constant), layer('b', one)]},
    );
    expect(rows.map(row => [row['layer'], row['id'] ?? null, row['status']])).toEqual([
      ['a', null, 'constant'],
      ['b', null, 'insufficient'],
    ]);
  });
});

describe('eigenvalues', () => {
  // Variances 6, 3, 1 along the axes, and none along the fourth.
  const data = [6, 3, 1].flatMap((v, axis) =>
    [1, -1].flatMap(sign => [0, 1, 2, 3].map(c => (c === axis ? sign * Math.sqrt((v * 5) / 2) : 0))),
  );
  const x = {rows: 6, cols: 4, data: Float64Array.from(data)};

  test('has a row for each rank above rounding, with its share of the variance', async () => {
    const rows = await runMetric('metric/eigenvalues', {}, {layers: [layer('a', x)]});
    expect(rows.map(row => [row['rank'], row['n'], row['status']])).toEqual(
      [1, 2, 3].map(rank => [rank, 6, 'ok']),
    );
    [6, 3, 1].forEach((v, i) => {
      expect(rows[i]!['eigenvalue']).toBeCloseTo(v, 12);
      expect(rows[i]!['share']).toBeCloseTo(v / 10, 12);
    });
    const [first, ...rest] = await runMetric('metric/eigenvalues', {ranks: 1}, {layers: [layer('a', x)]});
    expect(rest).toEqual([]);
    expect(first!['share']).toBeCloseTo(0.6, 12);
  });

  test('has them of each token, and says why there are none', async () => {
    const tokens = lin(3, 60, 12, 16);
    // Token 1 is the same in all samples, as a class token is after the embedding.
    for (let i = 1; i < 60; i += 3) tokens.data.set(tokens.data.subarray(16, 32), i * 16);
    const layers = [layer('a', tokens, 3), layer('b', constant)];
    const rows = await runMetric('metric/eigenvalues', {ranks: 2}, {layers});
    expect(rows.map(row => [row['layer'], row['token'], row['rank'] ?? null, row['status']])).toEqual([
      ['a', 0, 1, 'ok'],
      ['a', 0, 2, 'ok'],
      ['a', 1, null, 'constant'],
      ['a', 2, 1, 'ok'],
      ['a', 2, 2, 'ok'],
      ['b', null, null, 'constant'],
    ]);
    const single = await runMetric('metric/eigenvalues', {}, {layers: [layer('c', one)]});
    expect(single.map(row => [row['rank'] ?? null, row['status']])).toEqual([[null, 'insufficient']]);
  });

  test('are the lines that spectrum-alpha fits, of shares of the same sum', async () => {
    const given = {layers: [layer('a', lin(3, 50, 12, 16))]};
    const rows = await runMetric('metric/eigenvalues', {}, given);
    const [fit] = await runMetric('metric/spectrum-alpha', {ranges: [[1, 12]]}, given);
    const shares = Float64Array.from(rows, row => row['share'] as number);
    expect(fitPowerLaw(shares, [1, 12]).alpha).toBeCloseTo(fit!['alpha'] as number, 12);
    expect(rows).toHaveLength(fit!['eigenvalues'] as number);
  });
});

describe('spectrum-alpha', () => {
  test('has a row for each range', async () => {
    const given = {layers: [layer('a', lin(3, 50, 12, 16))]};
    const rows = await runMetric(
      'metric/spectrum-alpha',
      {
        ranges: [
          [1, 8],
          [2, 500],
          [12, 20],
        ],
      },
      given,
    );
    expect(
      rows.map(row => [row['range'], row['first_rank'], row['last_rank'], row['eigenvalues'], row['status']]),
    ).toEqual([
      ['1-8', 1, 8, 12, 'ok'],
      ['2-500', 2, 12, 12, 'ok'],
      ['12-20', null, null, 12, 'insufficient'],
    ]);
    expect(rows.map(row => row['token'])).toEqual([null, null, null]);
    const [robust] = await runMetric('metric/spectrum-alpha', {ranges: [[1, 8]], fit: 'robust'}, given);
    expect(robust).toMatchObject({fit: 'robust', std_error: null});
    expect(robust!['alpha']).not.toBe(rows[0]!['alpha']);
  });

  test('measures each token of a layer that keeps them, as it would alone', async () => {
    const x = lin(3, 150, 12, 16);
    // Token 1 is the same in all samples, as a class token is after the embedding.
    for (let i = 1; i < 150; i += 3) x.data.set(x.data.subarray(16, 32), i * 16);
    const params = {ranges: [[1, 6]]};
    const rows = await runMetric('metric/spectrum-alpha', params, {layers: [layer('a', x, 3)]});
    expect(rows.map(row => [row['token'], row['status']])).toEqual([
      [0, 'ok'],
      [1, 'constant'],
      [2, 'ok'],
    ]);
    for (const token of [0, 2]) {
      const data = Float64Array.from(
        {length: 50 * 16},
        (_, i) => x.data[(3 * Math.floor(i / 16) + token) * 16 + (i % 16)]!,
      );
      const [alone] = await runMetric('metric/spectrum-alpha', params, {
        layers: [layer('a', {rows: 50, cols: 16, data})],
      });
      expect({...rows[token], token: null}).toEqual(alone);
    }
  });

  test('refuses a range that no line fits', async () => {
    const work = runMetric(
      'metric/spectrum-alpha',
      {ranges: [[5, 6]]},
      {layers: [layer('a', lin(1, 9, 2, 3))]},
    );
    expect(await failure(work)).toBe(
      'E501 ranges: from rank 5 to rank 6 are fewer than three eigenvalues (a line needs three at least, as in [[11, 500]])',
    );
  });
});

describe('cross-validated-alpha', () => {
  const params = {ranges: [[1, 6]]};

  test('of a representation with itself is spectrum-alpha, token by token', async () => {
    const layers = [layer('a', lin(3, 60, 12, 16), 2), layer('b', lin(4, 30, 12, 16))];
    const plain = await runMetric('metric/spectrum-alpha', params, {layers});
    const rows = await runMetric('metric/cross-validated-alpha', params, {
      layers,
      others: layers.toReversed(),
    });
    expect(rows.map(row => [row['layer'], row['token'], row['n'], row['status']])).toEqual([
      ['a', 0, 30, 'ok'],
      ['a', 1, 30, 'ok'],
      ['b', null, 30, 'ok'],
    ]);
    rows.forEach((row, i) => expect(row['alpha']).toBeCloseTo(plain[i]!['alpha'] as number, 8));
  });

  test('refuses what is not the same measured twice', async () => {
    const run = (others: ReturnType<typeof layer>[]) =>
      failure(
        runMetric('metric/cross-validated-alpha', params, {layers: [layer('a', lin(1, 20, 5, 8))], others}),
      );
    expect(await run([layer('b', lin(1, 20, 5, 8))])).toBe(
      'E501 port repeat has no layer "a"; it has b (extract the same layers for both)',
    );
    expect(await run([layer('a', lin(1, 20, 5, 9))])).toBe(
      'E501 layer "a" has 1 x 8 numbers for each sample, in port repeat 1 x 9',
    );
    expect(await run([layer('a', lin(1, 19, 5, 8))])).toMatch(
      /^E501 ports from and repeat must hold the same samples: row 19 is "s19" in from, nothing in repeat/,
    );
  });
});

describe('kstar', () => {
  const x = lin(2, 60, 2, 2);
  const given = {layers: [layer('a', x)], labels: twoClasses, classes: ['cat', 'dog']};

  test('has a row for all, and one for each class', async () => {
    const rows = await runMetric('metric/kstar', {}, given);
    expect(rows.map(row => [row['group'], row['n'], row['status']])).toEqual([
      [null, 60, 'ok'],
      ['cat', 30, 'ok'],
      ['dog', 30, 'ok'],
    ]);
    const [all, cat, dog] = rows;
    expect(all!['skewness']).toBe(all!['pooled_skewness']);
    expect(all!['class_mean_skewness']).toBeCloseTo(
      ((cat!['skewness'] as number) + (dog!['skewness'] as number)) / 2,
      12,
    );
    expect([all!['fractured'], all!['overlapped'], all!['clustered']]).toEqual([2, 0, 0]);
    expect([cat!['pattern'], dog!['pattern']]).toEqual(['fractured', 'fractured']);
    const [strict] = await runMetric('metric/kstar', {threshold: 50}, given);
    expect(strict!['overlapped']).toBe(2);
  });

  test('or one for each sample', async () => {
    const rows = await runMetric('metric/kstar', {rows: 'samples'}, given);
    expect(rows.map(row => row['sample'])).toEqual(twoClasses.map((_, i) => `s${i}`));
    const [all] = await runMetric('metric/kstar', {}, given);
    const shares = rows.map(row => row['kstar_share'] as number);
    expect(shares.reduce((sum, share) => sum + share / 60, 0)).toBeCloseTo(all!['mean'] as number, 12);
    for (const row of rows) expect(row['kstar_share']).toBe((row['kstar'] as number) / 30);
  });

  test('within a subset, ranks are those of the subset', async () => {
    const indices = Int32Array.from({length: 20}, (_, i) => i);
    const subset = {id: '0.33/0', fraction: 1 / 3, repeat: 0, indices};
    const part = await runMetric('metric/kstar', {rows: 'samples'}, {...given, subsets: [subset]});
    const alone = await runMetric(
      'metric/kstar',
      {rows: 'samples'},
      {...given, layers: [layer('a', {rows: 20, cols: 2, data: x.data.slice(0, 40)})]},
    );
    expect(part.map(row => row['kstar'])).toEqual(alone.map(row => row['kstar']));
  });

  test('says why there is nothing; every sample needs a label', async () => {
    const [row] = await runMetric('metric/kstar', {}, {...given, labels: new Array<number>(60).fill(1)});
    expect(row!['status']).toBe('single class');
    expect(held(row!)).toEqual([]);
    const work = runMetric(
      'metric/kstar',
      {},
      {...given, labels: twoClasses.map((label, i) => (i === 7 ? null : label))},
    );
    expect(await failure(work)).toBe(
      'E304 k* needs a label for every sample; "s7" has none (load the data with labels)',
    );
  });
});
