import {readFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Inspection, Layer} from '../../onnx/inspect.js';
import {inspectModel} from '../../onnx/inspect.js';
import {resolveLayers} from '../../onnx/layers.js';
import type {Device, Session} from '../../onnx/session.js';
import {openSession} from '../../onnx/session.js';
import type {Pooling, Tap} from '../../onnx/taps.js';
import {tapLayers} from '../../onnx/taps.js';
import type {Context, Output} from '../define.js';
import type {FloatArray, Pixels, StorageType} from '../ports.js';
import type {Shape} from '../preprocess/batches.js';
import {pixelBatches, pixelShape} from '../preprocess/batches.js';
import {batchSize} from './batch-size.js';

export interface Extraction {
  readonly model: string;
  /** What the stage asks for: names, groups and globs. */
  readonly all: string | readonly string[];
  /** The layers of it that are wanted now, by name and in this order. */
  readonly layers: readonly string[];
  readonly pool: string;
  readonly storage: StorageType;
  readonly device: string;
  readonly batch: number | null;
}

/** Whether a layer stands between blocks rather than within one. */
export const onStream = ({name}: Pick<Layer, 'name'>): boolean =>
  /^(input|embed|blocks\.\d+|stages\.\d+|fc\.\d+|norm|pooled|head)$/.test(name);

/**
 * Runs a model once over all pixels; the layers come out pooled, batch by batch.
 *
 * ONNX Runtime rounds differently where a tap keeps it from joining two nodes. So that the bits of a layer do not depend
 * on which others are wanted now, the stream between blocks is always tapped up to the last layer wanted, and so is what
 * the stage asks for within blocks.
 */
export async function tappedModel(pixels: Pixels, extraction: Extraction, ctx: Context): Promise<Output> {
  const {model, all, layers, pool, storage, device, batch} = extraction;
  const bytes = readFileSync(model);
  const inspection = inspectModel(bytes, model);
  const shape = await pixelShape(pixels);
  checkInput(inspection, shape, model);
  const wanted = resolveLayers(inspection, layers, model);
  const last = Math.max(...wanted.map(l => l.depth));
  const stream = inspection.layers.filter(l => onStream(l) && l.name !== 'input');
  const within = resolveLayers(inspection, all, model).filter(l => !onStream(l));
  const kept = [...stream, ...within].filter(l => l.depth <= last && l.kind !== 'vector');
  const tapped = tapLayers(bytes, wanted, pool as Pooling, model, kept);
  const byName = new Map(tapped.taps.map(tap => [tap.layer.name, tap]));
  const taps = layers.map(name => byName.get(name)!);
  const session = await openSession(tapped.model, {
    device: device as Device | 'auto',
    threads: ctx.threads,
    folder: dirname(model),
    file: model,
  });
  if (device === 'auto') ctx.log(`device: auto took ${session.device}`);
  const size = inspection.batch ?? batch ?? batchSize(shape);
  const rows = pixels.samples.rows.length;
  return {
    type: 'activations',
    layers: taps.map(({layer, tokens, dim}) => {
      return {name: layer.name, depth: layer.depth, rows, tokens, dim, dtype: storage};
    }),
    batches: runBatches(
      session,
      inspection.source,
      taps,
      pixels,
      shape,
      size,
      inspection.batch !== null,
      ctx,
    ),
  };
}

async function* runBatches(
  session: Session,
  input: string,
  taps: readonly Tap[],
  pixels: Pixels,
  shape: Shape,
  size: number,
  fixed: boolean,
  ctx: Context,
): AsyncGenerator<FloatArray[]> {
  const rows = pixels.samples.rows.length;
  const names = taps.map(t => t.output);
  try {
    for await (const {start, count, data} of pixelBatches(pixels, {batchSize: size, signal: ctx.signal})) {
      const rowsIn = fixed ? size : count;
      const feed = {type: 'float32' as const, dims: [rowsIn, ...shape], data: filled(data, rowsIn / count)};
      const outputs = await session.run({[input]: feed}, names);
      yield taps.map(({layer, output, tokens, dim}) => {
        const values = (outputs[output]!.data as Float32Array).subarray(0, count * tokens * dim);
        if (outputs[output]!.data.length !== rowsIn * tokens * dim)
          throw new Error(
            `layer ${layer.name}: ${values.length} numbers for ${count} samples of ${tokens} x ${dim}`,
          );
        return values;
      });
      ctx.progress(start + count, rows);
    }
  } finally {
    await session.release();
  }
}

/** The last samples of a model that takes a fixed number at once, with zeros after them. */
function filled(data: Float32Array, times: number): Float32Array {
  if (times === 1) return data;
  const padded = new Float32Array(data.length * times);
  padded.set(data);
  return padded;
}

/** The one image input of the model must take the pixels as they are. */
function checkInput({inputs, source}: Inspection, shape: Shape, model: string): void {
  const port = inputs.find(i => i.name === source);
  const fixed = port?.dims.slice(1) ?? [];
  const fits = fixed.length === 3 && fixed.every((d, i) => typeof d !== 'number' || d === shape[i]);
  if (fits && port?.type === 'float32') return;
  const wants = port === undefined ? 'no image' : `${port.type}[${port.dims.map(d => d ?? '?').join(', ')}]`;
  fail('E404', `${model} takes ${wants} as "${source}"; the pixels are float32[batch, ${shape.join(', ')}]`, {
    hint: 'choose the preset or the resize, crop and channels of the preprocess stage to fit the model',
  });
}
