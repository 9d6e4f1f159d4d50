import {Type} from '#typebox';
import {defineStage, path} from '../define.js';
import {openCifar} from './cifar-file.js';
import {digestSamples} from './digest.js';
import {select, selection} from './select.js';

export default defineStage({
  kind: 'load',
  name: 'cifar',
  version: 1,
  summary: 'CIFAR-10 and CIFAR-100 in their official binary layouts.',
  source:
    'Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images: binary version of the files.',
  params: Type.Object(
    {
      path: path(
        'folder',
        Type.String({description: 'Folder with the .bin files and the files of class names.'}),
      ),
      split: Type.Enum(['train', 'test'], {description: 'Which files to load.', default: 'train'}),
      labels: Type.Enum(['fine', 'coarse'], {
        description: 'CIFAR-100: the 100 classes or the 20 superclasses. CIFAR-10 has only fine.',
        default: 'fine',
      }),
      ...selection,
    },
    {additionalProperties: false},
  ),
  inputs: {},
  output: 'images',
  seeded: 'sample.n',
  async run(ctx, _inputs, params) {
    const folder = await openCifar(params.path, params.split, params.labels);
    try {
      const classes = await folder.classes();
      const listed = folder.records(classes).map(({uri, label}) => ({
        id: uri,
        uri,
        label,
        class: classes[label]!,
        split: params.split,
        boxes: [],
      }));
      // The parameter "split" has chosen the files already.
      const chosen = select(listed, classes, {sample: params.sample, classes: params.classes}, ctx.rng);
      return {type: 'images', samples: {rows: await digestSamples(chosen, folder, ctx), classes}};
    } finally {
      folder.close();
    }
  },
});
