import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {defineStage, path} from '../define.js';
import type {Misfit} from '../misfit.js';
import type {Sample} from '../ports.js';
import {when} from '../when.js';
import {namesParam, readClassNames, resolveClasses} from './classes.js';
import {digestSamples} from './digest.js';
import {checkFormat, listImages, openFolder} from './image-file.js';
import {nearest} from './nearest.js';
import {select, selection, splitParam} from './select.js';
import {readSidecar, type SidecarColumns, type SidecarEntry} from './sidecar.js';

const column = (what: string) =>
  Type.Union([Type.String(), Type.Null()], {
    description: `Column or key of ${what}. Default: none.`,
    default: null,
  });

export default defineStage({
  kind: 'load',
  name: 'image-folder',
  version: 1,
  summary: 'JPEG, PNG and WebP files below a folder; classes from folders, file names or a file of labels.',
  source: 'Layout of ImageNet and of torchvision.datasets.ImageFolder: one folder a class.',
  params: Type.Object(
    {
      path: path(
        'folder',
        Type.String({description: 'Folder of images; searched with all folders below it.'}),
      ),
      pattern: Type.Union([Type.String(), Type.Null()], {
        description:
          'Regular expression, searched in the relative path; named groups "label" (class number), "class" (name) and "split" ' +
          'give what they match. Default: the first folder of the path is the class.',
        default: null,
      }),
      labels: path(
        'file',
        Type.Union([Type.String(), Type.Null()], {
          description:
            'File that tells of the images: CSV with a header, a JSON list of objects, or a JSON object keyed by relative path. ' +
            'It must tell of every image. Default: none.',
          default: null,
        }),
      ),
      columns: when(
        {labels: 'given'},
        Type.Object(
          {
            file: Type.String({
              description: 'Column or key of the relative path of the image.',
              default: 'file',
            }),
            label: column('the class number'),
            class: column('the class name'),
            split: column('the split'),
            boxes: Type.Union(
              [Type.String(), Type.Array(Type.String(), {minItems: 4, maxItems: 4}), Type.Null()],
              {
                description:
                  'Key of a box [x0, y0, x1, y1] or a list of boxes, or four columns; in pixels, ends inclusive. Default: none.',
                default: null,
              },
            ),
          },
          {
            description: 'What to read from the file of labels. Several rows of an image add up their boxes.',
            default: {file: 'file', label: null, class: null, split: null, boxes: null},
            additionalProperties: false,
          },
        ),
      ),
      names: namesParam,
      split: splitParam,
      ...selection,
    },
    {additionalProperties: false},
  ),
  inputs: {},
  output: 'images',
  seeded: 'sample.n',
  check: params => columnMisfit(params) ?? patternMisfit(params),
  async run(ctx, _inputs, params) {
    const files = await listImages(params.path);
    if (files.length === 0) {
      fail('E303', `${params.path}: no JPEG, PNG or WebP file below this folder`, {
        hint: 'is the path right?',
      });
    }
    const {labels, columns} = params;
    const told = labels === null ? null : {file: labels, entries: await readSidecar(labels, columns)};
    const byFile = told !== null && (columns.label !== null || columns.class !== null);
    const pattern = params.pattern === null ? null : new RegExp(params.pattern, 'u');
    if (told !== null) checkCover(told, files, params.path);

    const listed = files.map((file): Omit<Sample, 'sha256'> => {
      const matched = pattern === null ? fromFolder(file) : fromPattern(file, pattern);
      const entry = told?.entries.get(file);
      return {
        id: file,
        uri: file,
        label: byFile ? (entry?.label ?? null) : matched.label,
        class: byFile ? (entry?.class ?? null) : matched.class,
        split: entry?.split ?? matched.split,
        boxes: entry?.boxes ?? [],
      };
    });
    const names = params.names === null ? null : await readClassNames(params.names);
    const {rows, classes} = resolveClasses(listed, names, byFile ? labels! : params.path);
    const chosen = select(rows, classes, params, ctx.rng);
    const folder = openFolder(params.path);
    const checked = {
      ...folder,
      bytes: async (uri: string) => {
        const bytes = await folder.bytes(uri);
        checkFormat(bytes, `${params.path}/${uri}`);
        return bytes;
      },
    };
    return {type: 'images', samples: {rows: await digestSamples(chosen, checked, ctx), classes}};
  },
});

type Origin = Pick<Sample, 'label' | 'class' | 'split'>;

function fromFolder(file: string): Origin {
  const slash = file.indexOf('/');
  return {label: null, class: slash < 0 ? null : file.slice(0, slash), split: null};
}

function patternMisfit({pattern}: {readonly pattern: string | null}): Misfit | null {
  try {
    if (pattern !== null) new RegExp(pattern, 'u');
    return null;
  } catch (error) {
    const message = `pattern is not a regular expression: ${(error as Error).message}`;
    return {code: 'E304', param: 'pattern', message};
  }
}

function fromPattern(file: string, pattern: RegExp): Origin {
  const match = pattern.exec(file);
  if (match === null) fail('E304', `${file}: does not match the pattern ${pattern.source}`);
  const {label, class: name, split} = match.groups ?? {};
  if (label !== undefined && !/^\d+$/.test(label))
    fail('E304', `${file}: group "label" matches "${label}", not a class number`);
  return {label: label === undefined ? null : Number(label), class: name ?? null, split: split ?? null};
}

/** Of a file of labels without a column to read: it is there for its columns. */
function columnMisfit({
  labels,
  columns: {label, class: name, split, boxes},
}: {
  readonly labels: string | null;
  readonly columns: SidecarColumns;
}): Misfit | null {
  if (labels === null || [label, name, split, boxes].some(c => c !== null)) return null;
  return {
    code: 'E304',
    param: 'labels',
    message: `${labels}: no column to read`,
    hint: 'name one or more in "columns": label, class, split, boxes',
  };
}

/** The file of labels and the folder must tell of the same images. */
function checkCover(
  told: {file: string; entries: ReadonlyMap<string, SidecarEntry>},
  files: readonly string[],
  folder: string,
): void {
  const untold = files.filter(f => !told.entries.has(f));
  if (untold.length > 0) {
    fail(
      'E304',
      `${told.file}: nothing on ${untold.length} of ${files.length} images, first ${untold[0]!}`,
      nearest(untold[0]!, [...told.entries.keys()]),
    );
  }
  const there = new Set(files);
  const absent = [...told.entries.keys()].find(f => !there.has(f));
  if (absent !== undefined) fail('E301', `${told.file}: tells of ${absent}, which is not in ${folder}`);
}
