import {readFileSync} from 'node:fs';
import {Type} from '#typebox';
import {inspectModel} from '../../onnx/inspect.js';
import {resolveLayers} from '../../onnx/layers.js';
import {defineStage, one, path} from '../define.js';
import {when} from '../when.js';
import {flatPixels} from './flat-pixels.js';
import {onStream, tappedModel} from './tapped-model.js';

const OF_MODEL = {model: 'given'} as const;

export default defineStage({
  kind: 'extract',
  name: null,
  version: 1,
  summary:
    'What the layers of a network make of every sample, in one pass; without a model, the pixels themselves.',
  source: 'Layers are found from the structure of the graph: see strata inspect MODEL.',
  params: Type.Object(
    {
      model: path(
        'model',
        Type.Union([Type.String(), Type.Null()], {
          default: null,
          description: 'ONNX file; null takes the flattened pixels as one layer named "input"',
        }),
      ),
      layers: when(
        OF_MODEL,
        Type.Union([Type.String(), Type.Array(Type.String(), {minItems: 1})], {
          default: 'blocks',
          description:
            'blocks, stages, names that strata inspect shows, globs over them, tensor names, or a list of those',
        }),
      ),
      pool: when(
        OF_MODEL,
        Type.Union(
          [Type.Enum(['cls', 'mean', 'max', 'flatten', 'tokens']), Type.String({pattern: '^token:\\d+$'})],
          {
            default: 'cls',
            description:
              'one vector of each sample: cls (the class token), mean or max over patches or places, flatten, token:K; or tokens: all vectors',
          },
        ),
      ),
      storage: Type.Enum(['float32', 'float16'], {default: 'float32', description: 'type that is stored'}),
      device: when(
        OF_MODEL,
        Type.String({
          default: 'auto',
          pattern: '^(auto|cpu|webgpu|cuda(:\\d+)?)$',
          description: 'where the model runs: auto, cpu, webgpu, cuda or cuda:I',
        }),
      ),
      batch: when(
        OF_MODEL,
        Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
          default: null,
          description: 'samples in one pass; null chooses by the size of the pixels',
        }),
      ),
    },
    {additionalProperties: false},
  ),
  inputs: {from: one('what the model sees', 'pixels')},
  output: 'activations',
  runtime: true,
  notInKey: ['batch'],
  together: true,
  resources: ({device}) => ({device: /^(cuda|webgpu)/.test(device) ? device : null}),
  units(_inputs, {model, layers, pool}) {
    const reads = {samples: ['from', 'samples'], recipe: ['from', 'recipe']} as const;
    if (model === null) return [{id: 'input', reads, params: {layers: 'input', pool: null}}];
    const chosen = resolveLayers(inspectModel(readFileSync(model), model), layers, model);
    // What else is asked for does not show in a layer, unless it lies within a block: see `tappedModel`.
    const within = chosen.filter(l => !onStream(l)).map(l => l.name);
    const others = within.length > 0 ? {within} : {};
    return chosen.map(({name}) => ({id: name, reads, params: {layers: name, pool, ...others}}));
  },
  async run(ctx, inputs, params, units) {
    const pixels = inputs.pixels('from');
    const {model, storage} = params;
    if (model === null) return flatPixels(pixels, storage, ctx);
    return tappedModel(pixels, {...params, model, all: params.layers, layers: units.map(u => u.id)}, ctx);
  },
});
