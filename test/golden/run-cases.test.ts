import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {npy} from '../rig/npz.js';
import {expectClose} from './close.js';
import {fromRows, golden, labels, lin, matrix} from './golden.js';
import type {Rows} from './golden-runs.js';
import {GoldenRuns} from './golden-runs.js';

/**
 * Small and degenerate cases of single layers and pairs: from points in float64 to the tables of one run. What no table has is tested
 * at its kernel alone: lists of neighbours (knn), given rankings (neighborhood_overlap), layouts step by step and the graphs behind them (tsne, umap), a permutation that
 * changes nothing (decimation), k-means from given centres (alpha_powerlaw), and functions of statistics and random numbers (stats,
 * generator).
 */

type Maybe = number | 'NaN';
interface Tolerance {
  readonly abs?: number;
  readonly rel?: number;
  readonly others_abs?: number;
}
interface Input {
  readonly labels_for_class_fraction?: number[];
  readonly csv?: string;
  readonly points?: number[][];
  readonly labels?: string | number[];
  readonly X?: number[][];
  readonly Y?: number[][];
}
interface Case<Expected = Readonly<Record<string, number>>> {
  readonly name: string;
  readonly input: Input;
  readonly expected: Expected;
  readonly tolerance?: Tolerance;
}
interface Class {
  readonly n: number;
  readonly mean: Maybe;
  readonly std_ddof0: Maybe;
  readonly skew_gamma: Maybe;
  readonly pattern: string;
}
interface Kstar {
  readonly kstar: readonly (number | null)[];
  readonly per_class: Readonly<Record<string, Class>>;
  readonly 'Gamma_true_pooled_skew(inferred definition)': Maybe;
  readonly 'Gamma_prime_mean_of_class_skews(inferred definition)': Maybe;
}

const all = <E>(file: string): Case<E>[] => golden(file) as Case<E>[];
const find = <E>(file: string, name: string): Case<E> => all<E>(file).find(c => c.name.startsWith(name))!;

const ranked = all<Kstar>('kstar');
const demo = find<Readonly<Record<string, number>>>('cka', 'google-research');
const three = find<Readonly<Record<string, number>>>('cka', 'edge N=3');
const constant = find<unknown>('cka', 'edge constant');
const canonical = find<
  Readonly<Record<string, number>> & {'definition_based(numpy SVD)': Readonly<Record<string, number>>}
>('svcca', 'demo data');
const published = find<Readonly<Record<string, number>>>('neighborhood_overlap', 'DADApy published');
const few = ['4 points', '5 points'].map(name => find<Readonly<Record<string, number>>>('twonn', name));
const nothing = ['2 points', 'regular grid 4x4', 'simplex'].map(name => find<{n_valid?: number}>('twonn', name));
const generated = find<{'IDNN_0.9': [number, number]; MLE: number; MLE_unbiased: number}>('twonn', 'lin8 generated');
const shapes = ['rank deficient', 'exact line', 'cross-polytope'].map(name =>
  find<Readonly<Record<string, number>>>('anisotropy', name),
);

const runs = new GoldenRuns();
afterAll(() => runs.remove());
let tables: Rows = {};
const only = (label: string): Readonly<Record<string, number | string | null>> => {
  expect(tables[label], label).toHaveLength(1);
  return tables[label]![0]!;
};
const number = (label: string, column: string): number => Number(only(label)[column]);

