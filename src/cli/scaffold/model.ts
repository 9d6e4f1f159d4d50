import {existsSync, readFileSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Inspection} from '../../onnx/inspect.js';
import type {Data} from './data.js';

/** How the data go into a model and what is kept of it. */
export interface ModelUse {
  /** Parameters of the preprocess stage, as YAML. */
  readonly pixels: Readonly<Record<string, string>>;
  readonly pixelsComment: string;
  /** Parameters of the extract stage, as YAML. */
  readonly hidden: Readonly<Record<string, string>>;
  readonly hiddenComment: string;
}

/**
 * Looks into a model for the size of its input, its layers, and whether it has a class token.
 *
 * @throws E301 for a file that is not there, E401 for one that is no ONNX model, E723 if no layers are found in it
 */
export async function readModel(file: string, data: Data): Promise<ModelUse> {
  checkModel(file);
  const {inspectModel} = await import('../../onnx/inspect.js');
  const inspection = inspectModel(readFileSync(file), file);
  const configured = existsSync(join(dirname(file), 'preprocessor_config.json'));
  return {...(configured ? AS_CONFIGURED : guessed(inspection, data)), ...layersOf(inspection, file)};
}

/** @throws E301 for a file that is not there */
export function checkModel(file: string): void {
  if (statSync(file, {throwIfNoEntry: false})?.isFile() !== true)
    fail('E301', `there is no "${file}"`, {hint: 'expected: a model as an ONNX file'});
}

type Pixels = Pick<ModelUse, 'pixels' | 'pixelsComment'>;

const AS_CONFIGURED: Pixels = {
  pixels: {preset: 'auto', model: "'${params.model}'"},
  pixelsComment: 'How the model wants its pixels: read from preprocessor_config.json beside it.',
};

function guessed({inputs, source}: Inspection, {source: data, side, grey}: Data): Pixels {
  const dims = inputs.find(p => p.name === source)?.dims.slice(1) ?? [];
  const [channels, height, width] = dims;
  const known = typeof height === 'number' && typeof width === 'number';
  const size = `[${String(height)}, ${String(width)}]`;
  const fits = known && height === side && width === side;
  const resize: Record<string, string> = known && !fits ? {resize: size} : {};
  const pixels = (): Record<string, string> => {
    if (channels === 1) return {preset: 'unit', channels: 'grey', ...resize};
    if (fits) return {preset: data === 'cifar' ? 'cifar' : 'unit'};
    if (grey) return {preset: 'unit', ...resize};
    if (!known || (height === 224 && width === 224)) return {preset: 'imagenet-224'};
    const side = height === width ? String(height) : size;
    return {preset: 'imagenet-224', resize: side, crop: side};
  };
  const shape = dims.length === 3 ? `, [${dims.map(d => String(d ?? '?')).join(', ')}]` : '';
  return {
    pixels: pixels(),
    pixelsComment: `How pictures become what the model takes: a guess from its input${shape}. Was it trained so?`,
  };
}

function layersOf({layers}: Inspection, file: string): Pick<ModelUse, 'hidden' | 'hiddenComment'> {
  const named = (name: string): boolean => layers.some(l => l.name === name);
  if (!named('blocks.0'))
    fail('E723', `no blocks were found in ${file}`, {
      hint: 'strata inspect shows what was; write its names into "layers" of an extract stage',
    });
  const block = layers.find(l => l.name === 'blocks.0')!;
  const cls = block.kind === 'tokens' && (block.prefixTokens ?? 0) > 0;
  return {
    hidden: {
      model: "'${params.model}'",
      layers: named('norm') ? '[blocks, norm]' : 'blocks',
      pool: cls ? 'cls' : 'mean',
    },
    hiddenComment: cls
      ? 'The model runs once; of every layer named, the vector of the class token is kept.'
      : 'The model runs once; of every layer named, the mean over all places is kept.',
  };
}
