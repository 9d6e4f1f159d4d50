import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {npy, npz} from '../rig/npz.js';
import {expectClose} from './close.js';
import {fromRows, golden, labels, lin, matrix, rowsBetween} from './golden.js';
import type {Rows} from './golden-runs.js';
import {GoldenRuns} from './golden-runs.js';

/** Small and edge cases, generated points, blocks in the order of the rows, linear probes: to the tables of one run. */

type Cell = number | string | null;
type Row = Readonly<Record<string, Cell>>;
type Numbers = Readonly<Record<string, number>>;
interface Input {
  readonly csv?: string;
  readonly points?: readonly (readonly number[])[];
}
interface Case<Expected, More = object> {
  readonly name: string;
  readonly input: Input & More;
  readonly expected: Expected;
  readonly tolerance?: {readonly rel?: number; readonly abs?: number};
}
const casesOf = <C>(file: string): C[] => golden(file) as unknown as C[];
const named = <C extends {name: string}>(all: readonly C[], start: string): C =>
  all.find(c => c.name.startsWith(start))!;

type Maybe = number | 'NaN';
interface Class {
  readonly n: number;
  readonly mean: Maybe;
  readonly std_ddof0: Maybe;
  readonly skew_gamma: Maybe;
  readonly pattern: string;
}
interface Classes {
  readonly kstar: readonly (number | null)[];
  readonly kstar_over_class_size: readonly Maybe[];
  readonly per_class: Readonly<Record<string, Class>>;
  readonly 'Gamma_true_pooled_skew(inferred definition)': Maybe;
  readonly 'Gamma_prime_mean_of_class_skews(inferred definition)': Maybe;
  readonly class_size_weighted_mean_of_class_skews: number;
  readonly fractured: number;
  readonly overlapped: number;
  readonly clustered: number;
}
interface Probe {
  readonly objective_C_sumloss_plus_half_w2: number;
  readonly train_accuracy: number;
  readonly test_accuracy: number;
  readonly test_top5_accuracy: number | null;
  readonly test_mean_cross_entropy: number;
}
interface ProbeInput {
  readonly scale?: string;
  readonly labels: string | number[];
  readonly train_rows?: readonly [number, number];
  readonly test_rows?: readonly [number, number];
  readonly C: number;
}

const twonn = casesOf<Case<Numbers>>('twonn');
const lin8 = named(twonn, 'lin8') as unknown as Case<Numbers & {readonly 'IDNN_0.9': readonly [number, number]}>;
const few = ['4 points', '5 points', '2 points', 'regular grid 4x4', 'simplex'].map(name => named(twonn, name));
const anisotropy = casesOf<Case<Numbers & {readonly lambda_first5: readonly number[]}>>('anisotropy').slice(4);
const kstar = casesOf<Case<Classes, {readonly labels: number[]}>>('kstar').filter(c => c.input.points !== undefined);
const points = named(
  casesOf<Case<Numbers, {labels: number[]; labels_for_class_fraction: number[]}>>('neighborhood_overlap'),
  'DADApy published',
);
const probes = casesOf<Case<Probe, ProbeInput> & {tolerance: {objective_rel: number}}>('linear_probe').filter(c =>
  c.name.includes('C='),
);
const blocks = casesOf<Case<Readonly<Record<'dim' | 'std' | 'n_points', readonly number[]>>>>('decimation').find(c =>
  c.name.includes('block_analysis'),
)!;
test('there are cases of all', () =>
  expect([few, anisotropy, kstar, probes].map(c => c.length)).toEqual([5, 3, 5, 6]));

/** Rows so that the strided parts of their first n * size are `count` blocks, one after another, of what is given. */
function interleaved({rows, cols, data}: Matrix, count: number): Float64Array {
  const size = Math.floor(rows / count);
  const order = Array.from({length: rows}, (_, i) =>
    i < count * size ? (i % count) * size + Math.floor(i / count) : i,
  );
  return Float64Array.from(order.flatMap(row => [...data.subarray(row * cols, (row + 1) * cols)]));
}

