import {describe, expect, test} from 'vitest';
import {fitPowerLaw} from '../../../src/kernels/power-law.js';
import {covarianceSpectrum} from '../../../src/kernels/spectrum.js';
import type {Column, Row} from '../../../src/stages/ports.js';
import {mulberry32, normals} from '../../golden/golden.js';
import {failure} from '../load/run-stage.js';
import {layer, runMetric} from './run-metric.js';

describe('token-correlation', () => {
  /** Tokens that share a direction: correlations of about `share`. */
  function tokens(samples: number, count: number, dim: number, share: number, seed = 1): Float64Array {
    const z = normals(seed, samples * (count + 1) * dim);
    return Float64Array.from({length: samples * count * dim}, (_, i) => {
      const [sample, c] = [Math.floor(i / (count * dim)), i % dim];
      const common = z[samples * count * dim + sample * dim + c]!;
      return Math.sqrt(share) * common + Math.sqrt(1 - share) * z[i]!;
    });
  }
  const of = (data: Float64Array, count: number, dim: number) =>
    layer('a', {rows: data.length / dim, cols: dim, data}, count);

  test('finds what tokens share, with its standard error', async () => {
    const data = tokens(50, 12, 64, 0.6);
    const [row] = await runMetric('metric/token-correlation', {}, {layers: [of(data, 12, 64)]});
    expect(Math.abs((row!['correlation'] as number) - 0.6)).toBeLessThan(4 * (row!['std_error'] as number));
    expect(row!['std_error']).toBeCloseTo((row!['std'] as number) / Math.sqrt(50), 14);
    expect(row).toMatchObject({tokens: 12, skipped_pairs: 0, n: 50, status: 'ok'});
  });

  test('the absolute value matters where tokens oppose each other', async () => {
    const data = tokens(20, 6, 32, 0.9).map((value, i) => (Math.floor(i / 32) % 2 === 0 ? value : -value));
    const given = {layers: [of(data, 6, 32)]};
    for (const level of ['sample', 'dataset']) {
      const [plain] = await runMetric('metric/token-correlation', {level}, given);
      const [absolute] = await runMetric('metric/token-correlation', {level, absolute: true}, given);
      expect(plain!['correlation']).toBeLessThan(-0.1);
      expect(absolute!['correlation']).toBeGreaterThan(0.85);
    }
  });

  test('scale and shift of a token are nothing to Pearson, the shift is something to the cosine', async () => {
    const data = tokens(10, 5, 16, 0.3);
    const moved = data.map((value, i) => 3 + value * (1 + (Math.floor(i / 16) % 5)));
    const value = async (numbers: Float64Array, similarity: string) =>
      (await runMetric('metric/token-correlation', {similarity}, {layers: [of(numbers, 5, 16)]}))[0]![
        'correlation'
      ] as number;
    expect(await value(moved, 'pearson')).toBeCloseTo(await value(data, 'pearson'), 12);
    expect(await value(moved, 'cosine')).toBeGreaterThan((await value(data, 'cosine')) + 0.1);
  });

  test('a token that is the same in all samples has no correlation over them', async () => {
    const data = tokens(30, 4, 8, 0.5);
    for (let sample = 0; sample < 30; sample++) data.fill(0.1, sample * 32, sample * 32 + 4);
    for (let sample = 1; sample < 30; sample++) data.set(data.subarray(0, 8), sample * 32);
    const [row] = await runMetric('metric/token-correlation', {level: 'dataset'}, {layers: [of(data, 4, 8)]});
    expect(row).toMatchObject({skipped_pairs: 3, status: 'ok', n: 30});
    const others = Float64Array.from(
      {length: 30 * 24},
      (_, i) => data[Math.floor(i / 24) * 32 + 8 + (i % 24)]!,
    );
    const [without] = await runMetric(
      'metric/token-correlation',
      {level: 'dataset'},
      {layers: [of(others, 3, 8)]},
    );
    expect(row!['correlation']).toBeCloseTo(without!['correlation'] as number, 12);
  });

  test('says why there is nothing', async () => {
    const constant = new Float64Array(3 * 4 * 5).fill(0.1);
    const rows = await runMetric(
      'metric/token-correlation',
      {},
      {
        layers: [of(constant, 4, 5), {...of(constant, 1, 5), name: 'b'}],
      },
    );
    expect(
      rows.map(row => [row['correlation'] ?? null, row['skipped_pairs'] ?? null, row['status']]),
    ).toEqual([
      [null, 18, 'constant'],
      [null, null, 'single token'],
    ]);
  });

  test('refuses what is not a number, and says where it is', async () => {
    const data = tokens(10, 5, 16, 0.3);
    data[7 * 80 + 2 * 16 + 3] = Infinity;
    expect(await failure(runMetric('metric/token-correlation', {}, {layers: [of(data, 5, 16)]}))).toMatch(
      /^E305 row 37, column 3: Infinity where a finite number was expected/,
    );
  });
});

