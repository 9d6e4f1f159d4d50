import {Type} from '#typebox';
import {defineStage} from '../define.js';
import {digestSamples} from './digest.js';
import {select, selection} from './select.js';
import {shapesClasses, shapesLabel} from './shapes-image.js';
import {openShapes} from './shapes-store.js';

export default defineStage({
  kind: 'load',
  name: 'shapes',
  version: 1,
  summary: 'Drawn pictures of textured shapes, 32 x 32 RGB: a data set that needs no files.',
  source:
    'Own data set: twelve classes, each a shape and a texture; place, size, turn, colours, clutter and noise are random.',
  params: Type.Object(
    {
      n: Type.Integer({
        description: 'Number of images; balanced over the classes.',
        default: 800,
        minimum: 1,
      }),
      seed: Type.Integer({
        description: 'Seed of the drawings: image i of a seed is always the same picture.',
        default: 0,
        minimum: 0,
        maximum: 0xffffffff,
      }),
      ...selection,
    },
    {additionalProperties: false},
  ),
  inputs: {},
  output: 'images',
  seeded: 'sample.n',
  async run(ctx, _inputs, params) {
    const listed = Array.from({length: params.n}, (_, index) => {
      const label = shapesLabel(params.seed, index);
      const id = String(index);
      return {id, uri: id, label, class: shapesClasses[label]!, split: null, boxes: []};
    });
    const chosen = select(listed, shapesClasses, params, ctx.rng);
    const rows = await digestSamples(chosen, openShapes(params.seed), ctx);
    return {type: 'images', samples: {rows, classes: shapesClasses}};
  },
});
