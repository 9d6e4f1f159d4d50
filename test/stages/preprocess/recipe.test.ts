import {writeFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import preprocess from '../../../src/stages/preprocess/preprocess.js';
import type {PixelRecipe} from '../../../src/stages/ports.js';
import {complete, failure, folderOf, runStage} from '../load/run-stage.js';

async function recipe(params: object): Promise<PixelRecipe> {
  const output = await runStage('preprocess', params as Record<string, unknown>);
  if (output.type !== 'pixels') throw new Error('not pixels');
  return output.recipe;
}

describe('preprocess', () => {
  it('knows its presets', async () => {
    expect(await recipe({preset: 'imagenet-224'})).toEqual({
      resize: 256,
      interpolation: 'bilinear',
      crop: [224, 224],
      channels: 'rgb',
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    });
    expect(await recipe({preset: 'vit-224'})).toMatchObject({
      resize: 248,
      interpolation: 'bicubic',
      mean: [0.5, 0.5, 0.5],
    });
    expect(await recipe({preset: 'clip-224'})).toMatchObject({
      resize: 224,
      interpolation: 'bicubic',
      crop: [224, 224],
    });
    expect(await recipe({preset: 'cifar'})).toMatchObject({
      resize: null,
      crop: null,
      std: [0.2023, 0.1994, 0.201],
    });
    expect(await recipe({preset: 'unit'})).toMatchObject({scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1]});
    expect(await recipe({preset: 'none'})).toMatchObject({scale: 1, mean: [0, 0, 0], std: [1, 1, 1]});
  });

  it('lets every field differ from the preset', async () => {
    expect(
      await recipe({preset: 'imagenet-224', resize: 'none', crop: 'none', interpolation: 'lanczos'}),
    ).toMatchObject({
      resize: null,
      crop: null,
      interpolation: 'lanczos',
      mean: [0.485, 0.456, 0.406],
    });
    expect(await recipe({preset: 'none', resize: [5, 6], crop: 4, scale: 2})).toMatchObject({
      resize: [5, 6],
      crop: [4, 4],
      scale: 2,
    });
    expect(
      await recipe({preset: 'none', crop: [3, 4], channels: 'bgr', mean: [104, 117, 123]}),
    ).toMatchObject({
      crop: [3, 4],
      channels: 'bgr',
      mean: [104, 117, 123],
      std: [1, 1, 1],
    });
  });

  it('gives mean and std of a preset to the channels they belong to', async () => {
    expect(await recipe({preset: 'imagenet-224', channels: 'bgr'})).toMatchObject({
      mean: [0.406, 0.456, 0.485],
      std: [0.225, 0.224, 0.229],
    });
    expect(await recipe({preset: 'vit-224', channels: 'grey'})).toMatchObject({mean: [0.5], std: [0.5]});
    expect(await recipe({preset: 'unit', channels: 'grey', mean: [0.13], std: [0.31]})).toMatchObject({
      mean: [0.13],
      std: [0.31],
    });
  });

  it('refuses what does not go together', async () => {
    expect(await failure(recipe({preset: 'imagenet-224', channels: 'grey'}))).toBe(
      `E501 channels grey: the preset's mean is one for each colour (0.485, 0.456, 0.406) (give "mean")`,
    );
    expect(await failure(recipe({preset: 'none', mean: [1]}))).toBe(
      'E501 mean: 1 values for 3 channels (rgb)',
    );
    expect(await failure(recipe({preset: 'auto'}))).toBe(
      'E501 preset auto: no model (name it in "model", or choose another preset)',
    );
    expect(() => complete(preprocess, {})).toThrow(/preset/);
    expect(() => complete(preprocess, {preset: 'none', std: [0, 1, 1]})).toThrow(/std/);
    expect(() => complete(preprocess, {preset: 'none', crop: [1, 2, 3]})).toThrow(/crop/);
    expect(() => complete(preprocess, {preset: 'none', sizes: 3})).toThrow(/additional/);
  });
});

