// Extraction of all blocks of a ViT from JPEG files, decoding and resizing included, against a bare loop of
// onnxruntime-node over the same number of images whose tensors are ready.
// node bench/extract.js [images]    (after npm run build; needs the real models and data beside the checkout)
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import * as ort from 'onnxruntime-node';
import folder from '../dist/stages/load/image-folder.js';
import {resolveRecipe} from '../dist/stages/preprocess/recipe.js';
import {tappedModel} from '../dist/stages/extract/tapped-model.js';
import {createRng} from '../dist/stages/rng.js';

const assets = fileURLToPath(new URL('../../shared/assets/', import.meta.url));
if (!existsSync(assets)) {
  console.log(`skipped: no ${assets}`);
  process.exit();
}
const n = Number(process.argv[2] ?? 256);
const model = `${assets}models/vit_tiny_patch16_224_in1k.w16.onnx`;
const BATCH = 32;
const ROUNDS = 3;

const ctx = {
  signal: new AbortController().signal,
  rng: createRng(0),
  threads: 2,
  log() {},
  progress() {},
};
const params = {
  path: `${assets}data/imagenet_256`,
  pattern: null,
  labels: null,
  columns: {file: 'file', label: null, class: null, split: null, boxes: null},
  names: null,
  split: null,
  classes: null,
  sample: {n: null, by: 'none', seed: null},
};
const {samples} = await folder.run(ctx, {}, params, []);
const origin = {source: 'image-folder', params};
const recipe = await resolveRecipe({
  preset: 'vit-224',
  model: null,
  resize: null,
  interpolation: null,
  crop: null,
  channels: null,
  scale: null,
  mean: null,
  std: null,
});
const pixels = {samples: {...samples, rows: samples.rows.slice(0, n)}, origin, recipe};
const layers = Array.from({length: 12}, (_, i) => `blocks.${i}`);

async function strata() {
  const extraction = {
    model,
    all: 'blocks',
    layers,
    pool: 'cls',
    storage: 'float32',
    device: 'cpu',
    batch: BATCH,
  };
  const {batches} = await tappedModel(pixels, extraction, ctx);
  for await (const batch of batches)
    if (batch.length !== layers.length) throw new Error('a layer is missing');
}

const session = await ort.InferenceSession.create(model, {intraOpNumThreads: 2});
const ready = new ort.Tensor('float32', new Float32Array(BATCH * 3 * 224 * 224).fill(0.1), [
  BATCH,
  3,
  224,
  224,
]);
async function bare() {
  for (let i = 0; i < n; i += BATCH) await session.run({pixel_values: ready});
}

async function time(run) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const wall = (performance.now() - start) / 1e3;
  const {user, system} = process.cpuUsage(cpu);
  return {wall, cpu: (user + system) / 1e6};
}

await bare();
const fastest = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries({bare, strata})) {
    const now = await time(run);
    if (!(fastest[name]?.wall < now.wall)) fastest[name] = now;
  }
}
const row = ({wall, cpu}) => ({
  seconds: +wall.toFixed(2),
  'images/s': +(n / wall).toFixed(1),
  'share of the bare loop': +(fastest.bare.wall / wall).toFixed(2),
  'processor s': +cpu.toFixed(2),
  'by processor time': +(fastest.bare.cpu / cpu).toFixed(2),
});
console.table({
  'bare loop on ready tensors': row(fastest.bare),
  'strata, from JPEG files': row(fastest.strata),
});
