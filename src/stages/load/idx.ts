import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {defineStage, path} from '../define.js';
import {namesParam, readClassNames, resolveClasses} from './classes.js';
import {digestSamples} from './digest.js';
import {openIdx, openIdxImages} from './idx-file.js';
import {select, selection} from './select.js';

export default defineStage({
  kind: 'load',
  name: 'idx',
  version: 1,
  summary: 'Grey images and labels in the IDX format of MNIST, gzipped or not.',
  source: 'LeCun, Cortes and Burges 1998, the MNIST database of handwritten digits: IDX file format.',
  params: Type.Object(
    {
      images: path('file', Type.String({description: 'File of images (idx3-ubyte).'})),
      labels: path(
        'file',
        Type.Union([Type.String(), Type.Null()], {
          description: 'File of labels (idx1-ubyte). Default: no labels.',
          default: null,
        }),
      ),
      names: namesParam,
      ...selection,
    },
    {additionalProperties: false},
  ),
  inputs: {},
  output: 'images',
  seeded: 'sample.n',
  async run(ctx, _inputs, params) {
    const store = await openIdxImages(params.images);
    try {
      const {count} = store;
      if (count === 0) fail('E303', `${params.images}: no images`);
      const labels = params.labels === null ? null : await readLabels(params.labels, count);
      const names = params.names === null ? null : await readClassNames(params.names);
      const listed = Array.from({length: count}, (_, i) => {
        const id = String(i);
        return {id, uri: id, label: labels?.[i] ?? null, class: null, split: null, boxes: []};
      });
      const {rows, classes} = resolveClasses(listed, names, params.labels ?? params.images);
      const chosen = select(rows, classes, params, ctx.rng);
      return {type: 'images', samples: {rows: await digestSamples(chosen, store, ctx), classes}};
    } finally {
      store.close();
    }
  },
});

async function readLabels(file: string, count: number): Promise<Uint8Array> {
  const labels = await openIdx(file, 1);
  try {
    if (labels.dims[0] !== count) fail('E304', `${file}: ${labels.dims[0]!} labels for ${count} images`);
    return Uint8Array.from({length: count}, (_, i) => labels.record(i)[0]!);
  } finally {
    labels.close();
  }
}