describe('preprocess: auto', () => {
  const auto = (config: object | string): Promise<PixelRecipe> => {
    const content = typeof config === 'string' ? config : JSON.stringify(config);
    const folder = folderOf({'preprocessor_config.json': content, 'model.onnx': ''});
    return recipe({preset: 'auto', model: `${folder}/model.onnx`});
  };
  const refused = async (config: object | string): Promise<string> =>
    (await failure(auto(config))).replace(/\/\S*\/(?=preprocessor_config)/g, '');
  const half = {image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5]};

  it('reads ViT', async () => {
    const config = {
      do_normalize: true,
      do_rescale: true,
      do_resize: true,
      image_processor_type: 'ViTImageProcessor',
      rescale_factor: 0.00392156862745098,
      resample: 2,
      size: {height: 224, width: 224},
      ...half,
    };
    expect(await auto(config)).toEqual({
      resize: [224, 224],
      interpolation: 'bilinear',
      crop: null,
      channels: 'rgb',
      scale: 0.00392156862745098,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    });
  });

  it('reads CLIP, old and new', async () => {
    const common = {
      do_center_crop: true,
      do_normalize: true,
      do_resize: true,
      resample: 3,
      image_mean: [0.48145466, 0.4578275, 0.40821073],
      image_std: [0.26862954, 0.26130258, 0.27577711],
    };
    const clip = await recipe({preset: 'clip-224'});
    expect(
      await auto({...common, feature_extractor_type: 'CLIPFeatureExtractor', size: 224, crop_size: 224}),
    ).toEqual(clip);
    const renamed = {image_processor_type: 'CLIPImageProcessorFast', do_convert_rgb: true, do_rescale: true};
    const sizes = {size: {shortest_edge: 224}, crop_size: {height: 224, width: 224}};
    expect(await auto({...common, ...renamed, ...sizes, rescale_factor: 1 / 255})).toEqual(clip);
  });

  it('takes a bare number for both sides where the processor does', async () => {
    const config = {
      feature_extractor_type: 'DeiTFeatureExtractor',
      size: 256,
      crop_size: 224,
      do_center_crop: true,
      resample: 3,
    };
    expect(await auto({...config, ...half})).toMatchObject({resize: [256, 256], crop: [224, 224]});
  });

  it('reads the share that ConvNext crops', async () => {
    const config = {image_processor_type: 'ConvNextImageProcessor', crop_pct: 0.875, resample: 3, ...half};
    expect(await auto({...config, size: {shortest_edge: 224}})).toMatchObject({
      resize: 256,
      crop: [224, 224],
    });
    expect(await auto({...config, size: {shortest_edge: 384}})).toMatchObject({
      resize: [384, 384],
      crop: null,
    });
  });

  it('reads what is switched off, and a turned channel order', async () => {
    const off = {
      do_resize: false,
      do_rescale: false,
      do_normalize: false,
      do_center_crop: false,
      size: {shortest_edge: 9},
      crop_size: 3,
    };
    expect(await auto(off)).toEqual({
      resize: null,
      interpolation: 'bicubic',
      crop: null,
      channels: 'rgb',
      scale: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    expect(await auto({...off, do_flip_channel_order: true})).toMatchObject({channels: 'bgr'});
  });

  it('can be overridden', async () => {
    const folder = folderOf({'preprocessor_config.json': JSON.stringify({do_resize: false, ...half})});
    const params = {preset: 'auto', model: `${folder}/model.onnx`, crop: 32};
    expect(await recipe(params)).toMatchObject({resize: null, crop: [32, 32], mean: [0.5, 0.5, 0.5]});
  });

  it('refuses what it cannot do exactly', async () => {
    const size = {size: {shortest_edge: 224}, resample: 3};
    expect(await refused('{')).toMatch(/^E302 preprocessor_config\.json: not valid JSON/);
    expect(await refused({...size, resample: 0})).toBe(
      'E302 preprocessor_config.json: "resample": 0 is not supported (1 (lanczos), 2 (bilinear) and 3 (bicubic) are known)',
    );
    expect(await refused({resample: 3})).toBe('E302 preprocessor_config.json: no "size"');
    expect(await refused({size: 224, resample: 3})).toBe(
      'E302 preprocessor_config.json: "size": 224 is not supported (without "image_processor_type" a bare number has no meaning)',
    );
    expect(await refused({...size, size: {longest_edge: 224}})).toBe(
      'E302 preprocessor_config.json: "size": {"longest_edge":224} is not supported',
    );
    expect(await refused({...size, do_pad: true})).toBe(
      'E302 preprocessor_config.json: "do_pad": true is not supported (give the recipe field by field instead of preset auto)',
    );
    expect(await refused({...size, image_processor_type: 'LevitImageProcessor'})).toMatch(
      /"image_processor_type": "LevitImageProcessor" is not supported \(processors that can be read: CLIP, /,
    );
    expect(await refused({...size, do_normalize: true, image_std: [1, 1, 1]})).toBe(
      'E302 preprocessor_config.json: no "image_mean"',
    );
    expect(await refused({...size, image_mean: [0.5]})).toBe(
      'E302 preprocessor_config.json: "image_mean": [0.5] is not supported',
    );
    const nothing = folderOf({'model.onnx': ''});
    expect(await failure(recipe({preset: 'auto', model: `${nothing}/model.onnx`}), nothing)).toBe(
      'E301 preprocessor_config.json: no such file or folder',
    );
    writeFileSync(`${nothing}/preprocessor_config.json`, '[]');
    expect(await failure(recipe({preset: 'auto', model: `${nothing}/model.onnx`}), nothing)).toBe(
      'E302 preprocessor_config.json: not an object',
    );
  });
});
