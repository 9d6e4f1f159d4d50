import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {buildModel} from '../../src/onnx/build.js';
import type {Row} from '../../src/stages/ports.js';
import {entryOf, valueOf} from '../../src/stages/catalogue.js';
import {loadStage} from '../../src/stages/registry.js';
import {Workplace} from '../rig/strata.js';

/** Every metric on data that leave it little or nothing to measure, through the command line. */

/** The class of a sample and its numbers. */
type Sample = readonly [label: number, ...numbers: readonly number[]];

/** Park and Miller 1988: numbers in (0, 1). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
const next = uniform(7);
const some = (rows: number, cols: number): number[][] =>
  Array.from({length: rows}, () => Array.from({length: cols}, () => next() - 0.5));
/** Two classes in turn. */
const classed = (rows: readonly (readonly number[])[], classes = 2): Sample[] =>
  rows.map((row, i) => [i % classes, ...row]);

const DATA: Readonly<Record<string, readonly Sample[]>> = {
  'all equal': classed(Array.from({length: 20}, () => [0.1, 0.2, 0.3])),
  zeros: classed(Array.from({length: 20}, () => [0, 0, 0])),
  'one point': classed(some(1, 3)),
  'two points': classed(some(2, 3)),
  'three points': classed(some(3, 3)),
  'four points': classed(some(4, 3)),
  'every point twice': classed(some(10, 3).flatMap(row => [row, row])),
  'three points, often': classed(some(3, 4).flatMap(row => Array.from({length: 7}, () => row))),
  'more columns than rows': classed(some(8, 40)),
  'constant columns': classed(some(20, 2).map(([a, b]) => [a!, 3, b!, 0])),
  'one column': classed(some(20, 1)),
  'on a line': classed(Array.from({length: 20}, (_, i) => [i, 2 * i, -i])),
  'equally far': classed(
    Array.from({length: 6}, (_, i) => Array.from({length: 6}, (_, c) => (c === i ? 1 : 0))),
  ),
  'some zero vectors': classed(some(20, 3).map((row, i) => (i < 6 ? [0, 0, 0] : row))),
  'tiny numbers': classed(some(20, 3).map(row => row.map(value => value * 1e-180))),
  'huge numbers': classed(some(20, 3).map(row => row.map(value => value * 1e140))),
  'one class': classed(some(20, 3), 1),
  'classes of one': classed(some(20, 3), 20),
};

const SINGLE = [
  'twonn',
  'twonn, estimator: likelihood',
  'twonn, exclude: none, fraction: 1, dropLast: 1, intercept: true',
  'gride, rangeMax: 8',
  'pca-id',
  'pca-id, standardise: false, count: index',
  'anisotropy',
  'anisotropy, centre: false',
  'eigenvalues',
  'eigenvalues, ranks: 2',
  'spectrum-alpha, ranges: [[1, 10]]',
  'spectrum-alpha, ranges: [[1, 3]], fit: robust',
  'kstar',
  'kstar, rows: samples',
  'neighborhood-overlap, k: 5',
  'neighborhood-overlap, k: 5, weighted: true',
  'neighborhood-overlap, with: attribute, k: 5',
  'neighborhood-overlap, with: attribute, alike: within, k: 5',
  'neighborhood-overlap, with: attribute, alike: neighbors, k: 5',
];
const PAIR = [
  'cka',
  'cka, kernel: rbf',
  'cka, batch: 5',
  'svcca',
  'svcca, dims: 2',
  'mutual-knn, k: 5',
  'mutual-knn, k: 5, normalise: false, clip: 1',
  'rank-overlap, k: 5',
  'information-imbalance',
  'neighborhood-overlap, with: layers, k: 5',
];

const TOKENS = [
  'token-correlation',
  'token-correlation, similarity: cosine, absolute: true',
  'token-correlation, level: dataset',
  'token-correlation, level: dataset, similarity: cosine, diagonal: true',
  'spectrum-alpha, ranges: [[1, 5]]',
  'eigenvalues',
];

/** A model that gives pixels as 4 x 4 tokens, and those times 0, plus 1, and over 0. */
const model = buildModel({
  inputs: [{name: 'x', type: 'float32', shape: ['n', 3, 32, 32]}],
  outputs: [{name: 'undefined', type: 'float32', shape: ['n', 16, 192]}],
  nodes: [
    {op: 'Reshape', inputs: ['x', 'shape'], outputs: ['tokens']},
    {op: 'Mul', inputs: ['tokens', 'zero'], outputs: ['zeros']},
    {op: 'Add', inputs: ['zeros', 'one'], outputs: ['ones']},
    {op: 'Div', inputs: ['zeros', 'zero'], outputs: ['undefined']},
  ],
  initializers: {
    shape: {data: BigInt64Array.of(0n, 16n, 192n)},
    zero: {data: Float32Array.of(0), shape: []},
    one: {data: Float32Array.of(1), shape: []},
  },
});

