import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {Workplace} from '../rig/strata.js';
import {golden, labels, matrix, rowsBetween} from './golden.js';

/** The expected numbers once more, from an experiment file through the command line to the table of the run. */

interface Case {
  readonly name: string;
  readonly input: {readonly csv: string};
  readonly expected: Record<string, number> & Record<string, Record<string, number>>;
}
type Rows = Record<string, Record<string, number>[]>;

const place = new Workplace();
const csv = (x: Matrix): string =>
  Array.from({length: x.rows}, (_, i) => x.data.slice(i * x.cols, (i + 1) * x.cols).join(',')).join('\n');

async function run(stages: Record<string, string>): Promise<Rows> {
  const text = Object.entries(stages).map(([label, stage]) => `  ${label}: ${stage}`);
  place.write('golden.yaml', ['strata: 1', 'name: golden', 'stages:', ...text].join('\n'));
  const {code, stderr} = await place.strata('run', 'golden.yaml');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse((await place.strata('show', 'golden', '--json')).stdout) as Rows;
}

const near = (value: number, expected: number, relative: number): void =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));

describe('through strata run', () => {
  test('TwoNN, anisotropy and strided decimation', async () => {
    const x = matrix({csv: 'lin5_n2000_d50.csv'});
    place.write('lin5.csv', csv(x));
    const tables = await run({
      data: '{stage: load, source: matrix, path: lin5.csv, header: false}',
      blocks: '{stage: decimate, from: data, method: strided, fractions: [1, 0.5]}',
      regression: '{stage: metric, metric: twonn, from: blocks}',
      likelihood: '{stage: metric, metric: twonn, estimator: likelihood, from: data}',
      anisotropy: '{stage: metric, metric: anisotropy, from: data}',
    });
    const twonn = (golden('twonn') as Case[]).find(c => c.name.startsWith('lin5'))!.expected;
    near(tables['regression']![0]!['id']!, twonn['IDNN_fraction_0.9']!['slope_through_origin']!, 1e-10);
    near(tables['likelihood']![0]!['id']!, twonn['MLE_N_over_sum'] as unknown as number, 1e-10);
    const lambda = (golden('anisotropy') as Case[]).find(c => c.name === 'lin5')!.expected;
    near(tables['anisotropy']![0]!['anisotropy']!, lambda['A_seed_lambda_max_over_sum'] as unknown as number, 1e-10);
    const [, halves] = (golden('decimation') as unknown as {expected: {id_mean: number}[]}[])[0]!.expected;
    const ids = tables['regression']!.slice(1).map(row => row['id']!);
    near(ids.reduce((sum, id) => sum + id / ids.length, 0), halves!.id_mean, 1e-9);
  });

  test('label overlap and the linear probe on a split by rows', async () => {
    const x = matrix({csv: 'netA_t0_layer1.csv'});
    const all = labels('net_labels.csv');
    place.write('overlap.csv', csv(matrix({csv: 'netA_t30_layer2.csv'})));
    place.write('overlap-labels.csv', all.join('\n'));
    for (const [name, from, to] of [['train', 0, 199], ['test', 200, 299]] as const) {
      place.write(`${name}.csv`, csv(rowsBetween(x, from, to)));
      place.write(`${name}-labels.csv`, all.slice(from, to + 1).join('\n'));
    }
    const load = (name: string): string =>
      `{stage: load, source: matrix, path: ${name}.csv, header: false, labels: ${name}-labels.csv}`;
    const tables = await run({
      all: load('overlap'),
      train: load('train'),
      test: load('test'),
      plain: '{stage: metric, metric: neighborhood-overlap, from: all, k: 30}',
      weighted: '{stage: metric, metric: neighborhood-overlap, from: all, k: 30, weighted: true}',
      probe: '{stage: probe, probe: linear, tolerance: 1e-9, from: {from: train, test: test}}',
    });
    const overlap = (golden('neighborhood_overlap') as Case[]).find(c => c.name === 'labels: netA_t30_layer2.csv k=30')!;
    const of = (name: string): number => overlap.expected[name] as unknown as number;
    expect(tables['plain']![0]!['overlap']).toBeCloseTo(of('chi_gt_mean'), 12);
    expect(tables['plain']![0]!['chance']).toBeCloseTo(of('chance_level'), 12);
    expect(tables['weighted']![0]!['overlap']).toBeCloseTo(of('class_weighted_mean(DADApy weighted=True default)'), 12);
    const probe = (golden('linear_probe') as Case[]).find(c => c.name.startsWith('netA_t0_layer1'))!.expected;
    expect(tables['probe']![0]!['accuracy']).toBe(probe['test_accuracy']);
    expect(tables['probe']![0]!['train_accuracy']).toBe(probe['train_accuracy']);
    near(tables['probe']![0]!['objective']!, probe['objective_C_sumloss_plus_half_w2'] as unknown as number, 1e-9);
  });
});
