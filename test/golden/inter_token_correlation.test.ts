import {describe, expect, test} from 'vitest';
import {pairMean, productSums, unitTokens} from '../../src/kernels/token-correlation.js';
import {openTokenProducts} from '../../src/kernels/token-products.js';
import {runMetric} from '../stages/metric/run-metric.js';
import {expectClose} from './close.js';
import {golden} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {readonly tensor: number[][][]};
  readonly expected: {
    readonly mean_pearson_offdiag: number;
    readonly mean_abs_pearson_offdiag: number;
    readonly mean_pearson_including_diagonal: number;
    readonly mean_cosine_offdiag: number;
    readonly dataset_level_mean_pearson_offdiag: number;
    readonly per_image_mean_pearson_offdiag: readonly number[];
    readonly R_image0_row0: readonly number[];
  };
  readonly tolerance: {readonly abs: number};
}

const cases = golden('inter_token_correlation') as Case[];

function blockOf(tensor: number[][][]) {
  const data = Float64Array.from(tensor.flat(2));
  return {samples: tensor.length, tokens: tensor[0]!.length, dim: tensor[0]![0]!.length, data};
}

describe.each(cases.slice(0, 2).map(c => [c.name, c] as const))('token correlation of %s', (_, c) => {
  const {expected, tolerance} = c;
  const block = blockOf(c.input.tensor);
  const {samples: rows, ...shape} = block;

  const variants = [
    [{}, expected.mean_pearson_offdiag],
    [{absolute: true}, expected.mean_abs_pearson_offdiag],
    [{diagonal: true}, expected.mean_pearson_including_diagonal],
    [{similarity: 'cosine'}, expected.mean_cosine_offdiag],
    [{level: 'dataset'}, expected.dataset_level_mean_pearson_offdiag],
  ] as const;
  test.each(variants)('with %j', async (params, wanted) => {
    const [row] = await runMetric('metric/token-correlation', params, {layers: [{name: 'block', rows, ...shape}]});
    expect(row).toMatchObject({layer: 'block', n: rows, tokens: shape.tokens, skipped_pairs: 0, status: 'ok'});
    expectClose(row!['correlation'] as number, wanted, tolerance);
  });

  test('sample by sample, and pair by pair', async () => {
    const {units, valid} = unitTokens(block, 'pearson');
    productSums({...block, data: units}).forEach((sum, s) =>
      expectClose(pairMean(sum, valid[s]!, false), expected.per_image_mean_pearson_offdiag[s]!, tolerance),
    );
    const products = await openTokenProducts('matrix');
    const size = block.tokens * block.dim;
    const matrix = await products.of({...block, samples: 1, data: units.subarray(0, size)});
    await products.close();
    expected.R_image0_row0.forEach((r, t) => expectClose(matrix[t]!, r, tolerance));
  });
});

test(cases[2]!.name, async () => {
  const {tensor} = cases[2]!.input;
  const {samples: rows, ...shape} = blockOf(tensor);
  const given = {layers: [{name: 'block', rows, ...shape}]};
  const [row] = await runMetric('metric/token-correlation', {}, given);
  expectClose(row!['correlation'] as number, -1, {abs: 1e-14});
  expect(row).toMatchObject({skipped_pairs: 2, status: 'ok'});
  const [absolute] = await runMetric('metric/token-correlation', {absolute: true}, given);
  expectClose(absolute!['correlation'] as number, 1, {abs: 1e-14});
});
