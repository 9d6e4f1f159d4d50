import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Matrix} from '../../kernels/matrix.js';
import {takeRows} from '../../kernels/take-rows.js';
import type {ArtifactInfo, Context, Inputs, Unit} from '../define.js';
import {one, optional} from '../define.js';
import {failTokens, layerOf, layersOf} from '../metric/define.js';
import type {Activations, Column} from '../ports.js';
import type {Rng} from '../rng.js';
import {shuffle} from '../rng.js';
import {when} from '../when.js';
import {standardise} from './standardise.js';

/** The parameters of probes that say what is trained on and what is tested on. */
export const TEST_PARAMS = {
  testFraction: when(
    {'from.test': [null]},
    Type.Number({
      default: 0.25,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description: 'share of each class held out for the test, drawn at random',
    }),
  ),
  standardise: Type.Boolean({
    default: false,
    description: 'bring every feature to mean 0 and standard deviation 1 of the training samples first',
  }),
};

/** The ports of probes. */
export const TEST_PORTS = {
  from: one('the representations: to train on, and without port test also to test on', 'activations'),
  test: optional(one('representations of other samples to test on, with the same layers', 'activations')),
};

/** What every probe tells of the samples it is trained and tested on. */
export const CHANCE: Column = {
  name: 'chance',
  type: 'float',
  description: 'accuracy of always saying the most frequent class of the test samples',
};
export const N_TRAIN: Column = {name: 'n_train', type: 'int', description: 'number of training samples'};

/** Rows and the class of each, 0-based. */
export interface Labelled {
  readonly x: Matrix;
  readonly labels: Int32Array;
}

/**
 * What a probe of a layer is trained on and tested on, and the number of classes to tell apart.
 *
 * @throws E304 without a label, E501 if there is nothing to train or test on, or the two do not fit
 */
export async function trainAndTest(
  ctx: Context,
  inputs: Inputs,
  unit: Unit,
  params: {readonly testFraction: number; readonly standardise: boolean},
): Promise<{readonly train: Labelled; readonly test: Labelled; readonly classes: number}> {
  const own = await labelled(inputs.activations('from'), unit, ctx.signal);
  const classes = own.labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const [train, test] = inputs.has('test')
    ? [own, await labelled(inputs.activations('test'), unit, ctx.signal)]
    : stratifiedSplit(own, classes, params.testFraction, ctx.rng);
  checkFit(train, test, classes);
  if (!params.standardise) return {train, test, classes};
  const [a, b] = standardise(train.x, test.x);
  return {train: {...train, x: a}, test: {...test, x: b}, classes};
}

/** Every unit also reads the layer of the same name of the test samples. */
export function withTest(units: Unit[], test: ArtifactInfo | undefined): Unit[] {
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

/** Accuracy of always saying the most frequent class. */
export function largestShare(labels: Int32Array, classes: number): number {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]!++;
  return Math.max(...counts) / labels.length;
}