const runs = new GoldenRuns();
afterAll(() => runs.remove());
let tables: Rows = {};
const rowsOf = (stage: string): readonly Row[] => tables[stage]!;
const only = (stage: string): Numbers => {
  expect(tables[stage], stage).toHaveLength(1);
  return tables[stage]![0]!;
};

beforeAll(async () => {
  const stages: Record<string, string> = {};
  const load = (label: string, {rows, cols, data}: Matrix, classes?: ArrayLike<number>): void => {
    runs.write(`${label}.npy`, npy([rows, cols], data));
    if (classes !== undefined) runs.write(`${label}.labels.csv`, Array.from(classes).join('\n'));
    const labelled = classes === undefined ? '' : `, labels: ${label}.labels.csv`;
    stages[label] = `{stage: load, source: matrix, path: ${label}.npy${labelled}}`;
  };
  const metric = (label: string, from: string, rest: string): void => {
    stages[label] = `{stage: metric, from: ${from}, metric: ${rest}}`;
  };

  load('lin8', lin(987654, 5000, 8, 64));
  for (const [i, c] of few.entries()) load(`few${i}`, matrix(c.input));
  for (const x of ['lin8', ...few.keys()].map(x => (x === 'lin8' ? x : `few${x}`))) {
    metric(`${x}-id`, x, 'twonn');
    metric(`${x}-mle`, x, 'twonn, estimator: likelihood');
    metric(`${x}-unbiased`, x, 'twonn, estimator: likelihood, unbiased: true');
  }

  const generated = lin(8, 6, 6, 40);
  anisotropy.forEach(({input}, i) => {
    const offset = {...generated, data: generated.data.map(value => value + 5)};
    load(`spread${i}`, input.points === undefined ? offset : matrix(input));
    metric(`spread${i}-centred`, `spread${i}`, 'anisotropy');
    metric(`spread${i}-uncentred`, `spread${i}`, 'anisotropy, centre: false');
    metric(`spread${i}-values`, `spread${i}`, 'eigenvalues');
  });

  kstar.forEach(({input}, i) => {
    load(`classes${i}`, matrix(input), input.labels);
    metric(`classes${i}-kstar`, `classes${i}`, 'kstar');
    metric(`classes${i}-each`, `classes${i}`, 'kstar, rows: samples');
  });

  const plane = fromRows(points.input.points!);
  load('plane', plane, points.input.labels);
  load('thirds', plane, points.input.labels_for_class_fraction);
  load('second', {rows: plane.rows, cols: 1, data: plane.data.filter((_, i) => i % 2 === 1)});
  metric('plane-labels', 'plane', 'neighborhood-overlap, k: 5');
  metric('plane-share', 'thirds', 'neighborhood-overlap, k: 10, classFraction: 0.25');
  metric('plane-weighted', 'thirds', 'neighborhood-overlap, k: 10, classFraction: 0.25, weighted: true');
  metric('plane-second', '{a: plane, b: second}', 'neighborhood-overlap, with: layers, k: 30');

  probes.forEach(({input}, i) => {
    const whole = matrix(input);
    const divisor = Number(input.scale?.replace('divide by ', '') ?? 1);
    const x = {...whole, data: whole.data.map(value => value / divisor)};
    const classes = typeof input.labels === 'string' ? labels(input.labels) : Int32Array.from(input.labels);
    const all = [0, x.rows - 1] as const;
    for (const [part, [from, to]] of [
      ['train', input.train_rows ?? all],
      ['held-out', input.test_rows ?? all],
    ] as const)
      load(`${part}${i}`, rowsBetween(x, from, to), classes.slice(from, to + 1));
    const parts = `from: {from: train${i}, test: held-out${i}}, C: ${input.C}`;
    stages[`probe${i}`] = `{stage: probe, probe: linear, ${parts}}`;
    stages[`minimum${i}`] = `{stage: probe, probe: linear, tolerance: 1e-9, ${parts}}`;
  });

  // The permutation of the expected numbers is the identity: a layer is so ordered for each number of blocks.
  const x = rowsBetween(matrix(blocks.input), 0, 599);
  const counts = Array.from(blocks.expected.dim, (_, i) => i + 1);
  runs.write(
    'blocks.npz',
    npz(Object.fromEntries(counts.map(count => [`in.${count}`, npy([x.rows, x.cols], interleaved(x, count))]))),
  );
  for (const count of counts) {
    stages[`layer${count}`] = `{stage: load, source: activations, path: blocks.npz, layers: in.${count}}`;
    stages[`blocks${count}`] = `{stage: decimate, from: layer${count}, method: strided, fractions: [${1 / count}]}`;
    metric(`blocks${count}-id`, `blocks${count}`, 'twonn');
    metric(`blocks${count}-scaling`, `blocks${count}-id`, 'block-analysis');
  }
  tables = await runs.run(stages);
}, 120_000);

