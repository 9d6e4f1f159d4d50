import {Type} from '#typebox';
import {topAccuracy} from '../../kernels/accuracy.js';
import {neighborVotes} from '../../kernels/neighbor-votes.js';
import {defineStage} from '../define.js';
import {COUNT_COLUMNS, LAYER_COLUMNS, gatherLayers, layerUnits} from '../metric/define.js';
import {
  CHANCE,
  N_TRAIN,
  TEST_PARAMS,
  TEST_PORTS,
  largestShare,
  trainAndTest,
  withTest,
} from './train-and-test.js';

export default defineStage({
  kind: 'probe',
  name: 'knn',
  version: 1,
  summary:
    'How well the nearest training samples tell the class of others, layer by layer: nothing is fitted.',
  source:
    'Cover and Hart 1967; weights of Wu, Xiong, Yu, Lin 2018, eq. 12; defaults of Caron et al. 2021 (DINO): cosine, 20 neighbours, temperature 0.07.',
  params: Type.Object(
    {
      k: Type.Integer({default: 20, minimum: 1, description: 'number of neighbours'}),
      distance: Type.Enum(['cosine', 'euclidean'], {
        default: 'cosine',
        description: 'by which neighbours are near; cosine: that of the vectors brought to length 1',
      }),
      temperature: Type.Union([Type.Number({exclusiveMinimum: 0}), Type.Null()], {
        default: 0.07,
        description:
          'cosine: a neighbour weighs exp(cosine / temperature) in the vote; null: every neighbour has one vote',
      }),
      ...TEST_PARAMS,
    },
    {additionalProperties: false},
  ),
  inputs: TEST_PORTS,
  output: 'table',
  columns: [
    ...LAYER_COLUMNS,
    {
      name: 'accuracy',
      type: 'float',
      description: 'accuracy of the kNN probe (share of test samples whose class has most votes)',
    },
    {
      name: 'top5',
      type: 'float',
      description: 'share whose class is among the five with most votes; null below five classes',
    },
    CHANCE,
    {name: 'k', type: 'int', description: 'number of neighbours'},
    N_TRAIN,
    ...COUNT_COLUMNS,
  ],
  value: 'accuracy',
  seeded: true,
  check: ({distance, temperature}) =>
    distance === 'cosine' || temperature === null
      ? null
      : {
          code: 'E501',
          param: 'distance',
          message: 'votes are weighted by the cosine, and distance: euclidean has none',
          hint: 'set temperature: null, so that every neighbour has one vote; or distance: cosine',
        },
  resources: () => ({allCores: true}),
  units: inputs => withTest(layerUnits(inputs['from']!, true), inputs['test']),
  gather: (results, inputs) => gatherLayers(results, inputs['from']!),
  async run(ctx, inputs, params, [unit]) {
    const {k, distance, temperature} = params;
    const {train, test, classes} = await trainAndTest(ctx, inputs, unit!, params);
    const {threads, signal} = ctx;
    const votes = await neighborVotes(train.x, train.labels, classes, test.x, {
      k,
      distance,
      temperature,
      threads,
      signal,
      onProgress: (done, total) => ctx.progress(done, total),
    });
    const row = {
      accuracy: topAccuracy(votes, test.labels, 1),
      top5: classes < 5 ? null : topAccuracy(votes, test.labels, 5),
      chance: largestShare(test.labels, classes),
      k: Math.min(k, train.x.rows),
      n_train: train.x.rows,
      n: test.x.rows,
      status: 'ok',
    };
    return {type: 'table', rows: [row]};
  },
});
