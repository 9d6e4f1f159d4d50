import {Type} from '#typebox';
import {prepareSvcca, svcca} from '../../kernels/svcca.js';
import type {Kept} from '../../kernels/principal-basis.js';
import {when} from '../when.js';
import {definePairMetric} from './define-pairs.js';

const BY_SHARE = {dims: [null]};

export default definePairMetric({
  name: 'svcca',
  version: 4,
  summary:
    'How well directions of one layer can be matched with directions of another: canonical correlations.',
  source:
    'SVCCA: Raghu, Gilmer, Yosinski, Sohl-Dickstein 2017; PWCCA: Morcos, Raghu, Bengio 2018, section 3.',
  params: Type.Object({
    variance: when(
      BY_SHARE,
      Type.Number({
        default: 0.99,
        exclusiveMinimum: 0,
        maximum: 1,
        description:
          'share of the variance that the kept directions of each layer explain; 1: CCA of all directions',
      }),
    ),
    shareOf: when(
      BY_SHARE,
      Type.Enum(['variance', 'singular-values'], {
        default: 'variance',
        description:
          'what that share is of: the variance (squares of the singular values), or the sum of the singular values themselves, which keeps more',
      }),
    ),
    dims: Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
      default: null,
      description: 'number of directions to keep, in place of a share of the variance',
    }),
  }),
  columns: [
    {name: 'svcca', type: 'float', description: 'SVCCA (mean canonical correlation, in [0, 1])'},
    {
      name: 'svcca_leading',
      type: 'float',
      description:
        'mean of the largest correlations that make up 98 % of their sum, as the code released with the paper has it',
    },
    {name: 'mean_square', type: 'float', description: 'mean squared canonical correlation'},
    {
      name: 'mean_square_chance',
      type: 'float',
      description: 'mean squared canonical correlation of layers with shuffled samples, on average',
    },
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
  prepare: async (layer, params, {threads}) => prepareSvcca(await layer.matrix(), keptBy(params), threads),
  async compare(a, b, _params, {threads}) {
    const {mean, leading, meanSquare, meanSquareChance, weighted, status} = await svcca(a, b, threads);
    return {
      svcca: mean,
      svcca_leading: leading,
      mean_square: meanSquare,
      mean_square_chance: meanSquareChance,
      pwcca: weighted?.[0] ?? null,
      pwcca_other: weighted?.[1] ?? null,
      kept: a.basis.cols,
      kept_other: b.basis.cols,
      status,
    };
  },
});

function keptBy({
  variance,
  shareOf,
  dims,
}: {
  readonly variance: number;
  readonly shareOf: 'variance' | 'singular-values';
  readonly dims: number | null;
}): Kept {
  if (dims !== null) return {dims};
  return shareOf === 'variance' ? {variance} : {singular: variance};
}
