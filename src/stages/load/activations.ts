import {createHash} from 'node:crypto';
import {Type} from '#typebox';
import type {LayerSpec} from '../define.js';
import {defineStage, path} from '../define.js';
import type {FloatArray, Sample} from '../ports.js';
import {inspectActivations, readActivations} from './activations-file.js';
import {labelMisfit, chooseRows, rowParams} from './row-samples.js';

export default defineStage({
  kind: 'load',
  name: 'activations',
  version: 1,
  summary: 'Layers that were extracted elsewhere: the arrays of an NPZ file, as numpy.savez writes it.',
  source: 'NumPy NEP 1 (NPY, NPZ), PKWARE APPNOTE (ZIP).',
  params: Type.Object(
    {
      path: path(
        'file',
        Type.String({
          description:
            'NPZ file: each array is a layer of shape (samples, dim) or (samples, tokens, dim), in the order of the file.',
        }),
      ),
      layers: Type.Union([Type.String(), Type.Array(Type.String(), {minItems: 1}), Type.Null()], {
        description:
          'Arrays to take: a name, a glob over names (* stands for any part between two dots), or a list of those. Default: all but the labels.',
        default: null,
      }),
      label: Type.Union([Type.String(), Type.Null()], {
        description:
          'Name of the array of class numbers or names, one a sample; it is no layer. Default: none.',
        default: null,
      }),
      ...rowParams,
    },
    {additionalProperties: false},
  ),
  inputs: {},
  output: 'activations',
  seeded: 'sample.n',
  check: labelMisfit,
  async run(ctx, _inputs, params) {
    const {path: file, layers: wanted, label} = params;
    const content = await inspectActivations(file, typeof wanted === 'string' ? [wanted] : wanted, label);
    const {rows, layers, labels} = content;
    const own = {labels, from: label === null ? file : `${file}: ${label}.npy`};
    const {chosen, classes} = await chooseRows(rows, own, params, ctx.rng);
    const kept = chosen.map(({row}) => row);
    const pass = (before: number) =>
      readActivations(file, content, kept, ctx.signal, done => ctx.progress(before + done, 2 * rows));
    // The samples with their digests come before the first batch, so the file is read twice.
    const samples: Sample[] = [];
    for await (const block of pass(0))
      for (const sha256 of digests(block, layers)) samples.push({...chosen[samples.length]!.sample, sha256});
    return {
      type: 'activations',
      samples: {rows: samples, classes},
      layers: layers.map(layer => ({...layer, rows: kept.length})),
      batches: pass(rows),
    };
  },
});

/** Sample by sample the sha256 of its numbers in all layers, one layer after another. */
function* digests(block: readonly FloatArray[], layers: readonly LayerSpec[]): Generator<string> {
  const sizes = layers.map(({tokens, dim}) => tokens * dim);
  const count = block[0]!.length / sizes[0]!;
  for (let i = 0; i < count; i++) {
    const hash = createHash('sha256');
    for (const [l, data] of block.entries()) {
      const {buffer, byteOffset, byteLength} = data.subarray(i * sizes[l]!, (i + 1) * sizes[l]!);
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
    yield hash.digest('hex');
  }
}
