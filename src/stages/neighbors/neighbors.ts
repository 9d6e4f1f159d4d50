import {Type} from '#typebox';
import {nearestNeighbors} from '../../kernels/neighbors.js';
import type {Device} from '../../onnx/session.js';
import {defineStage, one} from '../define.js';
import {failTokens, layerOf, layerUnits} from '../metric/define.js';
import {layerVectors} from '../metric/layer-vectors.js';

/** The shared neighbour tables of a representation. The planner adds it; nobody writes it into an experiment. */
export default defineStage({
  kind: 'neighbors',
  name: null,
  version: 1,
  summary: 'Exact nearest neighbours of every sample in every layer, shared by all stages that need them.',
  source: 'Distances in float64; self excluded by index; ties by (distance, index).',
  params: Type.Object(
    {
      k: Type.Integer({minimum: 1, description: 'number of neighbours'}),
      distance: Type.Enum(['euclidean', 'cosine'], {
        default: 'euclidean',
        description: 'cosine: the Euclidean distance of the vectors brought to length 1',
      }),
      device: Type.String({
        default: 'cpu',
        description: 'where products are computed: that of the representation. Distances are exact on all',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: one('the representation', 'activations')},
  output: 'neighbors',
  notInKey: ['device'],
  resources: ({device}) => ({allCores: true, device: /^(cuda|webgpu)/.test(device) ? device : null}),
  units: inputs => layerUnits(inputs['from']!, false),
  async run(ctx, inputs, {k, distance, device}, [unit]) {
    const layer = layerOf(unit!, inputs.activations('from').layers);
    if (layer.tokens !== 1) failTokens(layer);
    const table = await nearestNeighbors(await layerVectors(layer, ctx.signal), k, {
      distance,
      device: device as Device | 'auto',
      signal: ctx.signal,
      threads: ctx.threads,
      onProgress: (done, total) => ctx.progress(done, total),
    });
    return {type: 'neighbors', ...table};
  },
});
