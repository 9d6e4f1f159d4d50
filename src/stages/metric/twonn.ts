import {Type} from '#typebox';
import {twonnLikelihood, twonnRegression} from '../../kernels/twonn.js';
import {when} from '../when.js';
import {defineMetric} from './define.js';

const REGRESSION = {estimator: ['regression']};
const LIKELIHOOD = {estimator: ['likelihood']};

export default defineMetric({
  name: 'twonn',
  version: 2,
  summary: 'Intrinsic dimension from the ratio of the distances to the first and second neighbour.',
  source:
    'Facco, d’Errico, Rodriguez, Laio 2017 (regression and likelihood); defaults as Ansuini, Laio, Macke, Zoccolan 2019; interval and posterior Denti, Doimo, Laio, Mira 2022.',
  params: Type.Object({
    estimator: Type.Enum(['regression', 'likelihood'], {
      default: 'regression',
      description: 'slope of -log(1 - F(mu)) on log mu, or N / sum log mu',
    }),
    fraction: when(
      REGRESSION,
      Type.Number({
        default: 0.9,
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'share of the points, those with the smallest ratios, that the line is fitted to',
      }),
    ),
    intercept: when(
      REGRESSION,
      Type.Boolean({default: false, description: 'whether the line may miss the origin'}),
    ),
    dropLast: when(
      REGRESSION,
      Type.Integer({
        default: 2,
        minimum: 1,
        description: 'points with the largest ratios that are never fitted',
      }),
    ),
    cdf: when(
      REGRESSION,
      Type.Enum(['i/N', '(i-1)/N'], {default: 'i/N', description: 'F of the i-th of N points'}),
    ),
    exclude: Type.Enum(['degenerate', 'none'], {
      default: 'degenerate',
      description: 'leave out points with r1 = 0 or r1 = r2, or no point',
    }),
    trim: when(
      LIKELIHOOD,
      Type.Number({
        default: 0,
        minimum: 0,
        exclusiveMaximum: 1,
        description:
          'share of the points, those with the largest ratios, that are left out; 0.01 as in intRinsic',
      }),
    ),
    unbiased: when(LIKELIHOOD, Type.Boolean({default: false, description: '(N - 1) in place of N'})),
    prior: when(
      LIKELIHOOD,
      Type.Array(Type.Number({exclusiveMinimum: 0}), {
        default: [2, 5],
        minItems: 2,
        maxItems: 2,
        description: 'shape and rate of the Gamma prior of the Bayesian estimate',
      }),
    ),
    confidence: when(
      LIKELIHOOD,
      Type.Number({
        default: 0.95,
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description: 'coverage of the interval',
      }),
    ),
  }),
  columns: [
    {name: 'id', type: 'float', description: 'intrinsic dimension'},
    {
      name: 'error',
      type: 'float',
      description: 'standard error of the dimension over samples: id / sqrt(n_valid), by Fisher information',
    },
    {name: 'id_low', type: 'float', description: 'likelihood: lower end of the confidence interval'},
    {name: 'id_high', type: 'float', description: 'likelihood: upper end of the confidence interval'},
    {name: 'bayes_mean', type: 'float', description: 'likelihood: mean of the posterior'},
    {name: 'bayes_std', type: 'float', description: 'likelihood: standard deviation of the posterior'},
    {
      name: 'std_error',
      type: 'float',
      description: 'regression: standard error of the slope by least squares',
    },
    {name: 'intercept', type: 'float', description: 'regression: intercept, if the line has one'},
    {name: 'r', type: 'float', description: 'regression: Pearson correlation of the fitted points'},
    {name: 'log10_p', type: 'float', description: 'regression: log10 of the two-sided p-value of r'},
    {name: 'r2_uncentred', type: 'float', description: 'regression: (sum xy)^2 / (sum x^2 sum y^2)'},
    {name: 'scale', type: 'float', description: 'mean distance to the first and second neighbour'},
    {name: 'n_valid', type: 'int', description: 'points left after the exclusion and the trimming'},
    {name: 'n_fit', type: 'int', description: 'regression: points that the line is fitted to'},
  ],
  value: 'id',
  neighbors: () => 2,
  async measure(representation, params) {
    const {indices, distances, k} = await representation.neighbors(2);
    const n = k < 2 ? 0 : indices.length / k;
    const r1 = Float64Array.from({length: n}, (_, i) => distances[i * k]!);
    const r2 = Float64Array.from({length: n}, (_, i) => distances[i * k + 1]!);
    const scale = n === 0 ? null : r1.reduce((sum, r, i) => sum + r + r2[i]!, 0) / (2 * n);
    if (params.estimator === 'regression') {
      const fit = twonnRegression(r1, r2, params);
      return [
        {
          id: fit.dimension,
          error: errorOf(fit.dimension, fit.nValid),
          std_error: fit.standardError,
          intercept: fit.intercept,
          r: fit.pearson,
          log10_p: fit.log10P,
          r2_uncentred: fit.r2Uncentred,
          scale,
          n_valid: fit.nValid,
          n_fit: fit.nFit,
          status: fit.status,
        },
      ];
    }
    const [shape, rate] = params.prior;
    const fit = twonnLikelihood(r1, r2, {...params, prior: [shape!, rate!]});
    const id = params.unbiased ? fit.unbiased : fit.dimension;
    return [
      {
        id,
        error: errorOf(id, fit.nValid),
        id_low: fit.low,
        id_high: fit.high,
        bayes_mean: fit.bayesMean,
        bayes_std: fit.bayesStd,
        scale,
        n_valid: fit.nValid,
        status: fit.status,
      },
    ];
  },
});

/** The likelihood of N ratios has the Fisher information N / d^2 (Facco et al. 2017). */
const errorOf = (dimension: number | null, points: number): number | null =>
  dimension === null ? null : dimension / Math.sqrt(points);