beforeAll(async () => {
  const stages: Record<string, string> = {};
  const load = (label: string, {rows, cols, data}: Matrix, classes?: ArrayLike<number>): void => {
    runs.write(`${label}.npy`, npy([rows, cols], Float64Array.from(data)));
    if (classes !== undefined) runs.write(`${label}.txt`, Array.from(classes).join('\n'));
    const labelled = classes === undefined ? '' : `, labels: ${label}.txt`;
    stages[label] = `{stage: load, source: matrix, path: ${label}.npy${labelled}}`;
  };
  const metric = (label: string, from: string, rest: string): void => {
    stages[label] = `{stage: metric, from: ${from}, metric: ${rest}}`;
  };
  ranked.forEach(({input}, i) => {
    const classes = typeof input.labels === 'string' ? labels(input.labels) : input.labels!;
    load(`classes-${i}`, matrix(input), classes);
    metric(`kstar-${i}`, `classes-${i}`, 'kstar');
    metric(`samples-${i}`, `classes-${i}`, 'kstar, rows: samples');
  });
  for (const [label, {input}] of [
    ['demo', demo],
    ['three', three],
    ['constant', constant],
  ] as const) {
    load(`${label}-x`, fromRows(input.X!));
    load(`${label}-y`, fromRows(input.Y!));
    metric(`${label}-cka`, `{a: ${label}-x, b: ${label}-y}`, 'cka');
  }
  metric('demo-rbf', '{a: demo-x, b: demo-y}', 'cka, kernel: rbf');
  metric('demo-batches', '{a: demo-x, b: demo-y}', 'cka, batch: 20');
  for (const [label, rest] of [
    ['variance', ''],
    ['directions', ', variance: 1'],
    ['five', ', dims: 5'],
    ['ten', ', dims: 10'],
  ] as const)
    metric(`svcca-${label}`, '{a: demo-x, b: demo-y}', `svcca${rest}`);
  const {points, labels: five, labels_for_class_fraction: quarter} = published.input;
  load('published', fromRows(points!), five as number[]);
  load('published-quarter', fromRows(points!), quarter);
  load('published-second', fromRows(points!.map(([, second]) => [second!])));
  metric('five', '{a: published}', 'neighborhood-overlap, with: labels, k: 5');
  for (const weighted of [false, true])
    metric(
      `quarter-${weighted}`,
      '{a: published-quarter}',
      `neighborhood-overlap, with: labels, k: 39, classFraction: 0.25, weighted: ${weighted}`,
    );
  metric('thirty', '{a: published, b: published-second}', 'neighborhood-overlap, with: layers, k: 30');
  load('lin8', lin(987654, 5000, 8, 64));
  [...few, ...nothing].forEach(({input}, i) => load(`few-${i}`, matrix(input)));
  for (const from of ['lin8', ...few.map((_, i) => `few-${i}`), ...nothing.map((_, i) => `few-${few.length + i}`)]) {
    metric(`${from}-line`, from, 'twonn');
    metric(`${from}-likely`, from, 'twonn, estimator: likelihood');
  }
  metric('lin8-unbiased', 'lin8', 'twonn, estimator: likelihood, unbiased: true');
  shapes.forEach(({input}, i) => {
    const deficient = lin(8, 6, 6, 40);
    load(`shape-${i}`, input.points === undefined ? {...deficient, data: deficient.data.map(v => v + 5)} : matrix(input));
    metric(`anisotropy-${i}`, `shape-${i}`, 'anisotropy');
  });
  tables = await runs.run(stages);
}, 120_000);

describe.each(ranked.map((c, i) => [c.name, c, i] as const))('k*, %s', (_, {expected, tolerance}, i) => {
  const close = {abs: tolerance?.others_abs ?? 1e-12};
  const either = (found: number | string | null | undefined, wanted: Maybe): void => {
    if (wanted === 'NaN') expect(found).toBeNull();
    else expectClose(found as number, wanted, close);
  };
  const rows = (): Readonly<Record<string, number | string | null>>[] => tables[`kstar-${i}`]!;

  if (Object.keys(expected.per_class).length === 1)
    test('is not defined for want of a second class', () => {
      expect(rows().map(row => row['status'])).toEqual(['single class']);
      expect(tables[`samples-${i}`]!.map(row => row['status'])).toEqual(['single class']);
    });
  else {
    test('of every sample', () => {
      expect(tables[`samples-${i}`]!.map(row => row['kstar'])).toEqual(expected.kstar);
    });
    test('of every class, and of all', () => {
      const [whole, ...classes] = rows();
      either(whole!['skewness'], expected['Gamma_true_pooled_skew(inferred definition)']);
      either(whole!['class_mean_skewness'], expected['Gamma_prime_mean_of_class_skews(inferred definition)']);
      expect(classes.map(row => row['group'])).toEqual(Object.keys(expected.per_class));
      Object.values(expected.per_class).forEach((wanted, c) => {
        const row = classes[c]!;
        expect(row['n']).toBe(wanted.n);
        either(row['mean'], wanted.mean);
        either(row['std'], wanted.std_ddof0);
        either(row['skewness'], wanted.skew_gamma);
        expect(row['pattern']).toBe(wanted.pattern === 'undefined' ? null : wanted.pattern.toLowerCase());
      });
    });
  }
});

