import {Type} from '#typebox';
import {cka, prepareCka} from '../../kernels/cka.js';
import {when} from '../when.js';
import {definePairMetric} from './define-pairs.js';

export default definePairMetric({
  name: 'cka',
  version: 3,
  summary: 'How alike two layers are up to rotation and scale: centred kernel alignment.',
  source:
    'Kornblith, Norouzi, Lee, Hinton 2019, eq. 4; debiased and over batches: Nguyen, Raghu, Kornblith 2021, eqs. 2 and 3; unbiased HSIC: Song et al. 2012, eq. 5.',
  params: Type.Object({
    kernel: Type.Enum(['linear', 'rbf'], {
      default: 'linear',
      description: 'inner products, or Gaussians of the distance',
    }),
    bandwidth: when(
      {kernel: ['rbf']},
      Type.Number({
        default: 0.5,
        exclusiveMinimum: 0,
        description: 'standard deviation of the Gaussians, as a multiple of the median distance',
      }),
    ),
    batch: Type.Union([Type.Integer({minimum: 4, maximum: 1024}), Type.Null()], {
      default: null,
      description:
        'samples in a batch, taken in order: HSIC is averaged over full batches. Default: all samples at once',
    }),
  }),
  columns: [
    {
      name: 'cka_debiased',
      type: 'float',
      description: 'CKA, debiased (near 0 for unrelated layers, 1 for equal ones)',
    },
    {
      name: 'cka_biased',
      type: 'float',
      description:
        'CKA as first published, in [0, 1]; high for any two layers of more dimensions than samples',
    },
    {
      name: 'chance',
      type: 'float',
      description: 'debiased CKA of layers with shuffled samples, on average: 0',
    },
    {name: 'biased_chance', type: 'float', description: 'the same of the biased CKA'},
  ],
  value: 'cka_debiased',
  runtime: true,
  prepare: async (layer, params, {threads, signal}) =>
    prepareCka(await layer.matrix(), {...params, threads, signal}),
  async compare(a, b, _params, {threads, signal}) {
    const {debiased, biased, biasedChance, status} = await cka(a, b, {threads, signal});
    return {
      cka_debiased: debiased,
      cka_biased: biased,
      chance: debiased === null ? null : 0,
      biased_chance: biasedChance,
      status,
    };
  },
});
