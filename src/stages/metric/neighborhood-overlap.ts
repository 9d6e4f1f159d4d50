import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {attributeDifference, attributeOverlap, quantileBins} from '../../kernels/attribute-overlap.js';
import type {Neighbors} from '../../kernels/neighbors.js';
import {nearestNeighbors} from '../../kernels/neighbors.js';
import {standardError} from '../../kernels/moments.js';
import type {LabelMean, LabelNeighbors, Overlap} from '../../kernels/overlap.js';
import {labelNeighbors, labelOverlap, neighborhoodOverlap} from '../../kernels/overlap.js';
import type {TableStatus} from '../../kernels/table-status.js';
import {tableStatus} from '../../kernels/table-status.js';
import type {ArtifactInfo, Context, Inputs, NeighborTable, Unit} from '../define.js';
import {defineStage, one, optional} from '../define.js';
import type {Row} from '../ports.js';
import {when} from '../when.js';
import {LABEL, readAttribute, readLabels} from './attribute.js';
import {
  checkSamples,
  DISTANCE,
  gatherPairs,
  neighborsOf,
  PAIR_COLUMNS,
  PAIR_PORTS,
  pairUnits,
  sidesOf,
} from './define-pairs.js';
import {COUNT_COLUMNS, gatherLayers, layerUnits} from './define.js';
import type {With} from './overlap-ports.js';
import {PAIRS, portMisfit} from './overlap-ports.js';
import {Recall} from './recall.js';

const LABELS = {with: ['labels']};
const ATTRIBUTE = {with: ['attribute']};

export default defineStage({
  kind: 'metric',
  name: 'neighborhood-overlap',
  version: 2,
  summary:
    'Share of the nearest neighbours that two layers have in common, or that are like the sample in a label or number.',
  source: 'Doimo, Glielmo, Ansuini, Laio 2020, eq. 1 and section 2.',
  params: Type.Object(
    {
      with: Type.Enum(['labels', 'attribute', 'next', 'layers', 'same-name'], {
        default: 'labels',
        description:
          'compare every layer with the labels; an attribute of the samples; the layer after it; every layer (of port b, if joined); that of the same name of port b',
      }),
      k: Type.Integer({default: 30, minimum: 1, description: 'number of neighbours'}),
      ...DISTANCE,
      classFraction: when(
        LABELS,
        Type.Union([Type.Number({exclusiveMinimum: 0, maximum: 1}), Type.Null()], {
          default: null,
          description: 'neighbours as this share of the class of each sample, in place of k',
        }),
      ),
      weighted: when(
        LABELS,
        Type.Boolean({
          default: false,
          description: 'mean of the means of the classes, so that every class counts alike',
        }),
      ),
      rows: when(
        LABELS,
        Type.Enum(['all', 'classes'], {
          default: 'all',
          description: 'a row for all samples, or that and one for each class',
        }),
      ),
      attribute: when(
        ATTRIBUTE,
        Type.String({
          default: LABEL,
          description:
            'a column of numbers of the table on port attributes, or "label" for the number of the class',
        }),
      ),
      alike: when(
        ATTRIBUTE,
        Type.Enum(['bins', 'within', 'neighbors'], {
          default: 'bins',
          description:
            'which samples are like one: those in its quantile bin; those that differ by little; its k nearest by the attribute',
        }),
      ),
      bins: when(
        {...ATTRIBUTE, alike: ['bins']},
        Type.Integer({default: 5, minimum: 2, description: 'number of quantile bins'}),
      ),
      within: when(
        {...ATTRIBUTE, alike: ['within']},
        Type.Number({
          default: 0.25,
          minimum: 0,
          description: 'largest difference, in standard deviations of the attribute',
        }),
      ),
    },
    {additionalProperties: false},
  ),
  inputs: {
    ...PAIR_PORTS,
    attributes: optional(one('numbers of the samples: a table with a column "sample" of their ids', 'table')),
  },
  output: 'table',
  columns: [
    ...PAIR_COLUMNS.map(c =>
      c.name === 'other' ? {...c, description: 'the layer compared with, "labels", or the attribute'} : c,
    ),
    {name: 'group', type: 'string', description: 'labels: class of the samples; null for all'},
    {
      name: 'overlap',
      type: 'float',
      description: 'neighbourhood overlap (mean share of common neighbours, in [0, 1])',
    },
    {
      name: 'chance',
      type: 'float',
      description: 'what is expected of unrelated representations, labels or attributes',
    },
    {
      name: 'std_error',
      type: 'float',
      description: 'standard error of the mean over samples, or over each class and then classes if weighted',
    },
    {
      name: 'most',
      type: 'float',
      description:
        'labels: the largest overlap there can be; below 1 where a class has fewer than k + 1 samples',
    },
    {
      name: 'difference',
      type: 'float',
      description: 'attribute: mean difference between neighbours over that of all pairs; 1 if unrelated',
    },
    {name: 'k', type: 'int', description: 'number of neighbours; null if it differs between classes'},
    ...COUNT_COLUMNS,
  ],
  value: 'overlap',
  // How many neighbours a share of a class is depends on the data: at most this many are made ahead.
  neighbors: ({k}) => k,
  distance: ({distance}) => distance,
  check: portMisfit,
  units(inputs, params) {
    const other: With = params.with;
    if (other === 'labels') return layerUnits(inputs['a']!, true, 'a');
    if (other === 'attribute') return attributeUnits(inputs);
    return pairUnits(inputs, PAIRS[other]);
  },
  gather: (results, inputs, params) =>
    params.with === 'labels' || params.with === 'attribute'
      ? gatherLayers(results, inputs['a']!)
      : gatherPairs(results, inputs),
  together: true,
  run(ctx, inputs, params, units) {
    const {k} = params;
    const single = params.with === 'labels' || params.with === 'attribute';
    if (!single) checkSamples(inputs);
    const sides = single ? [] : units.map(sidesOf);
    const kept = new Recall(KEPT, sides, side => neighborsOf(side, inputs));
    let attribute: Promise<Attribute> | undefined;
    const rowsOf = async (unit: Unit, at: number): Promise<readonly Row[]> => {
      if (params.with === 'labels') return withLabels(inputs, unit.id, params);
      if (params.with === 'attribute')
        return [
          await withAttribute(
            inputs,
            unit.id,
            params,
            await (attribute ??= readAttributeOf(inputs, params, ctx)),
          ),
        ];
      const [a, b] = [await kept.at(at, sides[at]![0]), await kept.at(at, sides[at]![1])];
      const status = tableStatus(a, b);
      return [row(status === 'ok' ? neighborhoodOverlap(a, b, k) : null, a, k, status)];
    };
    async function* tables(): AsyncGenerator<readonly Row[]> {
      for (const [at, unit] of units.entries()) {
        ctx.progress(at, units.length);
        ctx.signal.throwIfAborted();
        yield await rowsOf(unit, at);
      }
    }
    return Promise.resolve({type: 'tables', tables: tables()});
  },
});

