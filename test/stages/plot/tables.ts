import type {Column, Row, Table} from '../../../src/stages/ports.js';

const SUBJECT: readonly Column[] = [
  {name: 'layer', type: 'string', description: 'normalised name of the layer'},
  {name: 'depth', type: 'float', description: 'relative depth in [0, 1]'},
  {name: 'index', type: 'int', description: 'position of the layer'},
  {name: 'subset', type: 'string', description: 'subset of the samples'},
  {name: 'fraction', type: 'float', description: 'share of the samples in the subset'},
  {name: 'repeat', type: 'int', description: 'number of the draw'},
  {name: 'group', type: 'string', description: 'class of the samples'},
];
const COUNT: readonly Column[] = [
  {name: 'n', type: 'int', description: 'number of samples'},
  {name: 'status', type: 'string', description: '"ok", or why the value is undefined'},
];

export interface Subject {
  layer: string;
  depth: number;
  index: number;
  fraction: number;
  repeat: number;
  group: string | null;
}

export interface TableOptions {
  label: string;
  value: Column;
  layers: readonly string[];
  fractions?: readonly number[];
  repeats?: number;
  groups?: readonly (string | null)[];
  /** The value, or the reason why there is none. */
  measure: (subject: Subject) => number | string;
  chance?: (subject: Subject) => number;
}

/** A tidy table of `measure` over all combinations. */
export function tidyTable(options: TableOptions): Table {
  const {label, value, layers, fractions = [1], repeats = 1, groups = [null], measure, chance} = options;
  const rows: Row[] = [];
  for (const [index, layer] of layers.entries())
    for (const fraction of fractions)
      for (let repeat = 0; repeat < repeats; repeat++)
        for (const group of groups) {
          const depth = layers.length > 1 ? index / (layers.length - 1) : 0.5;
          const subject = {layer, depth, index, fraction, repeat, group};
          const result = measure(subject);
          const defined = typeof result === 'number';
          const id = `${fraction}/${repeat}`;
          rows.push({
            ...{
              layer,
              depth,
              index,
              subset: id,
              fraction,
              repeat,
              group,
              [value.name]: defined ? result : null,
            },
            ...(chance && {chance: chance(subject)}),
            ...{n: Math.round(500 * fraction), status: defined ? 'ok' : result},
          });
        }
  const columns = [
    ...SUBJECT,
    value,
    ...(chance ? [{name: 'chance', type: 'float', description: 'value of a blind guess'} as const] : []),
    ...COUNT,
  ];
  return {columns, rows, value: value.name, label};
}

/** Scatter in [-1, 1], the same on every machine. */
export function scatter(...seed: readonly number[]): number {
  let h = 2166136261;
  for (const s of seed) h = Math.imul(h ^ Math.round(s * 1000), 16777619) ^ (h >>> 13);
  h = Math.imul(h ^ (h >>> 15), 2246822519);
  return ((h ^ (h >>> 13)) >>> 0) / 2 ** 31 - 1;
}

export const ID: Column = {
  name: 'id',
  type: 'float',
  description: 'intrinsic dimension',
};
export const OVERLAP: Column = {
  name: 'overlap',
  type: 'float',
  description: 'neighbourhood overlap with the labels, in [0, 1]',
};
export const ACCURACY: Column = {
  name: 'accuracy',
  type: 'float',
  description: 'top-1 accuracy of a linear probe (test samples)',
};

export const blocks = (n: number): string[] => [
  'embed',
  ...Array.from({length: n}, (_, i) => `blocks.${i}`),
  'head',
];

const hunch = (depth: number): number => 8 + 16 * Math.exp(-(((depth - 0.4) / 0.25) ** 2));

export const CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

/** Tables as they come from real studies, by the name of their figure. */
export const SAMPLES: Readonly<Record<string, readonly Table[]>> = {
  fractions: [
    tidyTable({
      label: 'id',
      value: ID,
      layers: blocks(6),
      fractions: [1, 0.5, 0.25, 0.125],
      repeats: 5,
      measure: ({depth, fraction, repeat, index}) =>
        hunch(depth) * (0.75 + 0.25 * Math.sqrt(fraction)) +
        scatter(index, fraction, repeat) * (1.2 - fraction),
    }),
  ],
  three: [
    tidyTable({
      label: 'id',
      value: ID,
      layers: blocks(12),
      repeats: 5,
      measure: ({depth, repeat, index}) => hunch(depth) + scatter(index, repeat) * 0.9,
    }),
    tidyTable({
      label: 'gt',
      value: OVERLAP,
      layers: blocks(12),
      measure: ({depth}) => 0.12 + 0.6 * depth ** 3,
      chance: () => 0.0998,
    }),
    tidyTable({
      label: 'probe',
      value: ACCURACY,
      layers: blocks(12),
      repeats: 3,
      measure: ({depth, index, repeat}) => 0.31 + 0.6 * Math.sqrt(depth) + 0.015 * scatter(index, repeat),
      chance: () => 0.1,
    }),
  ],
  classes: [
    tidyTable({
      label: 'id-by-class',
      value: ID,
      layers: blocks(8),
      groups: CLASSES,
      repeats: 3,
      measure: ({depth, group, repeat, index}) =>
        hunch(depth) +
        CLASSES.indexOf(group!) * (1 - depth) +
        scatter(index, repeat, CLASSES.indexOf(group!)) * 0.4,
    }),
  ],
  undefined: [
    tidyTable({
      label: 'id',
      value: ID,
      layers: blocks(8),
      repeats: 5,
      measure: ({depth, index, repeat}) =>
        index === 0 ? 'constant' : index === 5 ? 'insufficient' : hunch(depth) + scatter(index, repeat),
    }),
  ],
  deep: [
    tidyTable({
      label: 'id',
      value: ID,
      layers: blocks(58),
      fractions: [1, 0.25],
      repeats: 4,
      measure: ({depth, fraction, repeat, index}) =>
        hunch(depth) * (0.8 + 0.2 * fraction) + scatter(index, fraction, repeat) * (1.1 - fraction),
    }),
  ],
  single: [
    tidyTable({
      label: 'id',
      value: ID,
      layers: ['head'],
      fractions: [1, 0.5, 0.25, 0.125],
      repeats: 5,
      measure: ({fraction, repeat}) => 9 + 2 * fraction + scatter(fraction, repeat) * (1.1 - fraction),
    }),
  ],
};
