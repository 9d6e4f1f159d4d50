import {Type} from '#typebox';
import {informationImbalance} from '../../kernels/information-imbalance.js';
import {definePairMetric} from './define-pairs.js';

export default definePairMetric({
  name: 'information-imbalance',
  version: 1,
  summary: 'How little the distances in one layer tell of those in another, in both directions.',
  source: 'Glielmo, Zeni, Cheng, Csányi, Laio 2022, eq. 1; ranks of all samples, exact.',
  params: Type.Object({
    k: Type.Integer({
      default: 1,
      minimum: 1,
      description: 'neighbours in the one layer whose ranks in the other are averaged',
    }),
  }),
  columns: [
    {
      name: 'imbalance',
      type: 'float',
      description: 'information imbalance of the layer to the other (0: it tells all distances, 1: none)',
    },
    {name: 'imbalance_back', type: 'float', description: 'information imbalance of the other to the layer'},
    {name: 'k', type: 'int', description: 'number of neighbours'},
  ],
  value: 'imbalance',
  neighbors: ({k}) => k,
  prepare: async (layer, {k}) => ({matrix: await layer.matrix(), neighbors: await layer.neighbors(k)}),
  async compare(a, b, {k}, {threads, signal}) {
    const forth = await informationImbalance(a.neighbors, b.matrix, k, {threads, signal});
    const back = a === b ? forth : await informationImbalance(b.neighbors, a.matrix, k, {threads, signal});
    return {
      imbalance: forth,
      imbalance_back: back,
      k: Math.min(k, a.neighbors.k),
      status: forth === null ? 'insufficient' : 'ok',
    };
  },
});