test('CKA of the published demonstration, of three samples, of a constant layer', () => {
  const {expected, tolerance} = demo;
  expectClose(number('demo-cka', 'cka_biased'), expected['linear_cka']!, tolerance!);
  expectClose(number('demo-cka', 'cka_debiased'), expected['linear_cka_debiased']!, tolerance!);
  expectClose(number('demo-rbf', 'cka_biased'), expected['rbf_cka_threshold_0.5_median']!, tolerance!);
  expectClose(
    number('demo-batches', 'cka_debiased'),
    expected['minibatch_cka_batch_20_unbiased_HSIC_averaged']!,
    tolerance!,
  );
  expectClose(number('three-cka', 'cka_biased'), three.expected['linear_cka']!, three.tolerance!);
  expect(only('three-cka')).toMatchObject({cka_debiased: null, status: 'insufficient'});
  expect(only('constant-cka')).toMatchObject({cka_biased: null, cka_debiased: null, status: 'constant'});
});

test('overlap of points published with DADApy', () => {
  const {expected, tolerance} = published;
  expectClose(number('five', 'overlap'), expected['label_overlap_k5']!, tolerance!);
  for (const weighted of [false, true]) {
    const wanted = expected[`class_fraction_0.25_weighted_${weighted ? 'True' : 'False'}`]!;
    expectClose(number(`quarter-${weighted}`, 'overlap'), wanted, tolerance!);
  }
  expectClose(number('thirty', 'overlap'), expected['data_overlap_with_column_1_only_k30']!, tolerance!);
});

test('SVCCA of the published demonstration', () => {
  const {expected, tolerance} = canonical;
  const defined = expected['definition_based(numpy SVD)'];
  expectClose(number('svcca-variance', 'svcca'), expected['svcca_99var_mean_all_coefs']!, tolerance!);
  expect(only('svcca-variance')).toMatchObject({kept: 10, kept_other: 10});
  expectClose(number('svcca-directions', 'svcca'), defined['mean_cca']!, tolerance!);
  expectClose(number('svcca-directions', 'mean_square'), defined['mean_squared_cca_centred']!, tolerance!);
  expectClose(number('svcca-directions', 'pwcca'), defined['pwcca_weights_from_x']!, tolerance!);
  expectClose(number('svcca-directions', 'pwcca_other'), defined['pwcca_weights_from_y']!, tolerance!);
  expectClose(number('svcca-five', 'svcca'), expected['svcca_top5_mean']!, tolerance!);
  expectClose(number('svcca-ten', 'svcca'), expected['svcca_top10_mean']!, tolerance!);
});

test('TwoNN of generated points, of a few, and of those that tell nothing', () => {
  const {expected, tolerance} = generated;
  expectClose(number('lin8-line', 'id'), expected['IDNN_0.9'][0], tolerance!);
  expectClose(number('lin8-line', 'r'), expected['IDNN_0.9'][1], tolerance!);
  expectClose(number('lin8-likely', 'id'), expected.MLE, tolerance!);
  expectClose(number('lin8-unbiased', 'id'), expected.MLE_unbiased, tolerance!);
  few.forEach((c, i) => {
    const {slope, r, p, n_xy, n_valid, MLE} = c.expected;
    expect(only(`few-${i}-line`)).toMatchObject({n_fit: n_xy, n_valid, status: 'ok'});
    expectClose(number(`few-${i}-line`, 'id'), slope!, {rel: 1e-12});
    expectClose(number(`few-${i}-line`, 'r'), r!, {rel: 1e-12});
    expectClose(10 ** number(`few-${i}-line`, 'log10_p'), p!, {rel: 1e-9});
    expectClose(number(`few-${i}-likely`, 'id'), MLE!, {rel: 1e-12});
  });
  nothing.forEach((_, i) => {
    for (const estimator of ['line', 'likely'])
      expect(only(`few-${few.length + i}-${estimator}`)).toMatchObject({id: null, status: 'insufficient'});
  });
});

test.each(shapes.map((c, i) => [c.name, c, i] as const))('anisotropy, %s', (_, {expected, tolerance}, i) => {
  expectClose(number(`anisotropy-${i}`, 'anisotropy'), expected['A_seed_lambda_max_over_sum']!, tolerance!);
  expectClose(number(`anisotropy-${i}`, 'trace'), expected['trace_cov']!, tolerance!);
  expectClose(
    number(`anisotropy-${i}`, 'mean_cosine'),
    expected['mean_offdiag_cosine_variant(Ethayarajh)']!,
    tolerance!,
  );
});
