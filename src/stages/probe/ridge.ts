import {Type} from '#typebox';
import {predictLogits, scoreLogits} from '../../kernels/linear-model.js';
import {fitRidge} from '../../kernels/ridge.js';
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
  name: 'ridge',
  version: 2,
  summary:
    'How well a linear classifier tells the classes from each layer, in closed form: ridge regression.',
  source: 'Hoerl and Kennard 1970, on one-hot labels; as a cheap stand-in for logistic regression.',
  params: Type.Object(
    {
      lambda: Type.Number({
        default: 1,
        exclusiveMinimum: 0,
        description: 'weight of the squared coefficients against the sum of squared errors',
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
      description: 'accuracy of the ridge probe (share of test samples whose class has the highest score)',
    },
    {
      name: 'top5',
      type: 'float',
      description: 'share whose class is among the five highest; null below five classes',
    },
    CHANCE,
    {name: 'train_accuracy', type: 'float', description: 'accuracy on the training samples'},
    {name: 'coefficients', type: 'float', description: 'root of the sum of squared coefficients'},
    N_TRAIN,
    ...COUNT_COLUMNS,
  ],
  value: 'accuracy',
  seeded: true,
  runtime: true,
  units: inputs => withTest(layerUnits(inputs['from']!, true), inputs['test']),
  gather: (results, inputs) => gatherLayers(results, inputs['from']!),
  async run(ctx, inputs, params, [unit]) {
    const {train, test, classes} = await trainAndTest(ctx, inputs, unit!, params);
    const {threads, signal} = ctx;
    const model = await fitRidge(train.x, train.labels, classes, {lambda: params.lambda, threads, signal});
    const about = {chance: largestShare(test.labels, classes), n_train: train.x.rows, n: test.x.rows};
    if (model === null) return {type: 'table', rows: [{...about, status: 'singular'}]};
    const {accuracy, top5} = scoreLogits(await predictLogits(model, test.x, threads), test.labels);
    const onTrain = scoreLogits(await predictLogits(model, train.x, threads), train.labels);
    const coefficients = Math.sqrt(model.weights.reduce((sum, w) => sum + w * w, 0));
    const row = {...about, accuracy, top5, train_accuracy: onTrain.accuracy, coefficients, status: 'ok'};
    return {type: 'table', rows: [row]};
  },
});
