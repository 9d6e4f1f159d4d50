import {Type, type Static} from '#typebox';
import {path} from '../define.js';
import type {Misfit} from '../misfit.js';
import {refuse} from '../misfit.js';
import type {PixelRecipe} from '../ports.js';
import {when} from '../when.js';
import {readModelConfig} from './model-config.js';

const IMAGENET = {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]};
const CLIP = {mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711]};
const CIFAR = {mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201]};
const PLAIN = {mean: [0, 0, 0], std: [1, 1, 1]};

const PHOTO = {crop: [224, 224], channels: 'rgb', scale: 1 / 255} as const;
const AS_IS = {resize: null, interpolation: 'bicubic', crop: null, channels: 'rgb'} as const;

const PRESETS: Readonly<Record<string, PixelRecipe>> = {
  'imagenet-224': {resize: 256, interpolation: 'bilinear', ...PHOTO, ...IMAGENET},
  'clip-224': {resize: 224, interpolation: 'bicubic', ...PHOTO, ...CLIP},
  'vit-224': {resize: 248, interpolation: 'bicubic', ...PHOTO, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]},
  cifar: {...AS_IS, scale: 1 / 255, ...CIFAR},
  unit: {...AS_IS, scale: 1 / 255, ...PLAIN},
  none: {...AS_IS, scale: 1, ...PLAIN},
};

const size = (description: string) =>
  Type.Union(
    [
      Type.Integer({minimum: 1}),
      Type.Array(Type.Integer({minimum: 1}), {minItems: 2, maxItems: 2}),
      Type.Literal('none'),
      Type.Null(),
    ],
    {description: `${description} Default: of the preset.`, default: null},
  );

const perChannel = (what: string, item = Type.Number()) =>
  Type.Union([Type.Array(item, {minItems: 1, maxItems: 3}), Type.Null()], {
    description: `${what}, in the order of the output channels, in units of the scaled values. Default: of the preset.`,
    default: null,
  });

/** Parameters of the preprocess stage: a preset, and what is to differ from it. */
export const recipeParams = Type.Object(
  {
    preset: Type.Enum(['imagenet-224', 'clip-224', 'vit-224', 'cifar', 'unit', 'none', 'auto'], {
      description:
        'imagenet-224: short side 256 bilinear, crop 224, ImageNet mean and std; clip-224: short side 224 bicubic, crop 224, CLIP ' +
        'mean and std; vit-224: short side 248 bicubic, crop 224, to [-1, 1]; cifar: size kept, CIFAR-10 mean and std; unit: size ' +
        'kept, to [0, 1]; none: size kept, values 0 to 255; auto: from preprocessor_config.json beside the model.',
    }),
    model: when(
      {preset: ['auto']},
      path(
        'model-config',
        Type.Union([Type.String(), Type.Null()], {
          description: 'The model whose preprocessor_config.json to read. Default: none.',
          default: null,
        }),
      ),
    ),
    resize: size('Short side in pixels, or exactly [height, width], or none.'),
    interpolation: Type.Union([Type.Enum(['bicubic', 'bilinear', 'lanczos']), Type.Null()], {
      description: "Kernel of the resize, with antialias, bit-exact with Pillow's. Default: of the preset.",
      default: null,
    }),
    crop: size('Centre crop: side in pixels, or [height, width], or none.'),
    channels: Type.Union([Type.Enum(['rgb', 'bgr', 'grey']), Type.Null()], {
      description: 'Channels of the tensor and their order. Default: of the preset.',
      default: null,
    }),
    scale: Type.Union([Type.Number({exclusiveMinimum: 0}), Type.Null()], {
      description: 'Factor of the pixel values 0 to 255, before mean and std. Default: of the preset.',
      default: null,
    }),
    mean: perChannel('Mean to subtract'),
    std: perChannel('Standard deviation to divide by', Type.Number({exclusiveMinimum: 0})),
  },
  {additionalProperties: false},
);

export type RecipeParams = Static<typeof recipeParams>;

/** Of a preset without its model, and of numbers that are not one for each channel, as far as the preset is known. */
export function recipeMisfit(params: RecipeParams): Misfit | null {
  const {preset: name, model} = params;
  if (name !== 'auto') return channelMisfit(params, PRESETS[name]!);
  if (model !== null) return null;
  const hint = 'name it in "model", or choose another preset';
  return {code: 'E501', param: 'preset', message: 'preset auto: no model', hint};
}

/** Of a mean or standard deviation that is not one for each channel, or cannot be made so. */
function channelMisfit(params: RecipeParams, preset: PixelRecipe): Misfit | null {
  const channels = params.channels ?? preset.channels;
  const count = channels === 'grey' ? 1 : 3;
  for (const name of ['mean', 'std'] as const) {
    const [given, own] = [params[name], preset[name]];
    if (given !== null && given.length !== count)
      return {
        code: 'E501',
        param: name,
        message: `${name}: ${given.length} values for ${count} channels (${channels})`,
      };
    if (given === null && channels === 'grey' && own.some(v => v !== own[0]))
      return {
        code: 'E501',
        param: 'channels',
        message: `channels grey: the preset's ${name} is one for each colour (${own.join(', ')})`,
        hint: `give "${name}"`,
      };
  }
  return null;
}

/**
 * The recipe that the parameters name. Mean and std of a preset follow the order of the channels.
 *
 * Errors: E301 and E302 for the model's configuration, E501 for parameters that do not go with it.
 */
export async function resolveRecipe(params: RecipeParams): Promise<PixelRecipe> {
  const {preset: name, model} = params;
  const preset = name === 'auto' ? await readModelConfig(model!) : PRESETS[name]!;
  refuse(channelMisfit(params, preset));
  const channels = params.channels ?? preset.channels;
  return {
    resize: params.resize === null ? preset.resize : params.resize === 'none' ? null : pair(params.resize),
    interpolation: params.interpolation ?? preset.interpolation,
    crop: params.crop === null ? preset.crop : params.crop === 'none' ? null : square(params.crop),
    channels,
    scale: params.scale ?? preset.scale,
    mean: params.mean ?? reorder(preset.mean, preset.channels, channels),
    std: params.std ?? reorder(preset.std, preset.channels, channels),
  };
}

const pair = (size: number | number[]): number | [number, number] =>
  typeof size === 'number' ? size : [size[0]!, size[1]!];

const square = (size: number | number[]): [number, number] =>
  typeof size === 'number' ? [size, size] : [size[0]!, size[1]!];

/** Values of a preset for other channels: turned around, or the one that all are. */
function reorder(
  values: readonly number[],
  from: PixelRecipe['channels'],
  to: PixelRecipe['channels'],
): readonly number[] {
  if (from === to) return values;
  return to === 'grey' ? values.slice(0, 1) : values.toReversed();
}
