import {Type} from '#typebox';
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
} from '../../kernels/pca-id.js';
import {spectrumOf} from '../../kernels/spectrum.js';
import {defineMetric} from './define.js';

export default defineMetric({
  name: 'pca-id',
  version: 3,
  summary: 'Linear dimension from the eigenvalues of the covariance, by several rules.',
  source:
    'Share of variance, as Ansuini, Laio, Macke, Zoccolan 2019; Fukunaga and Olsen 1971; Kaiser 1960; broken stick: Jackson 1993; entropy rank: Roy and Vetterli 2007.',
  params: Type.Object({
    threshold: Type.Number({
      default: 0.9,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description: 'share of the variance that the components must hold',
    }),
    standardise: Type.Boolean({
      default: true,
      description: 'bring every feature to standard deviation 1 first; constant ones become 0',
    }),
    count: Type.Enum(['needed', 'index'], {
      default: 'needed',
      description:
        'needed: components until the share is reached; index: zero-based index of the one that exceeds it, as the code released with Ansuini et al. 2019 reports',
    }),
    fukunagaOlsen: Type.Number({
      default: 0.05,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description: 'share of the largest eigenvalue that those counted as fukunaga_olsen exceed',
    }),
  }),
  columns: [
    {
      name: 'id',
      type: 'int',
      description: 'PCA dimension (components that hold the threshold share of the variance)',
    },
    {name: 'participation_ratio', type: 'float', description: '(sum lambda)^2 / sum lambda^2'},
    {name: 'entropy_rank', type: 'float', description: 'exp of the entropy of the shares of variance'},
    {
      name: 'stable_rank',
      type: 'float',
      description: 'sum lambda / lambda_max: the inverse of the anisotropy',
    },
    {name: 'fukunaga_olsen', type: 'int', description: 'eigenvalues above a share of the largest'},
    {name: 'kaiser', type: 'int', description: 'eigenvalues above their mean over min(n, dim)'},
    {
      name: 'max_gap',
      type: 'int',
      description: 'components before the largest factor between neighbouring eigenvalues',
    },
    {
      name: 'broken_stick',
      type: 'int',
      description: 'leading components with a larger share than pieces of a broken stick',
    },
    {
      name: 'variance',
      type: 'float',
      description: 'sum of the eigenvalues (ddof 1), after standardising if asked',
    },
  ],
  value: 'id',
  runtime: true,
  scatter: ({standardise}) => ({standardise}),
  async measure(representation, {threshold, count, fukunagaOlsen}) {
    const {status, values} = spectrumOf(await representation.scatter());
    if (status !== 'ok') return [{status}];
    const rule = count === 'needed' ? componentsNeeded : indexExceeding;
    return [
      {
        id: rule(values, threshold),
        participation_ratio: participationRatio(values),
        entropy_rank: entropyRank(values),
        stable_rank: stableRank(values),
        fukunaga_olsen: countAboveShare(values, fukunagaOlsen),
        kaiser: countAboveMean(values),
        max_gap: largestGap(values),
        broken_stick: brokenStick(values),
        variance: values.reduce((sum, value) => sum + value, 0),
        status,
      },
    ];
  },
});
