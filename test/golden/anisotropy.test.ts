import {expect, test} from 'vitest';
import {anisotropy} from '../../src/kernels/anisotropy.js';
import {expectClose} from './close.js';
import {golden, lin, matrix} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {
    readonly csv?: string;
    readonly points?: readonly (readonly number[])[];
    readonly generator?: string;
  };
  readonly expected: {
    readonly A_seed_lambda_max_over_sum: number;
    readonly lambda_first5: readonly number[];
    readonly trace_cov: number;
    readonly uncentred_variant: number;
    readonly 'mean_offdiag_cosine_variant(Ethayarajh)': number;
  };
  readonly tolerance: {readonly rel?: number; readonly abs?: number};
}

test.each((golden('anisotropy') as Case[]).map(c => [c.name, c] as const))(
  'anisotropy of %s',
  async (_, {input, expected, tolerance}) => {
    const generated = lin(8, 6, 6, 40);
    const x =
      input.generator === undefined
        ? matrix(input)
        : {...generated, data: generated.data.map(value => value + 5)};
    const result = await anisotropy(x);
    expect(result.status).toBe('ok');
    expectClose(result.anisotropy, expected.A_seed_lambda_max_over_sum, tolerance);
    expectClose(result.largest, expected.lambda_first5[0]!, {rel: 1e-12, ...tolerance});
    expectClose(result.trace, expected.trace_cov, {rel: 1e-12, ...tolerance});
    expectClose((await anisotropy(x, {centre: false})).anisotropy, expected.uncentred_variant, tolerance);
    expectClose(result.meanCosine, expected['mean_offdiag_cosine_variant(Ethayarajh)'], tolerance);
  },
);