test(`TwoNN of ${lin8.name}`, () => {
  const {expected, tolerance} = lin8;
  const {id, r, scale} = only('lin8-id');
  expectClose(id!, expected['IDNN_0.9'][0], tolerance!);
  expectClose(r!, expected['IDNN_0.9'][1], tolerance!);
  expectClose(scale!, (expected['mean_r1']! + expected['mean_r2']!) / 2, tolerance!);
  expectClose(only('lin8-mle')['id']!, expected['MLE']!, tolerance!);
  expectClose(only('lin8-unbiased')['id']!, expected['MLE_unbiased']!, tolerance!);
});

describe('TwoNN', () => {
  test.each(few.map((c, i) => [c.name, c, i] as const))('of %s', (_, {expected}, i) => {
    const [fit, likelihood] = [only(`few${i}-id`), only(`few${i}-mle`)];
    if (expected['slope'] === undefined) {
      const nothing = {id: null, n_valid: 0, status: 'insufficient'};
      expect(fit).toMatchObject({...nothing, r: null, log10_p: null});
      expect(likelihood).toMatchObject({...nothing, id_low: null});
      return;
    }
    expect(fit).toMatchObject({n_fit: expected['n_xy'], n_valid: expected['n_valid'], status: 'ok'});
    expectClose(fit['id']!, expected['slope'], {rel: 1e-12});
    expectClose(fit['r']!, expected['r']!, {rel: 1e-12});
    expectClose(10 ** fit['log10_p']!, expected['p']!, {rel: 1e-9});
    expectClose(likelihood['id']!, expected['MLE']!, {rel: 1e-12});
  });
});

test.each(anisotropy.map((c, i) => [c.name, c, i] as const))('anisotropy of %s', (_, {expected, tolerance}, i) => {
  const found = only(`spread${i}-centred`);
  expectClose(found['anisotropy']!, expected['A_seed_lambda_max_over_sum']!, tolerance!);
  expectClose(found['lambda_max']!, expected.lambda_first5[0]!, {rel: 1e-12, ...tolerance});
  expectClose(found['trace']!, expected['trace_cov']!, {rel: 1e-12, ...tolerance});
  expectClose(found['mean_cosine']!, expected['mean_offdiag_cosine_variant(Ethayarajh)']!, tolerance!);
  const values = rowsOf(`spread${i}-values`).map(row => row['eigenvalue'] as number);
  // An eigenvalue of 0 has no row.
  expect(values).toHaveLength(expected.lambda_first5.filter(value => value > 0).length);
  values.forEach((value, rank) => expectClose(value, expected.lambda_first5[rank]!, {rel: 1e-12, ...tolerance}));
  expectClose(only(`spread${i}-uncentred`)['anisotropy']!, expected['uncentred_variant']!, tolerance!);
});

