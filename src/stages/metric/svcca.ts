import {Type} from '#typebox';
import {prepareSvcca, svcca} from '../../kernels/svcca.js';
import {definePairMetric} from './define-pairs.js';

export default definePairMetric({
  name: 'svcca',
  version: 2,
  summary:
    'How well directions of one layer can be matched with directions of another: canonical correlations.',
  source:
    'SVCCA: Raghu, Gilmer, Yosinski, Sohl-Dickstein 2017; PWCCA: Morcos, Raghu, Bengio 2018, section 3.',
  params: Type.Object({
    variance: Type.Number({
      default: 0.99,
      exclusiveMinimum: 0,
      maximum: 1,
      description:
        'share of the variance that the kept directions of each layer explain; 1: CCA of all directions',
    }),
    dims: Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
      default: null,
      description: 'number of directions to keep, in place of a share of the variance',
    }),
  }),
  columns: [
    {name: 'svcca', type: 'float', description: 'SVCCA (mean canonical correlation, in [0, 1])'},
    {name: 'mean_square', type: 'float', description: 'mean squared canonical correlation'},
    {
      name: 'pwcca',
      type: 'float',
      description:
        'canonical correlations weighted by how much of the layer they account for; as published with variance: 1',
    },
    {name: 'pwcca_other', type: 'float', description: 'the same, weighted by how much of the other layer'},
    {
      name: 'kept',
      type: 'int',
      description: 'directions kept of the layer; unless n is several times as large the values are near 1',
    },
    {name: 'kept_other', type: 'int', description: 'directions kept of the other layer'},
  ],
  value: 'svcca',
  runtime: true,
  prepare: async (layer, {variance, dims}, {threads}) =>
    prepareSvcca(await layer.matrix(), dims === null ? {variance} : {dims}, threads),
  async compare(a, b, _params, {threads}) {
    const {mean, meanSquare, weighted, status} = await svcca(a, b, threads);
    return {
      svcca: mean,
      mean_square: meanSquare,
      pwcca: weighted?.[0] ?? null,
      pwcca_other: weighted?.[1] ?? null,
      kept: a.basis.cols,
      kept_other: b.basis.cols,
      status,
    };
  },
});
