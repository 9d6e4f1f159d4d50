import {Type} from '#typebox';
import {anisotropy} from '../../kernels/anisotropy.js';
import {defineMetric} from './define.js';

export default defineMetric({
  name: 'anisotropy',
  version: 3,
  summary:
    'Share of the variance along the direction that has most of it, and the mean cosine between samples.',
  source:
    'Razzhigaev et al. 2024, eq. 1: lambda_max / sum lambda of the covariance; mean cosine: Ethayarajh 2019.',
  params: Type.Object({
    centre: Type.Boolean({
      default: true,
      description: 'remove the mean first; without, a common offset counts as a direction',
    }),
  }),
  columns: [
    {
      name: 'anisotropy',
      type: 'float',
      description: 'anisotropy (lambda_max / sum lambda, in [1 / min(dim, n - 1), 1])',
    },
    {name: 'lambda_max', type: 'float', description: 'largest eigenvalue of the covariance (ddof 1)'},
    {name: 'trace', type: 'float', description: 'total variance (ddof 1)'},
    {name: 'mean_cosine', type: 'float', description: 'mean cosine between different samples, not centred'},
  ],
  value: 'anisotropy',
  runtime: true,
  vectors: true,
  async measure(representation, {centre}, {threads}) {
    const result = await anisotropy(await representation.vectors(), {centre, threads});
    return [
      {
        anisotropy: result.anisotropy,
        lambda_max: result.largest,
        trace: result.trace,
        mean_cosine: result.meanCosine,
        status: result.status,
      },
    ];
  },
});
