import {basename, dirname, join} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import {readBytes} from '../load/file.js';
import {parseJson} from '../load/json.js';
import type {PixelRecipe} from '../ports.js';

const NAME = 'preprocessor_config.json';

/** Pillow's numbers of the kernels. */
const KERNELS: readonly (PixelRecipe['interpolation'] | undefined)[] = [
  undefined,
  'lanczos',
  'bilinear',
  'bicubic',
];

/** Processors whose fields mean what is read here, by what a bare number in "size" means: the short side, or both. */
const PROCESSORS: Readonly<Record<string, 'short' | 'both'>> = {
  CLIP: 'short',
  Bit: 'short',
  ConvNext: 'short',
  ViT: 'both',
  DeiT: 'both',
  Beit: 'both',
  Siglip: 'both',
};

/** Fields that say nothing about the pixels of an image. */
const IRRELEVANT = new Set([
  'image_processor_type',
  'feature_extractor_type',
  'processor_class',
  'do_convert_rgb',
  'do_reduce_labels',
  'reduce_labels',
  'return_tensors',
  'data_format',
  'input_data_format',
  'default_to_square',
  '_valid_processor_keys',
]);

/** Path of the configuration of a model: beside it, or the path itself if it names one. */
export const modelConfigPath = (model: string): string =>
  basename(model) === NAME ? model : join(dirname(model), NAME);

/**
 * Reads the recipe from the `preprocessor_config.json` that Hugging Face puts beside a model. Centre crops are placed as
 * torchvision does, which is what the fast processors of Hugging Face call.
 *
 * Errors: E301 if there is none, E302 for fields that are unknown or ask for what a recipe cannot say.
 */
export async function readModelConfig(model: string): Promise<PixelRecipe> {
  const file = modelConfigPath(model);
  const json = parseJson((await readBytes(file)).toString('utf8'), file);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    fail('E302', `${file}: not an object`);
  return new Fields(file, json as Record<string, unknown>).recipe();
}

/** The fields of a configuration; those that were read are ticked off, so that none is overlooked. */
class Fields {
  readonly #read = new Set<string>();

  constructor(
    readonly file: string,
    readonly json: Readonly<Record<string, unknown>>,
  ) {}

  recipe(): PixelRecipe {
    const bare = this.#bareSize();
    const resize = this.#flag('do_resize', true) ? this.#size('size', bare) : this.#skip('size', 'crop_pct');
    const pct = this.#number('crop_pct');
    const crop = this.#flag('do_center_crop', false)
      ? this.#size('crop_size', 'both')
      : this.#skip('crop_size');
    const scaled = this.#flag('do_rescale', true);
    const factor = this.#number('rescale_factor') ?? 1 / 255;
    const normalised = this.#flag('do_normalize', this.json.image_mean !== undefined);
    const mean = this.#colours('image_mean');
    const std = this.#colours('image_std');
    const recipe: PixelRecipe = {
      resize,
      crop: crop === null || typeof crop === 'object' ? crop : [crop, crop],
      interpolation: this.#interpolation(resize !== null),
      channels: this.#flag('do_flip_channel_order', false) ? 'bgr' : 'rgb',
      scale: scaled ? factor : 1,
      mean: normalised ? (mean ?? this.#wrong('image_mean')) : [0, 0, 0],
      std: normalised ? (std ?? this.#wrong('image_std')) : [1, 1, 1],
    };
    this.#checkAllRead();
    return pct === null ? recipe : this.#cropShare(recipe, pct);
  }

  /** ConvNext below 384 pixels: the crop is this share of the resized short side; from 384 on the whole image is warped. */
  #cropShare(recipe: PixelRecipe, share: number): PixelRecipe {
    const {resize: side, crop} = recipe;
    if (typeof side !== 'number' || crop !== null) return this.#wrong('crop_pct');
    if (side >= 384) return {...recipe, resize: [side, side]};
    return {...recipe, resize: Math.trunc(side / share), crop: [side, side]};
  }

  #bareSize(): 'short' | 'both' | null {
    const key =
      this.json.image_processor_type === undefined ? 'feature_extractor_type' : 'image_processor_type';
    const type = this.json[key];
    if (type === undefined) return null;
    const family =
      typeof type === 'string' ? type.replace(/(?:ImageProcessor(?:Fast|Pil)?|FeatureExtractor)$/, '') : '';
    return (
      PROCESSORS[family] ??
      this.#wrong(key, `processors that can be read: ${Object.keys(PROCESSORS).join(', ')}`)
    );
  }

  /** A size; a bare number is the short side or both, as the processor has it. */
  #size(key: string, bare: 'short' | 'both' | null): number | readonly [number, number] {
    const value = this.#take(key);
    const pixels = (v: unknown): v is number => typeof v === 'number' && Number.isInteger(v) && v > 0;
    if (pixels(value)) {
      if (bare === null)
        return this.#wrong(key, 'without "image_processor_type" a bare number has no meaning');
      return bare === 'short' ? value : [value, value];
    }
    if (typeof value !== 'object' || value === null) return this.#wrong(key);
    const {height, width, shortest_edge: short, ...others} = value as Record<string, unknown>;
    if (Object.keys(others).length > 0) return this.#wrong(key);
    if (pixels(short) && height === undefined && width === undefined) return short;
    return pixels(height) && pixels(width) && short === undefined ? [height, width] : this.#wrong(key);
  }

  #interpolation(used: boolean): PixelRecipe['interpolation'] {
    const value = this.#take('resample');
    if (!used) return 'bicubic';
    const kernel = typeof value === 'number' ? KERNELS[value] : undefined;
    return kernel ?? this.#wrong('resample', '1 (lanczos), 2 (bilinear) and 3 (bicubic) are known');
  }

  #flag(key: string, otherwise: boolean): boolean {
    const value = this.#take(key) ?? otherwise;
    return typeof value === 'boolean' ? value : this.#wrong(key);
  }

  #number(key: string): number | null {
    const value = this.#take(key);
    if (value === undefined || value === null) return null;
    return typeof value === 'number' && value > 0 ? value : this.#wrong(key);
  }

  #colours(key: string): readonly number[] | null {
    const value = this.#take(key);
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value) || value.length !== 3) return this.#wrong(key);
    return value.every((v): v is number => typeof v === 'number') ? value : this.#wrong(key);
  }

  #take(key: string): unknown {
    this.#read.add(key);
    return this.json[key];
  }

  #skip(...keys: string[]): null {
    for (const key of keys) this.#read.add(key);
    return null;
  }

  /** What is null or false asks for nothing. */
  #checkAllRead(): void {
    for (const [key, value] of Object.entries(this.json)) {
      const idle = value === null || value === false || IRRELEVANT.has(key) || this.#read.has(key);
      if (!idle) this.#wrong(key, 'give the recipe field by field instead of preset auto');
    }
  }

  #wrong(key: string, hint?: string): never {
    const value = JSON.stringify(this.json[key]) as string | undefined;
    const what = value === undefined ? `no "${key}"` : `"${key}": ${value} is not supported`;
    return fail('E302', `${this.file}: ${what}`, hint === undefined ? {} : {hint});
  }
}