describe('k*', () => {
  // Exact but for rounding, those without a tolerance of their own too.
  const either = (actual: Cell | undefined, wanted: Maybe): void => {
    if (wanted === 'NaN') expect(actual).toBeNull();
    else expectClose(actual as number | null, wanted, {abs: 1e-12});
  };

  test.each(kstar.map((c, i) => [c.name, c, i] as const))('of %s', (_, {expected}, i) => {
    const [all, ...classes] = rowsOf(`classes${i}-kstar`) as readonly [Row, ...Row[]];
    const each = rowsOf(`classes${i}-each`);
    if (Object.keys(expected.per_class).length === 1) {
      expect(expected.kstar.every(rank => rank === null)).toBe(true);
      for (const rows of [[all, ...classes], each])
        expect(rows).toMatchObject([{skewness: null, kstar: null, kstar_share: null, status: 'single class'}]);
      return;
    }
    expect(each.map(row => row['kstar'])).toEqual(expected.kstar);
    expected.kstar_over_class_size.forEach((share, s) => either(each[s]!['kstar_share'], share));
    expect(classes.map(row => row['group'])).toEqual(Object.keys(expected.per_class));
    Object.values(expected.per_class).forEach((wanted, c) => {
      const own = classes[c]!;
      expect(own['n']).toBe(wanted.n);
      expect(own['pattern']).toBe(wanted.pattern === 'undefined' ? null : wanted.pattern.toLowerCase());
      either(own['mean'], wanted.mean);
      either(own['std'], wanted.std_ddof0);
      either(own['skewness'], wanted.skew_gamma);
    });
    either(all['pooled_skewness'], expected['Gamma_true_pooled_skew(inferred definition)']);
    const mean = expected['Gamma_prime_mean_of_class_skews(inferred definition)'];
    either(all['class_mean_skewness'], mean);
    // Where no class has a skewness the file says 0, which the mean of none is not.
    either(all['weighted_mean_skewness'], mean === 'NaN' ? mean : expected.class_size_weighted_mean_of_class_skews);
    for (const pattern of ['fractured', 'overlapped', 'clustered'] as const)
      expect(all[pattern]).toBe(expected[pattern]);
  });
});

test(`overlap, ${points.name}`, () => {
  const {expected} = points;
  for (const [stage, key] of [
    ['plane-labels', 'label_overlap_k5'],
    ['plane-share', 'class_fraction_0.25_weighted_False'],
    ['plane-weighted', 'class_fraction_0.25_weighted_True'],
    ['plane-second', 'data_overlap_with_column_1_only_k30'],
  ] as const)
    expectClose(only(stage)['overlap']!, expected[key]!, points.tolerance!);
});

test.each(probes.map((c, i) => [c.name, c, i] as const))('linear probe, %s', (_, {expected, tolerance}, i) => {
  // At the default tolerance: accuracies as at the minimum.
  for (const stage of [`probe${i}`, `minimum${i}`])
    expect(only(stage)).toMatchObject({
      train_accuracy: expected.train_accuracy,
      accuracy: expected.test_accuracy,
      top5: expected.test_top5_accuracy,
      converged: true,
    });
  const {objective, loss} = only(`minimum${i}`);
  expectClose(objective!, expected.objective_C_sumloss_plus_half_w2, {rel: tolerance.objective_rel});
  expectClose(loss!, expected.test_mean_cross_entropy, {rel: 1e-6});
});

test(blocks.name, () => {
  const {expected, tolerance} = blocks;
  expect(expected.dim).toHaveLength(20);
  expected.dim.forEach((dim, i) => {
    const found = only(`blocks${i + 1}-scaling`);
    expect(found).toMatchObject({subsets: i + 1, skipped: 0, n: expected.n_points[i], status: 'ok'});
    expectClose(found['mean']!, dim, tolerance!);
    expectClose(found['std']!, expected.std[i]!, {...tolerance, abs: 1e-12});
  });
});
