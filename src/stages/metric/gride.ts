import {Type} from '#typebox';
import {gride} from '../../kernels/gride.js';
import {defineMetric} from './define.js';

export default defineMetric({
  name: 'gride',
  version: 1,
  summary:
    'Intrinsic dimension at growing scales, from the ratios of distances to farther and farther neighbours.',
  source: 'Denti, Doimo, Laio, Mira 2022 (Gride): n1 = 1, 2, 4 ..., n2 = 2 n1, by maximum likelihood.',
  params: Type.Object({
    rangeMax: Type.Integer({
      default: 64,
      minimum: 2,
      description: 'the farthest neighbour used, n2 of the last scale',
    }),
    outliers: Type.Union([Type.Number({exclusiveMinimum: 0}), Type.Null()], {
      default: 20,
      description:
        'ratios from q50 + this times (q95 - q50) on are left out, by the quantiles of all; null leaves out none',
    }),
  }),
  columns: [
    {name: 'scale_n1', type: 'int', description: 'the nearer neighbour of the ratio, from 1'},
    {name: 'scale_n2', type: 'int', description: 'the farther neighbour of the ratio'},
    {name: 'scale', type: 'float', description: 'mean distance to these two neighbours'},
    {name: 'id', type: 'float', description: 'intrinsic dimension (Gride, at this scale)'},
    {name: 'error', type: 'float', description: 'standard error: 1 / sqrt of the Fisher information'},
    {name: 'n_valid', type: 'int', description: 'points whose ratio was used'},
  ],
  value: 'id',
  neighbors: ({rangeMax}) => rangeMax,
  async measure(representation, {rangeMax, outliers}) {
    const estimates = gride(await representation.neighbors(rangeMax), {rangeMax, outliers});
    if (estimates.length === 0) return [{status: 'insufficient'}];
    return estimates.map(({n1, n2, dimension, error, scale, nValid, status}) => ({
      scale_n1: n1,
      scale_n2: n2,
      scale,
      id: dimension,
      error,
      n_valid: nValid,
      status,
    }));
  },
});
