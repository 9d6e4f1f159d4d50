import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Matrix} from '../../kernels/matrix.js';
import {fitLogistic, predictLogits, scoreLogits} from '../../kernels/logistic.js';
import {takeRows} from '../../kernels/take-rows.js';
import type {ArtifactInfo, Unit} from '../define.js';
import {defineStage, one, optional} from '../define.js';
import {
  COUNT_COLUMNS,
  LAYER_COLUMNS,
  failTokens,
  gatherLayers,
  layerOf,
  layerUnits,
  layersOf,
} from '../metric/define.js';
import type {Activations} from '../ports.js';
import type {Rng} from '../rng.js';
import {shuffle} from '../rng.js';
import {standardise} from './standardise.js';

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
      testFraction: Type.Number({
        default: 0.25,
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'share of each class held out for the test, drawn at random; not used if port test is joined',
      }),
      standardise: Type.Boolean({
        default: false,
        description: 'bring every feature to mean 0 and standard deviation 1 of the training samples first',
      }),
      tolerance: Type.Number({
        default: 1e-5,
        exclusiveMinimum: 0,
        description: 'largest component of the gradient of the mean loss to stop at',
      }),
      maxIterations: Type.Integer({default: 1000, minimum: 1, description: 'iterations of L-BFGS, at most'}),
    },
    {additionalProperties: false},
  ),
  inputs: {
    from: one('the representations: to train on, and without port test also to test on', 'activations'),
    test: optional(one('representations of other samples to test on, with the same layers', 'activations')),
  },
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
    {
      name: 'chance',
      type: 'float',
      description: 'accuracy of always saying the most frequent class of the test samples',
    },
    {name: 'train_accuracy', type: 'float', description: 'accuracy on the training samples'},
    {name: 'objective', type: 'float', description: 'C sum of log losses + |W|^2 / 2 at the minimum'},
    {name: 'iterations', type: 'int', description: 'iterations of L-BFGS'},
    {name: 'converged', type: 'bool', description: 'whether the gradient reached the tolerance'},
    {name: 'n_train', type: 'int', description: 'number of training samples'},
    ...COUNT_COLUMNS,
  ],
  value: 'accuracy',
  seeded: true,
  runtime: true,
  units: inputs => withTest(layerUnits(inputs['from']!, true), inputs['test']),
  gather: (results, inputs) => gatherLayers(results, inputs['from']!),
  async run(ctx, inputs, params, [unit]) {
    const {C, tolerance, maxIterations} = params;
    const own = await labelled(inputs.activations('from'), unit!, ctx.signal);
    const classes = own.labels.reduce((most, label) => Math.max(most, label + 1), 0);
    let [train, test] = inputs.has('test')
      ? [own, await labelled(inputs.activations('test'), unit!, ctx.signal)]
      : stratifiedSplit(own, classes, params.testFraction, ctx.rng);
    checkFit(train, test, classes);
    if (params.standardise) {
      const [a, b] = standardise(train.x, test.x);
      [train, test] = [
        {...train, x: a},
        {...test, x: b},
      ];
    }
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

interface Labelled {
  readonly x: Matrix;
  readonly labels: Int32Array;
}

/** Every unit also reads the layer of the same name of the test samples. */
function withTest(units: Unit[], test: ArtifactInfo | undefined): Unit[] {
  if (test === undefined) return units;
  const names = layersOf(test).map(l => l.name);
  return units.map(unit => {
    if (!names.includes(unit.id))
      fail('E501', `port test has no layer "${unit.id}"`, {
        hint: `it has: ${names.join(', ')}; extract the same layers`,
      });
    const reads = {
      testLayer: ['test', `layer/${unit.id}`] as const,
      testLabels: ['test', 'samples'] as const,
    };
    return {...unit, reads: {...unit.reads, ...reads}};
  });
}

async function labelled({layers, samples}: Activations, unit: Unit, signal: AbortSignal): Promise<Labelled> {
  const layer = layerOf(unit, layers);
  if (layer.tokens !== 1) failTokens(layer);
  const labels = Int32Array.from(samples.rows, ({id, label}) => {
    if (label === null)
      fail('E304', `a probe needs a label for every sample; "${id}" has none`, {
        hint: 'load the data with labels: by folder, pattern, or a file of labels',
      });
    return label;
  });
  return {x: await layer.matrix(signal), labels};
}

/** Holds out the same share of every class, rounded to the nearest sample; a class of several keeps at least one on each side. */
function stratifiedSplit(
  {x, labels}: Labelled,
  classes: number,
  share: number,
  rng: Rng,
): [Labelled, Labelled] {
  const members: number[][] = Array.from({length: classes}, () => []);
  labels.forEach((label, i) => members[label]!.push(i));
  const held = members.flatMap(rows => {
    const count =
      rows.length < 2 ? 0 : Math.min(rows.length - 1, Math.max(1, Math.round(rows.length * share)));
    return shuffle(rows, rng).slice(0, count);
  });
  const test = new Set(held);
  const rows = Array.from(labels.keys());
  const take = (kept: number[]): Labelled => ({
    x: takeRows(x, kept),
    labels: Int32Array.from(kept, row => labels[row]!),
  });
  return [take(rows.filter(r => !test.has(r))), take(rows.filter(r => test.has(r)))];
}

function checkFit(train: Labelled, test: Labelled, classes: number): void {
  if (train.x.rows === 0 || test.x.rows === 0)
    fail(
      'E501',
      `a probe needs samples to train and to test on; there are ${train.x.rows} and ${test.x.rows}`,
      {
        hint: 'load at least two samples of a class, or join port test',
      },
    );
  if (test.x.cols !== train.x.cols)
    fail('E501', `the training features have ${train.x.cols} numbers, the test features ${test.x.cols}`);
  const unknown = test.labels.find(label => label >= classes);
  if (unknown !== undefined)
    fail('E501', `class ${unknown} is among the test samples but not among those to train on`);
}

function largestShare(labels: Int32Array, classes: number): number {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]!++;
  return Math.max(...counts) / labels.length;
}
