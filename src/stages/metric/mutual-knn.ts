import {Type} from '#typebox';
import {mutualKnn, prepareMutualKnn} from '../../kernels/mutual-knn.js';
import {tableStatus} from '../../kernels/table-status.js';
import {definePairMetric} from './define-pairs.js';

export default definePairMetric({
  name: 'mutual-knn',
  version: 3,
  summary: 'Share of the nearest neighbours by cosine that two layers have in common, and CKA among those.',
  source: 'Huh, Cheung, Wang, Isola 2024, appendix A (mutual kNN, CKNNA); defaults as published with it.',
  params: Type.Object({
    k: Type.Integer({default: 10, minimum: 1, description: 'number of neighbours'}),
    clip: Type.Number({
      default: 0.95,
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'quantile of the absolute values of a layer that larger ones are brought to; 1: none are',
    }),
    normalise: Type.Boolean({
      default: true,
      description: 'bring every vector to length 1; without, neighbours are those by Euclidean distance',
    }),
  }),
  columns: [
    {
      name: 'mutual_knn',
      type: 'float',
      description: 'mutual kNN (mean share of common neighbours, in [0, 1])',
    },
    {name: 'chance', type: 'float', description: 'mutual kNN of unrelated layers'},
    {name: 'std_error', type: 'float', description: 'standard error of the mutual kNN over samples'},
    {
      name: 'cknna',
      type: 'float',
      description: 'CKA, debiased, of the inner products with common neighbours',
    },
    {
      name: 'cknna_chance',
      type: 'float',
      description: 'CKNNA of layers with shuffled samples, on average',
    },
    {
      name: 'cycle',
      type: 'float',
      description:
        'share of the samples found again among the neighbours, in the layer, of their neighbours in the other',
    },
    {name: 'k', type: 'int', description: 'number of neighbours'},
  ],
  value: 'mutual_knn',
  prepare: async (layer, params, {threads, signal}) =>
    prepareMutualKnn(await layer.vectors(), {...params, threads, signal}),
  compare(a, b) {
    const {k} = a.neighbors;
    const status = tableStatus(a.neighbors, b.neighbors);
    if (status !== 'ok') return {k, status};
    const {overlap, chance, standardError, cknna, cknnaChance, cycle} = mutualKnn(a, b);
    return {
      mutual_knn: overlap,
      chance,
      std_error: standardError,
      cknna,
      cknna_chance: cknnaChance,
      cycle,
      k,
      status,
    };
  },
});
