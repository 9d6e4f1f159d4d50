import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import type {ArtifactInfo, Unit} from '../define.js';
import {defineStage, one} from '../define.js';
import {COUNT_COLUMNS, failTokens, gatherLayers, LAYER_COLUMNS, layerOf, layersOf} from '../metric/define.js';
import type {FloatArray, Layer, Samples} from '../ports.js';

/** The normalised name of the layer that holds a classifier's logits. */
const HEAD = 'head';

export default defineStage({
  kind: 'probe',
  name: 'head',
  version: 1,
  summary: "The model's own classifier against the labels: accuracy and loss of its logits.",
  source:
    'top-k accuracy as in the ImageNet challenge (Russakovsky et al. 2015); loss: softmax cross-entropy in nats',
  params: Type.Object({}, {additionalProperties: false}),
  inputs: {from: one('the logits: activations with a layer "head", or with one layer only', 'activations')},
  output: 'table',
  columns: [
    ...LAYER_COLUMNS,
    {
      name: 'accuracy',
      type: 'float',
      description: "top-1 accuracy of the model (share of samples whose label's logit is the largest)",
    },
    {
      name: 'top5',
      type: 'float',
      description:
        "top-5 accuracy of the model (share of samples whose label's logit is among the 5 largest)",
    },
    {name: 'loss', type: 'float', description: 'cross-entropy of the model (mean over samples, in nats)'},
    ...COUNT_COLUMNS,
  ],
  value: 'accuracy',
  units: inputs => [unitOf(inputs['from']!)],
  gather: (results, inputs) => gatherLayers(results, inputs['from']!),
  async run(ctx, inputs, _params, [unit]) {
    const {layers, samples} = inputs.activations('from');
    const layer = layerOf(unit!, layers);
    if (layer.tokens !== 1) failTokens(layer);
    const labels = labelsOf(samples, layer);
    const sum = {top1: 0, top5: 0, loss: 0};
    for await (const {start, count, data} of layer.blocks(ctx.signal)) {
      for (let i = 0; i < count; i++) {
        const logits = data.subarray(i * layer.dim, (i + 1) * layer.dim);
        checkFinite(logits, layer, samples, start + i);
        const label = labels[start + i]!;
        const rank = rankOf(logits, label);
        if (rank < 1) sum.top1++;
        if (rank < 5) sum.top5++;
        sum.loss += logSumExp(logits) - logits[label]!;
      }
      ctx.progress(start + count, layer.rows);
    }
    const n = layer.rows;
    const row =
      n > 0
        ? {accuracy: sum.top1 / n, top5: sum.top5 / n, loss: sum.loss / n, n, status: 'ok'}
        : {accuracy: null, top5: null, loss: null, n, status: 'insufficient'};
    return {type: 'table', rows: [row]};
  },
});

function unitOf(from: ArtifactInfo): Unit {
  const layers = layersOf(from);
  const layer = layers.find(l => l.name === HEAD) ?? (layers.length === 1 ? layers[0]! : null);
  if (layer === null)
    fail(
      'E501',
      `none of the ${layers.length} layers is named "${HEAD}", so which holds the logits is not clear`,
      {
        hint: 'extract the logits with layers: [head], or as the only layer',
      },
    );
  return {id: layer.name, reads: {layer: ['from', `layer/${layer.name}`], labels: ['from', 'samples']}};
}

/** The label of every sample, each with a logit of its own. */
function labelsOf({rows}: Samples, {name, dim}: Layer): Int32Array {
  return Int32Array.from(rows, ({id, label}) => {
    if (label === null)
      fail('E304', `the accuracy of "${name}" needs a label for every sample; "${id}" has none`, {
        hint: 'load the data with labels',
      });
    if (label < 0 || label >= dim)
      fail(
        'E501',
        `label ${label} of sample "${id}" has no logit: layer "${name}" has ${dim}, for labels 0 to ${dim - 1}`,
        {
          hint: 'the labels must be those that the model was trained to tell apart, and the layer its logits',
        },
      );
    return label;
  });
}

function checkFinite(logits: FloatArray, {name}: Layer, {rows}: Samples, sample: number): void {
  const at = logits.findIndex(v => !Number.isFinite(v));
  if (at >= 0)
    fail(
      'E305',
      `layer "${name}", sample "${rows[sample]!.id}" (row ${sample}): logit ${at} is ${logits[at]!}`,
      {
        hint: 'check the model in fp32, and the preprocessing',
      },
    );
}

/** How many logits come before the label's in descending order, the lower index first among equals. */
function rankOf(logits: FloatArray, label: number): number {
  const own = logits[label]!;
  let rank = 0;
  for (let j = 0; j < logits.length; j++) if (logits[j]! > own || (logits[j] === own && j < label)) rank++;
  return rank;
}

/** log Σ exp(x), without overflow. */
function logSumExp(x: FloatArray): number {
  let max = -Infinity;
  for (const v of x) max = Math.max(max, v);
  let sum = 0;
  for (const v of x) sum += Math.exp(v - max);
  return max + Math.log(sum);
}
