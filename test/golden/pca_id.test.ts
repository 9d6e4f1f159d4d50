import {expect, test} from 'vitest';
import {
  brokenStick,
  componentsNeeded,
  countAboveMean,
  countAboveShare,
  entropyRank,
  indexExceeding,
  largestGap,
  participationRatio,
  stableRank,
} from '../../src/kernels/pca-id.js';
import {covarianceSpectrum} from '../../src/kernels/spectrum.js';
import {expectClose} from './close.js';
import {golden, matrix} from './golden.js';

const SHARES = [0.5, 0.8, 0.9, 0.95, 0.99] as const;

interface Case {
  readonly name: string;
  readonly input: {readonly csv: string; readonly standardise: boolean};
  readonly expected: {
    readonly explained_variance_first10_ddof1: readonly number[];
    readonly explained_variance_ratio_first10: readonly number[];
    readonly sum_variance: number;
    readonly participation_ratio: number;
    readonly effective_rank_entropy_exp: number;
    readonly stable_rank_of_covariance_sum_over_max: number;
    readonly skdim_lPCA_FO: number;
    readonly skdim_lPCA_Kaiser: number;
    readonly kaiser_count_gt_mean: number;
    readonly skdim_lPCA_maxgap: number;
    readonly skdim_lPCA_broken_stick: number;
  } & {readonly [S in (typeof SHARES)[number] as `components_needed_cum_ge_${S}`]: number} & {
    readonly [S in (typeof SHARES)[number] as `IDNN_get_pca_dim_index_cum_gt_${S}`]: number;
  };
  readonly tolerance: {readonly rel: number};
}

test.each((golden('pca_id') as Case[]).map(c => [c.name, c] as const))(
  'PCA dimensions of %s',
  async (_, {input, expected, tolerance}) => {
    const {status, values} = await covarianceSpectrum(matrix(input), {standardise: input.standardise});
    expect(status).toBe('ok');
    const sum = values.reduce((total, value) => total + value, 0);
    expectClose(sum, expected.sum_variance, tolerance);
    // What is smaller is rounding, here and there.
    const noise = 1e-14 * expected.explained_variance_first10_ddof1[0]!;
    expected.explained_variance_first10_ddof1.forEach((value, i) => {
      expectClose(values[i]!, value, {...tolerance, abs: noise});
      expectClose(values[i]! / sum, expected.explained_variance_ratio_first10[i]!, {...tolerance, abs: 1e-14});
    });

    for (const share of SHARES) {
      expect(componentsNeeded(values, share)).toBe(expected[`components_needed_cum_ge_${share}`]);
      expect(indexExceeding(values, share)).toBe(expected[`IDNN_get_pca_dim_index_cum_gt_${share}`]);
    }
    expectClose(participationRatio(values), expected.participation_ratio, tolerance);
    expectClose(entropyRank(values), expected.effective_rank_entropy_exp, tolerance);
    expectClose(stableRank(values), expected.stable_rank_of_covariance_sum_over_max, tolerance);
    expect(countAboveShare(values, 0.05)).toBe(expected.skdim_lPCA_FO);
    expect(countAboveMean(values)).toBe(expected.skdim_lPCA_Kaiser);
    expect(countAboveMean(values)).toBe(expected.kaiser_count_gt_mean);
    expect(largestGap(values)).toBe(expected.skdim_lPCA_maxgap);
    // The reference returns the first component that falls short, one-based.
    expect(brokenStick(values) + 1).toBe(expected.skdim_lPCA_broken_stick);
  },
);