const place = new Workplace();
afterAll(() => place.remove());

/** Runs stages by label, and gives their tables. */
async function run(name: string, stages: Readonly<Record<string, string>>) {
  const lines = Object.entries(stages).map(([label, stage]) => `  ${label}: {${stage}}`);
  place.write(`${name}.yaml`, ['strata: 1', `name: ${name}`, 'stages:', ...lines].join('\n'));
  const {events} = await place.run(`${name}.yaml`, '--keep-going');
  const problems = events.flatMap(e => (e.type === 'stage-finished' ? (e.diagnostics ?? []) : []));
  const {stdout} = await place.strata('show', name, '--json');
  return {problems, tables: JSON.parse(stdout === '' ? '{}' : stdout) as Record<string, Row[]>};
}

/** What is wrong with a table: a value where the status denies it, or none where it does not. */
async function expectHonest(metric: string, rows: readonly Row[] | undefined): Promise<void> {
  const [name, ...params] = metric.split(', ');
  const given = Object.fromEntries(params.map(p => p.split(': ') as [string, string]));
  const about = valueOf(entryOf(await loadStage(`metric/${name!}`)), {rows: 'classes', ...given})!;
  expect(rows, metric).not.toHaveLength(0);
  for (const row of rows!) {
    expect(row['status'], metric).toEqual(expect.any(String));
    const found = typeof row[about] === 'number';
    expect(
      row['status'] === 'ok',
      `${metric}: ${about} ${String(row[about])}, ${String(row['status'])}`,
    ).toBe(found);
  }
}

/** Statuses of the default value of all metrics on data where there is nothing to find, but for those that do find something. */
const NOTHING: Readonly<Record<string, {status: string; but: Readonly<Record<string, string>>}>> = {
  // The length of the mean is not nothing.
  'all equal': {status: 'constant', but: {'anisotropy, centre: false': 'ok'}},
  zeros: {status: 'constant', but: {}},
  'one point': {status: 'insufficient', but: {}},
};

describe('data that leave little to measure', () => {
  const tables: Record<string, readonly Row[]> = {};
  beforeAll(async () => {
    const stages: Record<string, string> = {};
    const load = (file: string): string =>
      `stage: load, source: matrix, path: ${file}.csv, header: false, label: 0`;
    Object.values(DATA).forEach((samples, d) => {
      const other = uniform(d + 20);
      place.write(`d${d}.csv`, samples.map(row => row.join(',')).join('\n'));
      place.write(
        `o${d}.csv`,
        samples.map(([label]) => [label, other(), other(), other()].join(',')).join('\n'),
      );
      stages[`d${d}`] = load(`d${d}`);
      stages[`o${d}`] = load(`o${d}`);
      SINGLE.forEach(
        (metric, m) => (stages[`d${d}-s${m}`] = `stage: metric, metric: ${metric}, from: d${d}`),
      );
      PAIR.forEach((metric, m) => {
        stages[`d${d}-p${m}`] = `stage: metric, metric: ${metric}, from: d${d}`;
        stages[`d${d}-q${m}`] = `stage: metric, metric: ${metric}, from: {a: d${d}, b: o${d}}`;
      });
      const shared = 'stage: metric, metric: cross-validated-alpha, ranges: [[1, 10]]';
      stages[`d${d}-c0`] = `${shared}, from: {from: d${d}, repeat: d${d}}`;
      if (samples[0]!.length === 4) stages[`d${d}-c1`] = `${shared}, from: {from: o${d}, repeat: d${d}}`;
    });
    const ran = await run('degenerate', stages);
    expect(ran.problems).toEqual([]);
    Object.assign(tables, ran.tables);
  }, 300_000);

  test.each(Object.keys(DATA).map((name, d) => [name, d] as const))(
    '%s: a number, or a status that says why there is none',
    async (name, d) => {
      const nothing = NOTHING[name];
      const check = async (metric: string, label: string): Promise<void> => {
        const rows = tables[label];
        await expectHonest(metric, rows);
        if (nothing === undefined) return;
        const status = nothing.but[metric] ?? nothing.status;
        for (const row of rows!) expect(row['status'], metric).toBe(status);
      };
      for (const [m, metric] of SINGLE.entries()) await check(metric, `d${d}-s${m}`);
      for (const [m, metric] of PAIR.entries())
        for (const side of ['p', 'q']) await check(metric, `d${d}-${side}${m}`);
      for (const label of [`d${d}-c0`, `d${d}-c1`])
        if (tables[label] !== undefined) await check('cross-validated-alpha', label);
    },
  );
});

