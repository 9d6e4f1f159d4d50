import {Type} from '#typebox';
import {nearestNeighbors} from '../../kernels/neighbors.js';
import {defineStage, one} from '../define.js';
import {failTokens, layerOf, layerUnits} from '../metric/define.js';

/** The shared neighbour tables of a representation. The planner adds it; nobody writes it into an experiment. */
export default defineStage({
  kind: 'neighbors',
  name: null,
  version: 1,
  summary: 'Exact nearest neighbours of every sample in every layer, shared by all stages that need them.',
  source: 'Euclidean distance in float64; self excluded by index; ties by (distance, index).',
  params: Type.Object(
    {k: Type.Integer({minimum: 1, description: 'number of neighbours'})},
    {additionalProperties: false},
  ),
  inputs: {from: one('the representation', 'activations')},
  output: 'neighbors',
  resources: () => ({allCores: true}),
  units: inputs => layerUnits(inputs['from']!, false),
  async run(ctx, inputs, {k}, [unit]) {
    const layer = layerOf(unit!, inputs.activations('from').layers);
    if (layer.tokens !== 1) failTokens(layer);
    const table = await nearestNeighbors(await layer.matrix(ctx.signal), k, {
      signal: ctx.signal,
      threads: ctx.threads,
      onProgress: (done, total) => ctx.progress(done, total),
    });
    return {type: 'neighbors', ...table};
  },
});
