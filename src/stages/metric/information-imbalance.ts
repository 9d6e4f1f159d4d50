import {Type} from '#typebox';
import {informationImbalance} from '../../kernels/information-imbalance.js';
import {tableStatus} from '../../kernels/table-status.js';
import {definePairMetric} from './define-pairs.js';

export default definePairMetric({
  name: 'information-imbalance',
  version: 3,
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
    {name: 'chance', type: 'float', description: 'information imbalance of unrelated layers: 1'},
    {
      name: 'std_error',
      type: 'float',
      description: 'standard error of the information imbalance over samples',
    },
    {name: 'imbalance_back', type: 'float', description: 'information imbalance of the other to the layer'},
    {name: 'std_error_back', type: 'float', description: 'standard error of that, over samples'},
    {name: 'k', type: 'int', description: 'number of neighbours'},
  ],
  value: 'imbalance',
  neighbors: ({k}) => k,
  prepare: async (layer, {k}) => ({vectors: await layer.vectors(), neighbors: await layer.neighbors(k)}),
  async compare(a, b, {k}, {threads, signal}) {
    const about = {k: Math.min(k, a.neighbors.k), status: tableStatus(a.neighbors, b.neighbors)};
    if (about.status !== 'ok') return about;
    const forth = await informationImbalance(a.neighbors, b.vectors, k, {threads, signal});
    const back = a === b ? forth : await informationImbalance(b.neighbors, a.vectors, k, {threads, signal});
    return {
      imbalance: forth.imbalance,
      // Any rank is as likely as another: their mean is n / 2.
      chance: 1,
      std_error: forth.standardError,
      imbalance_back: back.imbalance,
      std_error_back: back.standardError,
      ...about,
    };
  },
});
