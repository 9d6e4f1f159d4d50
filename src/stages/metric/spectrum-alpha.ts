import {Type} from 'typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {countUsable, fitPowerLaw} from '../../kernels/power-law.js';
import {covarianceSpectrum} from '../../kernels/spectrum.js';
import {defineMetric} from './define.js';

export default defineMetric({
  name: 'spectrum-alpha',
  version: 1,
  summary:
    'How fast the eigenvalues of the covariance decay with their rank, per layer or per token of a layer.',
  source:
    'Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019: log lambda_n = b - alpha log n, weights 1/n, ranks 11 to 500; robust fit: Agrawal, Mondal, Ghosh, Richards 2022.',
  params: Type.Object({
    ranges: Type.Array(Type.Array(Type.Integer({minimum: 1}), {minItems: 2, maxItems: 2}), {
      default: [[11, 500]],
      minItems: 1,
      description:
        'first and last rank to fit, from 1; each pair gives a row. A range ends where eigenvalues end or are rounding (1e-12 of the largest)',
    }),
    fit: Type.Enum(['weighted', 'unweighted', 'robust'], {
      default: 'weighted',
      description:
        'least squares with the weights 1/n, without weights, or the median of the slopes of sliding windows of a tenth of the range',
    }),
  }),
  columns: [
    {name: 'range', type: 'string', description: 'the ranks asked for'},
    {name: 'alpha', type: 'float', description: 'spectral decay alpha (lambda_n ~ n^-alpha)'},
    {
      name: 'std_error',
      type: 'float',
      description: 'standard error of alpha by least squares; null of a robust fit',
    },
    {name: 'intercept', type: 'float', description: 'log share of the variance that the line has at rank 1'},
    {
      name: 'r2',
      type: 'float',
      description: 'share of the variance of log lambda over the ranks fitted that the line explains',
    },
    {name: 'first_rank', type: 'int', description: 'first rank fitted'},
    {name: 'last_rank', type: 'int', description: 'last rank fitted'},
    {
      name: 'fit',
      type: 'string',
      description: 'how the line was fitted: weighted (1/n), unweighted or robust',
    },
    {name: 'eigenvalues', type: 'int', description: 'eigenvalues above rounding'},
  ],
  value: 'alpha',
  tokens: true,
  runtime: true,
  async measure(representation, {ranges: pairs, fit}, {threads}) {
    const ranges = pairs.map(([first, last]) => [first!, last!] as const);
    for (const [first, last] of ranges)
      if (last - first < 2)
        fail('E501', `ranges: from rank ${first} to rank ${last} are fewer than three eigenvalues`, {
          hint: 'a line needs three at least, as in [[11, 500]]',
        });
    const {status, values} = await covarianceSpectrum(await representation.matrix(), {threads});
    if (status !== 'ok') return ranges.map(([first, last]) => ({range: `${first}-${last}`, fit, status}));
    const total = values.reduce((sum, value) => sum + value, 0);
    const shares = values.map(value => value / total);
    return ranges.map(([first, last]) => {
      const line = fitPowerLaw(shares, [first, last], fit);
      return {
        range: `${first}-${last}`,
        alpha: line.alpha,
        std_error: line.standardError,
        intercept: line.intercept,
        r2: line.r2,
        first_rank: line.alpha === null ? null : line.first,
        last_rank: line.alpha === null ? null : line.last,
        fit,
        eigenvalues: countUsable(shares),
        status: line.status,
      };
    });
  },
});
