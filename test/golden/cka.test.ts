import {describe, expect, test} from 'vitest';
import type {CkaOptions} from '../../src/kernels/cka.js';
import {cka, prepareCka} from '../../src/kernels/cka.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {mutualKnn, prepareMutualKnn} from '../../src/kernels/mutual-knn.js';
import {rankOverlap} from '../../src/kernels/rank-overlap.js';
import {expectClose} from './close.js';
import {fromRows, golden, matrix} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {
    readonly X?: readonly (readonly number[])[];
    readonly Y?: readonly (readonly number[])[];
    readonly csv_x?: string;
    readonly csv_y?: string;
  };
  readonly expected: Record<string, number>;
  readonly tolerance: {readonly abs: number};
}

const cases = golden('cka') as Case[];
const sides = ({input: {X, Y, csv_x, csv_y}}: Case): [Matrix, Matrix] =>
  X === undefined ? [matrix({csv: csv_x!}), matrix({csv: csv_y!})] : [fromRows(X), fromRows(Y!)];

async function measure([x, y]: [Matrix, Matrix], options: Partial<CkaOptions> = {}) {
  const all: CkaOptions = {kernel: 'linear', bandwidth: 1, batch: null, ...options};
  const [a, b] = [await prepareCka(x, all), await prepareCka(y, all)];
  return {...(await cka(a, b)), self: [a.self, b.self] as const};
}

const full = cases.filter(c => 'linear_cka_debiased' in c.expected);
test('there are four full cases', () => expect(full).toHaveLength(4));

describe.each(full.map(c => [c.name, c] as const))('CKA, %s', (_, c) => {
  const {expected, tolerance} = c;

  test('with inner products', async () => {
    const {status, biased, debiased, hsic, self} = await measure(sides(c));
    expect(status).toBe('ok');
    expectClose(biased, expected['linear_cka']!, tolerance);
    expectClose(debiased, expected['linear_cka_debiased']!, tolerance);
    // platonic-rep adds 1e-6 to the root of the product, and there divides the unbiased form by n (n - 3).
    const n = sides(c)[0].rows;
    const guarded = (form: 'biased' | 'unbiased', scale: number): number =>
      hsic![form]! / scale / (Math.sqrt(self[0][form]! * self[1][form]!) / scale + 1e-6);
    expectClose(guarded('biased', 1), expected['platonic_cka_biased(+1e-6)']!, tolerance);
    expectClose(guarded('unbiased', n * (n - 3)), expected['platonic_unbiased_cka']!, tolerance);
  });

  test('with Gaussians', async () => {
    for (const bandwidth of [0.5, 1]) {
      const {biased} = await measure(sides(c), {kernel: 'rbf', bandwidth});
      expectClose(biased, expected[`rbf_cka_threshold_${bandwidth}_median`]!, tolerance);
    }
  });

  test('over batches', async () => {
    const name = Object.keys(expected).find(key => key.startsWith('minibatch'))!;
    const batch = Number(/batch_(\d+)/.exec(name)![1]);
    expectClose((await measure(sides(c), {batch})).debiased, expected[name]!, tolerance);
  });
});

test('published with the method', async () => {
  const [demo] = cases as [Case];
  const digits = async (options: Partial<CkaOptions>, form: 'biased' | 'debiased') =>
    Number((await measure(sides(demo), options))[form]!.toFixed(5));
  expect(await digits({}, 'biased')).toBe(0.55761);
  expect(await digits({kernel: 'rbf', bandwidth: 0.5}, 'biased')).toBe(0.65483);
  expect(await digits({}, 'debiased')).toBe(0.51346);
});

test('three rows: nothing is unbiased', async () => {
  const c = cases.find(({name}) => name.startsWith('edge N=3'))!;
  const {status, biased, debiased} = await measure(sides(c));
  expectClose(biased, c.expected['linear_cka']!, c.tolerance);
  expect([status, debiased]).toEqual(['insufficient', null]);
});

test('constant features', async () => {
  const c = cases.find(({name}) => name.startsWith('edge constant'))!;
  expect(await measure(sides(c))).toMatchObject({status: 'constant', biased: null, debiased: null});
});

const platonic = cases.filter(c => 'platonic_on_L2_normalised_rows' in c.expected);
test('there are three cases with neighbours', () => expect(platonic).toHaveLength(3));

test.each(platonic.map(c => [c.name, c] as const))('nearest neighbours on the sphere, %s', async (_, c) => {
  const expected = c.expected['platonic_on_L2_normalised_rows'] as unknown as Record<string, number>;
  // The reference averages these in float32.
  const single = {abs: (c.tolerance as unknown as {platonic_mutual_knn: number}).platonic_mutual_knn};
  const options = {k: 10, clip: 1, normalise: true};
  const [x, y] = sides(c);
  const [a, b] = [await prepareMutualKnn(x, options), await prepareMutualKnn(y, options)];
  const {overlap, cycle, alignments} = mutualKnn(a, b);
  expectClose(overlap, expected['mutual_knn_k10']!, single);
  expectClose(cycle, expected['cycle_knn_k10']!, single);
  const [ab, aa, bb] = alignments!;
  expectClose(ab / (Math.sqrt(aa * bb) + 1e-6), expected['cknna_k10']!, c.tolerance);
  const {lcs, editSimilarity} = (await rankOverlap(a.neighbors, b.neighbors, {k: 10, p: 0.9}))!;
  expectClose(lcs, expected['lcs_knn_k10_mean_length']!, single);
  expectClose(editSimilarity, expected['edit_distance_knn_k10']!, c.tolerance);
});