test('layers at right angles: nothing in common is a number', {timeout: 60_000}, async () => {
  place.write('along.csv', [1, -1, 1, -1].join('\n'));
  place.write('across.csv', [1, 1, -1, -1].join('\n'));
  const stages: Record<string, string> = {};
  for (const side of ['along', 'across'])
    stages[side] = `stage: load, source: matrix, path: ${side}.csv, header: false`;
  PAIR.forEach(
    (metric, m) => (stages[`p${m}`] = `stage: metric, metric: ${metric}, from: {a: along, b: across}`),
  );
  const {problems, tables} = await run('right-angles', stages);
  expect(problems).toEqual([]);
  for (const [m, metric] of PAIR.entries()) await expectHonest(metric, tables[`p${m}`]);
  const nothing = {svcca: 0, svcca_leading: 0, mean_square: 0, pwcca: 0, pwcca_other: 0};
  expect(tables[`p${PAIR.indexOf('svcca')}`]).toEqual([expect.objectContaining(nothing)]);
  expect(tables[`p${PAIR.indexOf('cka')}`]).toEqual([expect.objectContaining({cka_biased: 0})]);
});

describe('layers of tokens that leave little to measure', () => {
  const extract = (images: string, layers: string): string =>
    `stage: extract, from: ${images}, model: tokens.onnx, layers: [${layers}], pool: tokens`;
  const images = (n: number): Record<string, string> => ({
    [`shapes${n}`]: `stage: load, source: shapes, n: ${n}`,
    [`pixels${n}`]: `stage: preprocess, from: shapes${n}, preset: unit`,
  });

  test('a number for each, or a status that says why there is none', {timeout: 120_000}, async () => {
    place.write('tokens.onnx', model);
    const stages: Record<string, string> = {};
    for (const n of [1, 2, 12]) {
      Object.assign(stages, images(n), {[`h${n}`]: extract(`pixels${n}`, 'tokens, zeros, ones')});
      TOKENS.forEach(
        (metric, m) => (stages[`h${n}-t${m}`] = `stage: metric, metric: ${metric}, from: h${n}`),
      );
      stages[`h${n}-groups`] = `stage: metric, metric: token-clusters, k: [2, 20], from: h${n}-t4`;
    }
    const {problems, tables} = await run('tokens', stages);
    expect(problems).toEqual([]);
    for (const n of [1, 2, 12]) {
      for (const [m, metric] of TOKENS.entries()) await expectHonest(metric, tables[`h${n}-t${m}`]);
      for (const row of tables[`h${n}-groups`]!) expect(row['status']).toEqual(expect.any(String));
    }
    const statuses = (stage: string): unknown[] => tables[stage]!.map(row => row['status']);
    // Ones are a direction, though no variance.
    expect(statuses('h12-t0')).toEqual(['ok', 'constant', 'constant']);
    expect(statuses('h12-t1')).toEqual(['ok', 'constant', 'ok']);
    expect(statuses('h12-t2')).toEqual(['ok', 'constant', 'constant']);
    // Of 12 samples the first tokens differ; the zeros and ones do not. Twenty clusters are more than sixteen patches.
    expect(new Set(statuses('h12-t4'))).toEqual(new Set(['ok', 'constant']));
    expect(statuses('h12-groups').at(-1)).toBe('insufficient');
  });

  test('what is not a number is refused, and it is said where', {timeout: 120_000}, async () => {
    const stages: Record<string, string> = {
      ...images(8),
      bad: extract('pixels8', 'undefined').replace('pool: tokens', 'pool: mean'),
      'bad-tokens': extract('pixels8', 'undefined'),
    };
    SINGLE.forEach((metric, m) => (stages[`s${m}`] = `stage: metric, metric: ${metric}, from: bad`));
    PAIR.forEach((metric, m) => (stages[`p${m}`] = `stage: metric, metric: ${metric}, from: bad`));
    TOKENS.forEach((metric, m) => (stages[`t${m}`] = `stage: metric, metric: ${metric}, from: bad-tokens`));
    const {problems} = await run('undefined', stages);
    expect(problems.length).toBeGreaterThan(10);
    for (const {code, message} of problems)
      expect(`${code} ${message}`).toBe('E305 row 0, column 0: NaN where a finite number was expected');
  });
});