describe('token-clusters', () => {
  const columns: Column[] = [{name: 'alpha', type: 'float', description: 'alpha'}];
  const table = (rows: Row[]) => ({label: 'alpha', columns, value: 'alpha', rows});

  /** A class token, then `height` x `width` patches: the left part is low in every layer, the right part high. */
  function halves(height: number, width: number, first = 1): Row[] {
    const u = mulberry32(2);
    return ['blocks.0', 'blocks.1'].flatMap((name, block) =>
      Array.from({length: first + height * width}, (_, token) => ({
        layer: name,
        token,
        alpha: token < first ? 9 : ((token - first) % width < width / 2 ? 1 : 2) + block + 0.1 * u(),
      })),
    );
  }

  test('finds regions of an image and that they hold together', async () => {
    const rows = await runMetric('metric/token-clusters', {k: [2, 3]}, {tables: [table(halves(6, 6))]});
    expect(rows).toHaveLength(2 * 37);
    const [two, ...patches] = rows.slice(0, 37);
    expect(two).toMatchObject({
      k: 2,
      token: null,
      clusters: 2,
      layers: 2,
      n: 36,
      joins: 54 / 60,
      joins_p: 1 / 1000,
      status: 'ok',
    });
    expect(two!['silhouette']).toBeGreaterThan(0.8);
    expect(two!['silhouette']).toBeGreaterThan(rows[37]!['silhouette'] as number);
    patches.forEach((row, i) => {
      expect(row).toMatchObject({token: i + 1, x: i % 6, y: Math.floor(i / 6), cluster: i % 6 < 3 ? 0 : 1});
    });
  });

  test('gives the same from the same seed', async () => {
    const given = {tables: [table(halves(4, 4))]};
    const [a, b] = [
      await runMetric('metric/token-clusters', {}, given, 5),
      await runMetric('metric/token-clusters', {}, given, 5),
    ];
    expect(a).toEqual(b);
  });

  test('takes the grid as told', async () => {
    const given = {tables: [table(halves(3, 4, 2))]};
    const rows = await runMetric('metric/token-clusters', {k: [2], grid: [3, 4]}, given);
    expect(rows.slice(1).map(row => [row['token'], row['x'], row['cluster']])).toEqual(
      Array.from({length: 12}, (_, i) => [i + 2, i % 4, i % 4 < 2 ? 0 : 1]),
    );
    expect(await failure(runMetric('metric/token-clusters', {grid: [3, 4], special: 1}, given))).toMatch(
      /^E501 14 tokens are not 1 and a grid of 3 x 4 patches \(set grid to/,
    );
    expect(await failure(runMetric('metric/token-clusters', {special: 0}, given))).toBe(
      'E501 14 tokens, less 0, are not a square of patches (set grid: [rows, columns] of the patches)',
    );
  });

  test('leaves out layers where a patch has no value, but not those where the class token has none', async () => {
    const rows = halves(3, 3);
    const without = (token: number, name: string) =>
      rows.map(row => (row['token'] === token && row['layer'] === name ? {...row, alpha: null} : row));
    const params = {k: [2]};
    const [all] = await runMetric('metric/token-clusters', params, {tables: [table(without(0, 'blocks.0'))]});
    expect(all!['layers']).toBe(2);
    const [fewer] = await runMetric('metric/token-clusters', params, {
      tables: [table(without(4, 'blocks.0'))],
    });
    expect(fewer).toMatchObject({layers: 1, status: 'ok'});
  });

  test('says why there is nothing', async () => {
    const same = halves(2, 2).map(row => ({...row, alpha: 1}));
    const [constant, ...patches] = await runMetric(
      'metric/token-clusters',
      {k: [2]},
      {tables: [table(same)]},
    );
    expect(constant).toMatchObject({clusters: 1, silhouette: null, inertia: 0, status: 'constant'});
    expect(patches.map(row => row['cluster'])).toEqual([0, 0, 0, 0]);
    const [few] = await runMetric('metric/token-clusters', {k: [5]}, {tables: [table(halves(2, 2))]});
    expect(few).toMatchObject({k: 5, n: 4, status: 'insufficient'});
    const nothing = halves(2, 2).map(row => ({...row, alpha: null}));
    const [none] = await runMetric('metric/token-clusters', {k: [2]}, {tables: [table(nothing)]});
    expect(none).toMatchObject({layers: 0, status: 'insufficient'});
  });

  test('refuses tables that are not of tokens', async () => {
    const run = (rows: Row[], params = {}) =>
      failure(runMetric('metric/token-clusters', params, {tables: [table(rows)]}));
    expect(await run([{layer: 'a', token: null, alpha: 1}])).toMatch(
      /^E501 table "alpha" has no rows of tokens \(measure/,
    );
    const rows = halves(2, 2);
    expect(await run([...rows, rows[0]!])).toMatch(
      /^E501 table "alpha" has more than one row for token 0 of layer "blocks.0"/,
    );
    expect(await run(rows.slice(1))).toBe(
      'E501 layer "blocks.0" has 4 tokens where another has 5 (measure layers with the same tokens)',
    );
    expect(await run(rows, {value: 'beta'})).toBe(
      'E501 table "alpha" has no column "beta" to cluster by (value: one of alpha)',
    );
  });
});

describe('spectra of tokens', () => {
  const [samples, count, dim] = [1500, 5, 12];
  const z = normals(8, samples * count * dim);
  const data = Float64Array.from(
    z,
    (value, i) => 20 + value / ((i % dim) + 1 + (Math.floor(i / dim) % count)),
  );
  const own = (token: number, members: readonly number[]) => ({
    rows: members.length,
    cols: dim,
    data: Float64Array.from(
      {length: members.length * dim},
      (_, i) => data[(members[Math.floor(i / dim)]! * count + token) * dim + (i % dim)]!,
    ),
  });

  test('are those of each token on its own, in every subset and class', async () => {
    const even = Int32Array.from({length: samples / 2}, (_, i) => 2 * i);
    const all = Int32Array.from({length: samples}, (_, i) => i);
    const subsets = [
      {id: 'half', fraction: 0.5, repeat: 0, indices: even},
      {id: 'full', fraction: 1, repeat: 0, indices: all},
    ];
    const labels = Array.from(all, i => (i % 3 === 0 ? 1 : 0));
    const rows = await runMetric(
      'metric/spectrum-alpha',
      {ranges: [[1, 12]], groupBy: 'class'},
      {layers: [layer('a', {rows: samples * count, cols: dim, data}, count)], labels, subsets},
    );
    expect(rows).toHaveLength(count * 2 * 2);
    let at = 0;
    for (let token = 0; token < count; token++)
      for (const {id, indices} of subsets)
        for (const label of [0, 1]) {
          const members = [...indices].filter(i => labels[i] === label);
          const {values} = await covarianceSpectrum(own(token, members));
          const row = rows[at++]!;
          expect(row).toMatchObject({
            token,
            subset: id,
            group: String(label),
            n: members.length,
            eigenvalues: dim,
          });
          expect(row['alpha']).toBeCloseTo(fitPowerLaw(values, [1, 12]).alpha!, 11);
        }
  });
});
