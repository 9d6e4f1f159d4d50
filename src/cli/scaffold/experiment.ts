import {isAbsolute, posix, relative, resolve, sep} from 'node:path';
import type {CatalogueEntry} from '../../stages/catalogue.js';
import type {Data} from './data.js';
import {byLayer} from './measures.js';
import type {ModelUse} from './model.js';
import {flowMap, yamlText} from './yaml-text.js';

/** What a first experiment is made of. */
export interface FirstExperiment {
  readonly name: string;
  /** The folder that the file will stand in, relative to the working directory. */
  readonly folder: string;
  /** Path of the JSON Schema of experiments. */
  readonly schema: string;
  readonly data: Data;
  /** Null measures the data as they are. */
  readonly model: (ModelUse & {readonly path: string}) | null;
  readonly measures: readonly CatalogueEntry[];
}

/** A stage and the line of comment above it. */
interface Line {
  readonly comment: string;
  readonly label: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Sets of fewer samples are not made smaller still. */
const FEWEST_TO_DECIMATE = 32;

/** The text of an experiment file, each stage explained. */
export function firstExperiment(first: FirstExperiment): string {
  const {name, folder, schema, data, measures} = first;
  const params: Data['params'] = {...data.params, ...(first.model && {model: {path: first.model.path}})};
  return [
    `# yaml-language-server: $schema=${fromFolder(schema, folder)}`,
    'strata: 1 # version of the language',
    `name: ${yamlText(name)} # results go to outputs/${name}/`,
    `description: A first look at ${data.source} by ${measures.map(m => m.name).join(', ')}.`,
    'seed: 0 # all random numbers follow from it',
    '',
    `# Values to change from the command line: params.${Object.keys(params)[0]!}=...`,
    'params:',
    ...Object.entries(params).map(([key, value]) =>
      typeof value === 'number'
        ? `  ${key}: ${value}`
        : `  ${key}: ${yamlText(fromFolder(value.path, folder))}${isAbsolute(value.path) ? '' : ' # relative to this file'}`,
    ),
    '',
    '# A stage is a label, its kind, the stages it takes (from) and its parameters. Explained by: strata describe KIND NAME',
    'stages:',
    ...stagesOf(first).flatMap(({comment, label, fields}) => [
      `  # ${comment}`,
      `  ${label}: ${flowMap(fields)}`,
    ]),
    '',
  ].join('\n');
}

function stagesOf({data, model, measures}: FirstExperiment): Line[] {
  const load = {
    comment: data.comment,
    label: data.label,
    fields: {stage: 'load', source: data.source, ...data.fields},
  };
  const before = [load, ...representation(data, model)];
  const from = before.at(-1)!.label;
  const decimates = measures.some(m => m.name === 'twonn') && (data.count ?? Infinity) >= FEWEST_TO_DECIMATE;
  const scales: Line = {
    comment: 'All samples, and random halves and quarters of them, five of each.',
    label: 'scales',
    fields: {stage: 'decimate', from, fractions: '[1, 0.5, 0.25]', repeats: '5'},
  };
  const measured = measures.map(entry => ({
    entry,
    comment: entry.summary,
    label: LABELS[entry.name!] ?? entry.name!,
    fields: {
      stage: entry.kind,
      [entry.nameKey!]: entry.name!,
      from: entry.name === 'twonn' && decimates ? 'scales' : from,
      ...(entry.name === 'neighborhood-overlap' && {with: data.labelled ? 'labels' : 'next', k: '10'}),
    },
  }));
  const drawn = measured.filter(m => byLayer(m.entry)).map(m => m.label);
  const figure: Line = {
    comment: 'One panel for each table, over the depth of the network.',
    label: 'figure',
    fields: {stage: 'plot', plot: 'profile', from: `[${drawn.join(', ')}]`},
  };
  return [
    ...before,
    ...(decimates ? [scales] : []),
    ...measured,
    ...(model !== null && drawn.length > 0 ? [figure] : []),
  ];
}

/** Short labels for what is measured most. */
const LABELS: Readonly<Record<string, string>> = {
  twonn: 'id',
  'neighborhood-overlap': 'overlap',
  linear: 'probe',
};

/** From the data to vectors: a matrix has them already. */
function representation({label, source, grey, side}: Data, model: ModelUse | null): Line[] {
  if (source === 'matrix') return [];
  if (model !== null) {
    const {pixels, pixelsComment, hidden, hiddenComment} = model;
    return [
      {comment: pixelsComment, label: 'pixels', fields: {stage: 'preprocess', from: label, ...pixels}},
      {comment: hiddenComment, label: 'hidden', fields: {stage: 'extract', from: 'pixels', ...hidden}},
    ];
  }
  const same: Readonly<Record<string, string>> =
    side === null ? {preset: 'unit', resize: '[32, 32]'} : {preset: 'unit', ...(grey && {channels: 'grey'})};
  return [
    {
      comment: `Pixels from 0 to 1${side === null ? ', all pictures of one size' : ''}.`,
      label: 'pixels',
      fields: {stage: 'preprocess', from: label, ...same},
    },
    {
      comment: 'Without a model: the pixels themselves are the one layer. A model is named by "model: PATH".',
      label: 'raw',
      fields: {stage: 'extract', from: 'pixels'},
    },
  ];
}

/** A path as a file of the folder writes it: relative, unless it was given as absolute. */
function fromFolder(path: string, folder: string): string {
  if (isAbsolute(path)) return path;
  return relative(resolve(folder), resolve(path)).split(sep).join(posix.sep);
}
