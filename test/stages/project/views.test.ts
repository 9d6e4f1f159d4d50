import {describe, expect, test} from 'vitest';
import type {Row} from '../../../src/stages/ports.js';
import {lin} from '../../golden/golden.js';
import {failure} from '../load/run-stage.js';
import {layer, runMetric} from '../metric/run-metric.js';

const x = lin(1, 60, 2, 5);
const few = (rows: number) => layer('a', {rows, cols: 5, data: x.data.slice(0, 5 * rows)});
const constant = layer('b', {rows: 60, cols: 3, data: new Float32Array(180).fill(0.1)});
const labels = Array.from({length: 60}, (_, i) => (i === 7 ? null : i % 3));

const VIEWS: Record<string, Record<string, unknown>> = {
  'project/pca': {},
  'project/tsne': {perplexity: 10, iterations: 300, exaggerationIterations: 100},
  'project/umap': {neighbors: 10, epochs: 100},
};
const seeded = ['project/tsne', 'project/umap'];
const all = (column: string, rows: readonly Row[]) => [...new Set(rows.map(row => row[column] ?? null))];

describe.each(Object.entries(VIEWS))('%s', (id, params) => {
  test('lays out every sample of every layer', async () => {
    const rows = await runMetric(id, params, {
      layers: [layer('a', x), constant],
      labels,
      classes: ['u', 'v'],
    });
    expect(rows).toHaveLength(120);
    const [view, nothing] = [rows.slice(0, 60), rows.slice(60)];
    expect(rows[0]).toMatchObject({layer: 'a', index: 0, sample: 's0', class: 'u', n: 60, status: 'ok'});
    // A label without a name is named by its number.
    expect(view.slice(5, 9).map(row => row['class'])).toEqual(['2', 'u', null, '2']);
    for (const row of view) expect(Number.isFinite(row['x']) && Number.isFinite(row['y'])).toBe(true);
    // Points of a plane: every view keeps their neighbours.
    for (const column of ['trustworthiness', 'continuity']) {
      expect(all(column, view)).toHaveLength(1);
      expect(view[0]![column]).toBeGreaterThan(0.9);
    }
    expect(all('status', nothing)).toEqual(['constant']);
    for (const column of ['x', 'y', 'trustworthiness']) expect(all(column, nothing)).toEqual([null]);
  });

  test('is the same with the same seed', async () => {
    const run = (seed: number) => runMetric(id, params, {layers: [layer('a', x)]}, seed);
    expect(await run(1)).toEqual(await run(1));
    if (seeded.includes(id)) expect(await run(1)).not.toEqual(await run(2));
  });

  test('of three samples there is none; of few there is no quality', async () => {
    const small = {
      ...params,
      ...('perplexity' in params && {perplexity: 4}),
      ...('neighbors' in params && {neighbors: 4}),
    };
    for (const count of [1, 3])
      expect(all('status', await runMetric(id, small, {layers: [few(count)]}))).toEqual(['insufficient']);
    const rows = await runMetric(id, small, {layers: [few(20)]});
    for (const column of ['trustworthiness', 'continuity']) expect(all(column, rows)).toEqual([null]);
    expect(all('status', rows)).toEqual(['insufficient']);
    expect(rows[0]!['x']).toEqual(expect.any(Number));
    expect((await runMetric(id, {...small, k: 9}, {layers: [few(20)]}))[0]!['status']).toBe('ok');
  });

  test('parts samples that are equal, and leaves a line, if it draws at random', async () => {
    const line = layer('a', {rows: 60, cols: 1, data: Float64Array.from({length: 60}, (_, i) => i % 30)});
    const rows = await runMetric(id, params, {layers: [line]});
    const places = new Set(rows.map(row => `${String(row['x'])} ${String(row['y'])}`));
    expect(places.size).toBe(seeded.includes(id) ? 60 : 30);
  });

  test('needs one vector of each sample', async () => {
    const tokens = {...few(60), rows: 30, tokens: 2};
    expect(await failure(runMetric(id, params, {layers: [tokens]}))).toContain(
      'E501 layer "a" has 2 vectors',
    );
  });
});

test('what is too much for few samples', async () => {
  expect(await failure(runMetric('project/tsne', {}, {layers: [few(20)]}))).toBe(
    'E501 a perplexity of 30 needs more than 31 samples; there are 20 (set perplexity to a third of the samples or less, such as 5)',
  );
  expect(await failure(runMetric('project/umap', {}, {layers: [few(10)]}))).toBe(
    'E501 neighbors: 15 needs as many samples; there are 10 (set neighbors to 10 or less)',
  );
  expect(await failure(runMetric('project/umap', {minDist: 2}, {layers: [few(60)]}))).toBe(
    'E501 minDist: 2 is more than spread: 1 (set spread to minDist or more)',
  );
  const rows = await runMetric('project/umap', {neighbors: 10, k: 4}, {layers: [few(10)]});
  expect(all('status', rows)).toEqual(['ok']);
});

test('beyond a thousand samples t-SNE goes by neighbours, and comes out alike', async () => {
  const many = lin(2, 1040, 2, 3);
  const run = async (count: number): Promise<Row> => {
    const data = many.data.slice(0, 3 * count);
    const params = {iterations: 300, perplexity: 20};
    return (
      await runMetric('project/tsne', params, {layers: [layer('a', {...many, rows: count, data})]})
    )[0]!;
  };
  const [exact, tree] = [await run(1000), await run(1001)];
  expect(Math.abs(Number(exact['kl']) - Number(tree['kl']))).toBeLessThan(0.1 * Number(exact['kl']));
  for (const row of [exact, tree]) expect(row['trustworthiness']).toBeGreaterThan(0.98);
});

test('a step far too large is no view', async () => {
  for (const rows of [60, 1001]) {
    const layers = [layer('a', lin(3, rows, 2, 3))];
    const found = await runMetric(
      'project/tsne',
      {learningRate: 1e300, iterations: 30, perplexity: 5},
      {layers},
    );
    expect(all('status', found)).toEqual(['diverged']);
    for (const column of ['x', 'y', 'kl', 'trustworthiness']) expect(all(column, found)).toEqual([null]);
  }
});

test('the smallest parameters, and samples that are all there many times', async () => {
  const twice = layer('a', {
    rows: 1040,
    cols: 2,
    data: Float64Array.from({length: 2080}, (_, i) => (i >> 1) % 26),
  });
  for (const [id, params] of [
    ['project/tsne', {perplexity: 1, iterations: 50}],
    ['project/tsne', {perplexity: 5, iterations: 50}],
    ['project/umap', {neighbors: 2, minDist: 0, epochs: 20}],
    ['project/umap', {neighbors: 30, epochs: 20}],
  ] as const) {
    const rows = await runMetric(id, params, {layers: [twice]});
    expect(all('status', rows)).toEqual(['ok']);
    for (const {x: at} of rows) expect(at).toEqual(expect.any(Number));
  }
});
