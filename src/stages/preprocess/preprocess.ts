import {defineStage, one} from '../define.js';
import {recipeMisfit, recipeParams, resolveRecipe} from './recipe.js';

export default defineStage({
  kind: 'preprocess',
  name: null,
  version: 1,
  summary:
    'How images become the tensors a model takes: resize, crop, channels, normalisation. Nothing is decoded yet.',
  source:
    'Resize and centre crop of torchvision over Pillow; kernels of Pillow, bit-exact. EXIF orientation is not applied.',
  params: recipeParams,
  inputs: {from: one('The images.', 'images')},
  output: 'pixels',
  check: recipeMisfit,
  async run(_ctx, _inputs, params) {
    return {type: 'pixels', recipe: await resolveRecipe(params)};
  },
});