/** Keeps tables of neighbours up to this many bytes. */
const KEPT = 2 ** 30;

const row = (found: Overlap | null, {n, k: held}: NeighborTable, k: number, status: TableStatus): Row => ({
  ...(found !== null && {
    overlap: found.mean,
    chance: found.chance,
    std_error: standardError(found.perPoint),
  }),
  k: Math.min(k, held),
  n,
  status,
});

/** The samples are read too, for their order and, as an attribute, their labels. */
function attributeUnits(inputs: Readonly<Record<string, ArtifactInfo>>): Unit[] {
  const also = inputs['attributes'] !== undefined && {attributes: ['attributes', 'table'] as const};
  return layerUnits(inputs['a']!, true, 'a').map(unit => ({...unit, reads: {...unit.reads, ...also}}));
}

interface AttributeParams {
  readonly attribute: string;
  readonly k: number;
  readonly alike: 'bins' | 'within' | 'neighbors';
  readonly bins: number;
  readonly within: number;
}

/** An attribute of all samples, whatever layer it is compared with. */
interface Attribute {
  readonly values: Float64Array;
  /** Neighbours by it, if samples are alike by these. */
  readonly nearest: Neighbors | null;
}

async function readAttributeOf(
  inputs: Inputs,
  {attribute, k, alike}: AttributeParams,
  {signal, threads}: Context,
): Promise<Attribute> {
  const values = await readAttribute(inputs, attribute);
  const points = {rows: values.length, cols: 1, data: values};
  return {
    values,
    nearest: alike === 'neighbors' ? await nearestNeighbors(points, k, {signal, threads}) : null,
  };
}

async function withAttribute(
  inputs: Inputs,
  layer: string,
  params: AttributeParams,
  {values, nearest}: Attribute,
): Promise<Row> {
  const {attribute, k} = params;
  const neighbors = await inputs.neighbors(layer, 'a');
  // Neighbours by an attribute that is the same of all are those with the smallest numbers.
  const status = nearest === null ? tableStatus(neighbors) : tableStatus(neighbors, nearest);
  if (status !== 'ok') return {other: attribute, ...row(null, neighbors, k, status)};
  const found =
    nearest === null
      ? attributeOverlapOf(neighbors, values, params)
      : neighborhoodOverlap(neighbors, nearest, k);
  const difference = attributeDifference(neighbors, values, k)!;
  return {
    other: attribute,
    ...row(found, neighbors, k, status),
    difference: difference.pairs === 0 ? null : difference.neighbors / difference.pairs,
  };
}

const attributeOverlapOf = (
  neighbors: NeighborTable,
  values: Float64Array,
  {alike, k, bins, within}: AttributeParams,
): Overlap =>
  alike === 'within'
    ? attributeOverlap(neighbors, values, k, within)
    : labelOverlap(neighbors, quantileBins(values, bins), bins, {k});

async function withLabels(
  inputs: Inputs,
  layer: string,
  params: {k: number; classFraction: number | null; weighted: boolean; rows: 'all' | 'classes'},
): Promise<Row[]> {
  const {k, classFraction} = params;
  const {samples} = inputs.activations('a');
  const labels = readLabels(samples);
  const count = labels.reduce((most, label) => Math.max(most, label + 1), samples.classes.length);
  const choice: LabelNeighbors = classFraction === null ? {k} : {classFraction};
  const neighbors = await inputs.neighbors(layer, 'a');
  const needed = labelNeighbors(labels, count, choice);
  if (needed > neighbors.k)
    fail(
      'E501',
      `classFraction asks for ${needed} neighbours of the largest class; the table holds ${neighbors.k}`,
      {
        hint: `set k: ${needed}, which is how many neighbours are found ahead`,
      },
    );
  const status = tableStatus(neighbors);
  const about = {other: 'labels', k: classFraction === null ? Math.min(k, neighbors.k) : null, status};
  if (status !== 'ok') return [{...about, group: null, n: labels.length}];
  const {all, weighted, classes} = labelOverlap(neighbors, labels, count, choice);
  const row = (group: string | null, n: number, of: LabelMean): Row => ({
    ...about,
    group,
    overlap: of.mean,
    chance: of.chance,
    std_error: of.standardError,
    most: of.most,
    n,
  });
  const whole = row(null, labels.length, params.weighted ? weighted! : all!);
  if (params.rows === 'all') return [whole];
  return [whole, ...classes!.map(own => row(samples.classes[own.label] ?? String(own.label), own.n, own))];
}
