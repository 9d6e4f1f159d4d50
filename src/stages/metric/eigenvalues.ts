import {Type} from '#typebox';
import {countUsable} from '../../kernels/power-law.js';
import {leadingSpectrum} from '../../kernels/spectrum.js';
import {defineMetric} from './define.js';

export default defineMetric({
  name: 'eigenvalues',
  version: 2,
  summary:
    'The eigenvalues of the covariance by rank: the spectrum itself, per layer or per token of a layer.',
  source:
    'Eigenspectra as in Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019 and Agrawal, Mondal, Ghosh, Richards 2022: covariance with ddof 1, ranks from 1.',
  params: Type.Object({
    ranks: Type.Integer({
      default: 500,
      minimum: 1,
      description:
        'number of the largest eigenvalues to give; fewer where eigenvalues end or are rounding (1e-12 of the largest)',
    }),
  }),
  columns: [
    {name: 'rank', type: 'int', description: 'rank of the eigenvalue, from 1 for the largest'},
    {name: 'eigenvalue', type: 'float', description: 'eigenvalue of the covariance (ddof 1)'},
    {name: 'share', type: 'float', description: 'share of the variance (the eigenvalue over the sum of all)'},
  ],
  value: 'share',
  tokens: true,
  runtime: true,
  scatter: () => ({}),
  async measure(representation, {ranks}, {threads}) {
    const scatter = await representation.scatter();
    const {status, values, rest = 0} = await leadingSpectrum(scatter, ranks, {threads});
    if (status !== 'ok') return [{status}];
    const total = values.reduce((sum, value) => sum + value, rest);
    return Array.from(values.subarray(0, Math.min(ranks, countUsable(values))), (eigenvalue, i) => ({
      rank: i + 1,
      eigenvalue,
      share: eigenvalue / total,
      status,
    }));
  },
});
