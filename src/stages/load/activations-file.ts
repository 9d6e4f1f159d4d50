import {fail} from '../../diagnostics/diagnostic.js';
import {takeRows} from '../../kernels/take-rows.js';
import {glob} from '../../onnx/layers.js';
import type {LayerSpec} from '../define.js';
import type {FloatArray} from '../ports.js';
import {nearest} from './nearest.js';
import type {NpyStream} from './npy.js';
import {openNpy} from './npy.js';
import {npyLabels} from './npy-labels.js';
import type {Npz} from './npz.js';
import {openNpz} from './npz.js';

/** Bytes of all layers together that a block of samples is cut to. */
const BLOCK = 1 << 24;

/** What a file of activations holds, without its numbers. */
export interface ActivationsContent {
  /** Samples. */
  readonly rows: number;
  /** Those asked for, in the order of the file. */
  readonly layers: readonly LayerSpec[];
  /** Of every sample; null if not asked for. */
  readonly labels: readonly unknown[] | null;
}

/**
 * Looks at a file of activations: an NPZ archive whose arrays are layers, but for that of labels.
 *
 * @param wanted - names of layers or patterns of them, where `*` stands for any part between two dots; null for all
 * @param label - name of the array of labels, or null
 * Errors: E301, E302 for what is no layer, E303 without samples, E304 for labels, E403 for layers that are not there.
 */
export async function inspectActivations(
  path: string,
  wanted: readonly string[] | null,
  label: string | null,
): Promise<ActivationsContent> {
  const npz = await openNpz(path);
  try {
    if (label !== null && !npz.names.includes(label))
      fail('E304', `${path}: no array "${label}" of labels`, nearest(label, npz.names));
    const names = npz.names.filter(name => name !== label);
    if (names.length === 0) fail('E302', `${path}: no array but the labels`);
    const layers: LayerSpec[] = [];
    for (const name of chosen(names, wanted, path)) {
      // Depth is among all layers of the file, so that it does not depend on which are asked for.
      const depth = names.length === 1 ? 0 : names.indexOf(name) / (names.length - 1);
      layers.push({name, depth, ...shapeOf(await open(npz, name), `${path}: ${name}.npy`)});
    }
    const {name: first, rows} = layers[0]!;
    const other = layers.find(layer => layer.rows !== rows);
    if (other !== undefined)
      fail('E302', `${path}: ${other.name}.npy has ${other.rows} samples, ${first}.npy has ${rows}`, {
        hint: 'name those that belong together in "layers"',
      });
    return {rows, layers, labels: label === null ? null : await npyLabels(await npz.open(label))};
  } finally {
    npz.close();
  }
}

/**
 * Reads layers side by side: block by block, per layer the `tokens * dim` numbers of each of the samples of some rows.
 *
 * @param kept - rows, ascending
 * @param progress - is told how many rows have been read
 * Errors: E301, E302, E305 for values that are not finite, also in other rows.
 */
export async function* readActivations(
  path: string,
  {rows, layers}: ActivationsContent,
  kept: readonly number[],
  signal: AbortSignal,
  progress: (done: number) => void,
): AsyncGenerator<FloatArray[]> {
  const npz = await openNpz(path);
  try {
    const arrays: NpyStream[] = [];
    for (const {name} of layers) arrays.push(await open(npz, name));
    const sizes = layers.map(({tokens, dim}) => tokens * dim);
    const step = Math.max(1, Math.floor(BLOCK / (8 * sizes.reduce((sum, size) => sum + size, 0))));
    let next = 0;
    for (let start = 0; start < rows; start += step) {
      const count = Math.min(step, rows - start);
      const own: number[] = [];
      for (; next < kept.length && kept[next]! < start + count; next++) own.push(kept[next]! - start);
      const block: FloatArray[] = [];
      for (const [i, array] of arrays.entries()) {
        signal.throwIfAborted();
        const cols = sizes[i]!;
        const data = await array.next(count * cols);
        block.push(own.length === count ? data : takeRows({rows: count, cols, data}, own).data);
      }
      progress(start + count);
      if (own.length > 0) yield block;
    }
  } finally {
    npz.close();
  }
}

const open = async (npz: Npz, name: string): Promise<NpyStream> => openNpy(await npz.open(name));

function chosen(names: readonly string[], wanted: readonly string[] | null, path: string): readonly string[] {
  if (wanted === null) return names;
  const found = wanted.map(pattern => {
    const matching = names.filter(name => name === pattern || glob(pattern).test(name));
    if (matching.length === 0)
      fail('E403', `no layer matches "${pattern}" in ${path}`, nearest(pattern, names));
    return matching;
  });
  const kept = new Set(found.flat());
  return names.filter(name => kept.has(name));
}

/** Errors: E302, E303 for arrays that are no vectors of samples, sample by sample. */
function shapeOf(
  {shape, fortran, dtype}: NpyStream,
  path: string,
): Pick<LayerSpec, 'rows' | 'tokens' | 'dim' | 'dtype'> {
  const axes = `an array of shape (${shape.join(', ')})`;
  if (shape.length !== 2 && shape.length !== 3)
    fail('E302', `${path}: ${axes}, expected (samples, dim) or (samples, tokens, dim)`, {
      hint: 'name the layers in "layers", and the array of labels in "label"',
    });
  if (shape[0] === 0) fail('E303', `${path}: no samples`);
  if (shape.includes(0)) fail('E302', `${path}: ${axes} has no numbers`);
  if (fortran)
    fail('E302', `${path}: stored column by column (Fortran order), so that no sample is in one piece`, {
      hint: 'save numpy.ascontiguousarray(x)',
    });
  return {rows: shape[0]!, tokens: shape.length === 2 ? 1 : shape[1]!, dim: shape.at(-1)!, dtype};
}
