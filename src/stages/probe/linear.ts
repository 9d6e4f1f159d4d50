import {Type} from '#typebox';
import {predictLogits, scoreLogits} from '../../kernels/linear-model.js';
import {fitLogistic} from '../../kernels/logistic.js';
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
  name: 'linear',
  version: 1,
  summary: 'How well a linear classifier tells the classes from each layer: multinomial logistic regression.',
  source:
    'Alain and Bengio 2016; protocol of Radford et al. 2021 (L2, C = 0.316, L-BFGS, features as they are).',
  params: Type.Object(
    {
      C: Type.Number({
        default: 0.316,
        exclusiveMinimum: 0,
        description: 'weight of the summed log losses against half the squared weights',
      }),
      ...TEST_PARAMS,
      tolerance: Type.Number({
        default: 1e-5,
        exclusiveMinimum: 0,
        description: 'largest component of the gradient of the mean loss to stop at',
      }),
      maxIterations: Type.Integer({default: 1000, minimum: 1, description: 'iterations of L-BFGS, at most'}),
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
      description: 'accuracy of the linear probe (share of test samples whose class has the highest logit)',
    },
    {
      name: 'top5',
      type: 'float',
      description: 'share whose class is among the five highest; null below five classes',
    },
    {name: 'loss', type: 'float', description: 'mean cross-entropy of the test samples, in nats'},
    CHANCE,
    {name: 'train_accuracy', type: 'float', description: 'accuracy on the training samples'},
    {name: 'objective', type: 'float', description: 'C sum of log losses + |W|^2 / 2 at the minimum'},
    {name: 'iterations', type: 'int', description: 'iterations of L-BFGS'},
    {name: 'converged', type: 'bool', description: 'whether the gradient reached the tolerance'},
    N_TRAIN,
    ...COUNT_COLUMNS,
  ],
  value: 'accuracy',
  seeded: true,
  runtime: true,
  units: inputs => withTest(layerUnits(inputs['from']!, true), inputs['test']),
  gather: (results, inputs) => gatherLayers(results, inputs['from']!),
  async run(ctx, inputs, params, [unit]) {
    const {C, tolerance, maxIterations} = params;
    const {train, test, classes} = await trainAndTest(ctx, inputs, unit!, params);
    const fit = await fitLogistic(train.x, train.labels, classes, {
      C,
      tolerance,
      maxIterations,
      threads: ctx.threads,
      signal: ctx.signal,
    });
    const scores = scoreLogits(await predictLogits(fit, test.x, ctx.threads), test.labels);
    const onTrain = scoreLogits(await predictLogits(fit, train.x, ctx.threads), train.labels);
    const row = {
      accuracy: scores.accuracy,
      top5: scores.top5,
      loss: scores.loss,
      chance: largestShare(test.labels, classes),
      train_accuracy: onTrain.accuracy,
      objective: fit.objective,
      iterations: fit.iterations,
      n_train: train.x.rows,
      n: test.x.rows,
      converged: fit.converged,
      status: 'ok',
    };
    return {type: 'table', rows: [row]};
  },
});
