import {existsSync, readdirSync, statSync} from 'node:fs';
import {extname} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import {csvDialect} from './csv-dialect.js';
import type {Wishes} from './wishes.js';
import {yamlText} from './yaml-text.js';

export const SOURCES = ['shapes', 'image-folder', 'idx', 'cifar', 'matrix'] as const;
export type SourceName = (typeof SOURCES)[number];

/** What a first experiment must know of its data. */
export interface Data {
  readonly source: SourceName;
  /** Label of the stage that loads it. */
  readonly label: string;
  /** What it is, in a line above the stage. */
  readonly comment: string;
  /** Numbers and paths that stand under `params`; paths as they were given. */
  readonly params: Readonly<Record<string, number | {readonly path: string}>>;
  /** Parameters of the stage, as YAML. */
  readonly fields: Readonly<Record<string, string>>;
  /** Whether samples have classes. */
  readonly labelled: boolean;
  /** How many samples there are, null if that was not counted. */
  readonly count: number | null;
  /** Pictures: side in pixels, null if they differ or it is not known; matrices have none. */
  readonly side: number | null;
  /** Whether the pictures have one channel. */
  readonly grey: boolean;
}

/** What each source wants as `--path`; null for none. */
export const PATH_OF: Readonly<Record<SourceName, string | null>> = {
  shapes: null,
  'image-folder': 'folder of images',
  idx: 'file of images (idx3-ubyte)',
  cifar: 'folder of CIFAR-10 or CIFAR-100 binary files',
  matrix: 'file of vectors (.csv, .tsv, .npy, .arrow, .parquet)',
};

/**
 * Looks at the data as far as is needed to write an experiment that runs.
 *
 * @throws E301 for a path that is not there, E303 for a folder without images, E723 for flags that are missing or do not fit
 */
export function readData(source: SourceName, {path, labels}: Pick<Wishes, 'path' | 'labels'>): Data {
  const wanted = PATH_OF[source];
  if (wanted === null && path !== undefined) fail('E723', `--path does not go with --data ${source}`);
  if (wanted !== null && path === undefined)
    fail('E723', `--data ${source} needs --path`, {hint: `--path PATH, the ${wanted}`});
  if (labels !== undefined && source !== 'idx' && source !== 'matrix')
    fail('E723', `--labels does not go with --data ${source}`);
  if (path !== undefined) checkPath(path, source);
  return READERS[source](path ?? '', labels);
}

/** Says of a path that is not what a source takes. */
export function checkPath(path: string, source: SourceName): void {
  const stat = statSync(path, {throwIfNoEntry: false});
  if (stat === undefined) fail('E301', `there is no "${path}"`, {hint: `expected: ${PATH_OF[source]!}`});
  const folder = source === 'image-folder' || source === 'cifar';
  if (stat.isDirectory() !== folder) fail('E301', `not a ${folder ? 'folder' : 'file'}: ${path}`);
}

const READERS: Readonly<Record<SourceName, (path: string, labels: string | undefined) => Data>> = {
  shapes: () => ({
    source: 'shapes',
    label: 'shapes',
    comment: 'Drawn pictures of twelve classes, 32 x 32 pixels; nothing is downloaded.',
    params: {n: 600},
    fields: {n: "'${params.n}'"},
    labelled: true,
    count: 600,
    side: 32,
    grey: false,
  }),

  'image-folder': path => {
    const images = readdirSync(path, {recursive: true, encoding: 'utf8'}).filter(f =>
      /\.(jpe?g|png|webp)$/i.test(f),
    );
    if (images.length === 0) fail('E303', `no JPEG, PNG or WebP files below ${path}`);
    const labelled = images.every(file => /[\\/]/.test(file));
    return {
      source: 'image-folder',
      label: 'images',
      comment: labelled
        ? 'The pictures below a folder; the folder that each is in is its class.'
        : 'The pictures of a folder, without classes.',
      params: {data: {path}},
      fields: {path: "'${params.data}'"},
      labelled,
      count: images.length,
      side: null,
      grey: false,
    };
  },

  idx: (path, given) => {
    const beside = path.replace(/images([-.])idx3(?=[^/\\]*$)/, 'labels$1idx1');
    const labels = given ?? (beside !== path && existsSync(beside) ? beside : undefined);
    if (labels !== undefined) checkPath(labels, 'idx');
    return {
      source: 'idx',
      label: 'images',
      comment: labels === undefined ? 'Grey pictures, without classes.' : 'Grey pictures and their classes.',
      params: {images: {path}, ...(labels !== undefined && {labels: {path: labels}})},
      fields: {
        images: "'${params.images}'",
        ...(labels !== undefined && {labels: "'${params.labels}'"}),
      },
      labelled: labels !== undefined,
      count: null,
      side: 28,
      grey: true,
    };
  },

  cifar: path => ({
    source: 'cifar',
    label: 'images',
    comment: 'Pictures of 32 x 32 pixels: as many of every class of the test set.',
    params: {n: 1000, data: {path}},
    fields: {path: "'${params.data}'", split: 'test', sample: "{n: '${params.n}', by: class}"},
    labelled: true,
    count: 1000,
    side: 32,
    grey: false,
  }),

  matrix: (path, labels) => {
    const fields: Record<string, string> = {path: "'${params.data}'"};
    const params: Record<string, {path: string}> = {data: {path}};
    const isText = ['.csv', '.tsv', '.txt'].includes(extname(path).toLowerCase());
    const dialect = isText ? csvDialect(path) : null;
    if (dialect?.header === false) fields['header'] = 'false';
    if (dialect !== null && dialect.delimiter !== ',')
      fields['delimiter'] = JSON.stringify(dialect.delimiter);
    const column = labels ?? dialect?.label;
    if (labels !== undefined && existsSync(labels)) {
      params['labels'] = {path: labels};
      fields['labels'] = "'${params.labels}'";
    } else if (column !== undefined) {
      fields['label'] = /^\d+$/.test(column) ? column : yamlText(column);
    }
    return {
      source: 'matrix',
      label: 'data',
      comment: `One vector a row${column === undefined ? ', without classes' : ', and their classes'}: the one layer "input".`,
      params,
      fields,
      labelled: column !== undefined,
      count: null,
      side: null,
      grey: false,
    };
  },
};
