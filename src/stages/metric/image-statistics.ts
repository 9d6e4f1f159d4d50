import {Type} from '#typebox';
import {imageStatistics} from '../../kernels/image-statistics.js';
import type {Context} from '../define.js';
import {defineStage, one} from '../define.js';
import {batchSize} from '../extract/batch-size.js';
import {openImages} from '../load/images.js';
import type {Images, Pixels, RawImage, Row, Sample} from '../ports.js';
import {pixelBatches, pixelShape} from '../preprocess/batches.js';
import {SAMPLE} from './attribute.js';

/** Luma of red, green and blue (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;
/** Images read at the same time. */
const AT_ONCE = 4;

export default defineStage({
  kind: 'metric',
  name: 'image-statistics',
  version: 2,
  summary: 'Brightness, contrast and edges of every image: numbers to compare neighbourhoods with.',
  source:
    'Luma: ITU-R BT.601; contrast: root mean square (Peli 1990); edges: Sobel and Feldman 1968, over 8.',
  params: Type.Object({}, {additionalProperties: false}),
  inputs: {from: one('the images as they are, or as the model sees them', 'images', 'pixels')},
  output: 'table',
  columns: [
    {name: SAMPLE, type: 'string', description: 'id of the sample'},
    {name: 'class', type: 'string', description: 'class of the sample; null if it has none'},
    {name: 'luminance', type: 'float', description: 'mean luma (0: black, 1: white)'},
    {name: 'contrast', type: 'float', description: 'standard deviation of the luma (ddof 0)'},
    {
      name: 'edge_energy',
      type: 'float',
      description: 'mean squared gradient of the luma, per pixel; null for fewer than 3 x 3 pixels',
    },
    {name: 'width', type: 'int', description: 'pixels across'},
    {name: 'height', type: 'int', description: 'pixels down'},
    {name: 'status', type: 'string', description: '"ok", or "no inner pixels": too small for edge_energy'},
  ],
  value: 'luminance',
  units(inputs) {
    const reads = {samples: ['from', 'samples']} as const;
    const recipe = {recipe: ['from', 'recipe']} as const;
    return [{id: 'all', reads: inputs['from']!.type === 'pixels' ? {...reads, ...recipe} : reads}];
  },
  async run(ctx, inputs, _params, [unit]) {
    const rows =
      unit!.reads['recipe'] === undefined
        ? await ofImages(inputs.images('from'), ctx)
        : await ofPixels(inputs.pixels('from'), ctx);
    return {type: 'table', rows};
  },
});

async function ofImages({samples, origin}: Images, ctx: Context): Promise<Row[]> {
  const found: Row[] = [];
  const reader = await openImages(origin);
  try {
    for (let start = 0; start < samples.rows.length; start += AT_ONCE) {
      ctx.signal.throwIfAborted();
      const group = samples.rows.slice(start, start + AT_ONCE);
      const images = await Promise.all(group.map(sample => reader.read(sample)));
      images.forEach((image, i) => found.push(rowOf(group[i]!, lumaOf(image), image)));
      ctx.progress(found.length, samples.rows.length);
    }
  } finally {
    reader.close();
  }
  return found;
}

/** Of the values before they were shifted and scaled for the model. */
async function ofPixels(pixels: Pixels, ctx: Context): Promise<Row[]> {
  const {samples, recipe} = pixels;
  const {rows} = samples;
  if (rows.length === 0) return [];
  const [channels, height, width] = await pixelShape(pixels);
  const plane = height * width;
  const order = recipe.channels === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  const weights = channels === 1 ? [1] : order.map(c => LUMA[c]!);
  const found: Row[] = [];
  const options = {batchSize: batchSize([channels, height, width]), signal: ctx.signal};
  for await (const {start, count, data} of pixelBatches(pixels, options)) {
    for (let i = 0; i < count; i++) {
      const luma = new Float64Array(plane);
      weights.forEach((weight, c) => {
        const from = (i * channels + c) * plane;
        const [mean, std] = [recipe.mean[c]!, recipe.std[c]!];
        for (let p = 0; p < plane; p++)
          luma[p]! += (weight * (data[from + p]! * std + mean)) / (recipe.scale * 255);
      });
      found.push(rowOf(rows[start + i]!, luma, {width, height}));
    }
    ctx.progress(found.length, rows.length);
  }
  return found;
}

function lumaOf({width, height, channels, data}: RawImage): Float64Array {
  const [red, green, blue] = LUMA;
  return Float64Array.from({length: width * height}, (_, i) => {
    if (channels === 1) return data[i]! / 255;
    return (red * data[3 * i]! + green * data[3 * i + 1]! + blue * data[3 * i + 2]!) / 255;
  });
}

function rowOf(sample: Sample, luma: Float64Array, {width, height}: {width: number; height: number}): Row {
  const {luminance, contrast, edgeEnergy} = imageStatistics(luma, width, height);
  return {
    [SAMPLE]: sample.id,
    class: sample.class,
    luminance,
    contrast,
    edge_energy: edgeEnergy,
    width,
    height,
    status: edgeEnergy === null ? 'no inner pixels' : 'ok',
  };
}
