import type {Static, TObject} from '#typebox';
import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {nearestNeighbors} from '../../kernels/neighbors.js';
import {range} from '../../kernels/range.js';
import type {Scatter, ScatterOptions} from '../../kernels/scatter.js';
import type {Vectors} from '../../kernels/vectors.js';
import type {ArtifactInfo, Context, DefaultValue, NeighborTable, StageDefinition, Unit} from '../define.js';
import {defineStage, one} from '../define.js';
import type {Misfit} from '../misfit.js';
import type {Column, Layer, LayerInfo, Matrix, Row, Samples, Subset} from '../ports.js';
import {FULL} from '../ports.js';
import type {ClassGroup} from './class-groups.js';
import {classGroups} from './class-groups.js';
import {scatters} from './scatters.js';
import {wantedVectors} from './wanted-vectors.js';

/** The columns that say what a row is about, the same in every table of a metric or probe. */
export const LAYER_COLUMNS: readonly Column[] = [
  {name: 'layer', type: 'string', description: 'normalised name of the layer'},
  {name: 'depth', type: 'float', description: 'relative depth in [0, 1]'},
  {name: 'index', type: 'int', description: 'position of the layer in the forward pass, from 0'},
];
const SUBSET_COLUMNS: readonly Column[] = [
  {name: 'subset', type: 'string', description: 'subset of the samples: "full", or fraction and repeat'},
  {name: 'fraction', type: 'float', description: 'share of the samples in the subset'},
  {name: 'repeat', type: 'int', description: 'number of the draw, from 0'},
];
const GROUP_COLUMN: Column = {
  name: 'group',
  type: 'string',
  description: 'class of the samples; null for all',
};
export const TOKEN_COLUMN: Column = {
  name: 'token',
  type: 'int',
  description: 'position of the token, from 0; null if a sample has one vector',
};
export const COUNT_COLUMNS: readonly Column[] = [
  {name: 'n', type: 'int', description: 'number of samples'},
  {name: 'status', type: 'string', description: '"ok", or why the value is undefined'},
];

/** One layer's vectors of some samples: what a metric measures. */
export interface Representation {
  readonly n: number;
  readonly dim: number;
  /** One after another; where there are many, block by block. Only of metrics that declare `vectors`. */
  vectors(): Promise<Matrix | Vectors>;
  /** What the covariance has its eigenvalues from, without the vectors. Only of metrics that declare `scatter`. */
  scatter(): Promise<Scatter>;
  /** Exact nearest neighbours within these samples. */
  neighbors(k: number): Promise<NeighborTable>;
  /** Class index by row, -1 where there is none. Reading it is only allowed to metrics that declare `labels`. */
  labels(): Int32Array;
  /** Identifier by row; like the labels only for metrics that declare them. */
  ids(): readonly string[];
  readonly classes: readonly string[];
}

export interface MetricDefinition<P extends TObject> {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly source: string;
  readonly params: P;
  /** The columns it measures, less those that say what a row is about and `n`, `status`. */
  readonly columns: readonly Column[];
  readonly value: DefaultValue;
  /** What in its parameters does not go together. */
  check?(params: Static<P>): Misfit | null;
  /** How many neighbours it needs, if any. */
  neighbors?(params: Static<P>): number;
  /** How it takes the scatter, if it does: then that of every representation, once each, in the order they come. */
  scatter?(params: Static<P>): Pick<ScatterOptions, 'standardise'>;
  /** Whether it takes the vectors: then those of every representation, once each, in the order they come. */
  readonly vectors?: boolean;
  readonly labels?: boolean;
  /** Whether its rows are of classes already; then it cannot be grouped by them. */
  readonly byClass?: boolean;
  /** Whether it measures every token of a layer that keeps them; then its rows say which. */
  readonly tokens?: boolean;
  /** Whether ONNX Runtime's arithmetic shows in the last digits. */
  readonly runtime?: boolean;
  /** Whether it makes use of all cores though no such arithmetic shows. */
  readonly allCores?: boolean;
  /** The rows of one representation: the columns above and `status`. */
  measure(representation: Representation, params: Static<P>, ctx: Context): Promise<Row[]>;
}

const GROUP_BY = {
  groupBy: Type.Enum(['none', 'class'], {
    default: 'none',
    description: 'measure all samples together, or the samples of each class on their own',
  }),
};

/** A metric of single layers: a unit is a layer; every subset, and every class if grouped, gives its own rows. */
export function defineMetric<P extends TObject>(metric: MetricDefinition<P>): StageDefinition {
  type Params = Static<P> & {groupBy?: 'none' | 'class'};
  const usesLabels = (params: Params): boolean => metric.labels === true || params.groupBy === 'class';
  const groupBy = metric.byClass === true ? {} : GROUP_BY;
  return defineStage({
    kind: 'metric',
    name: metric.name,
    version: metric.version,
    summary: metric.summary,
    source: metric.source,
    params: Type.Object({...metric.params.properties, ...groupBy}, {additionalProperties: false}),
    inputs: {from: one('what to measure', 'activations', 'subsets')},
    output: 'table',
    columns: [
      ...LAYER_COLUMNS,
      ...SUBSET_COLUMNS,
      GROUP_COLUMN,
      ...(metric.tokens === true ? [TOKEN_COLUMN] : []),
      ...metric.columns,
      ...COUNT_COLUMNS,
    ],
    value: metric.value,
    ...(metric.check && {check: (params: unknown) => metric.check!(params as Static<P>)}),
    ...(metric.runtime === true && {runtime: true}),
    ...(metric.allCores === true && {resources: () => ({allCores: true})}),
    ...(metric.neighbors && {
      neighbors: (params: unknown) =>
        (params as Params).groupBy === 'class' ? null : metric.neighbors!(params as Static<P>),
    }),
    units: (inputs, params) => layerUnits(inputs['from']!, usesLabels(params as unknown as Params)),
    gather: (results, inputs) => gatherLayers(results, inputs['from']!),
    async run(ctx, inputs, rawParams, [unit]) {
      const params = rawParams as unknown as Params;
      const {layers, samples, subsets} = inputs.subsets('from');
      const layer = layerOf(unit!, layers);
      if (layer.tokens !== 1 && metric.tokens !== true) failTokens(layer);
      const sets = subsets.flatMap(subset =>
        groups(subset, samples, params.groupBy ?? 'none').map(set => ({
          subset,
          ...set,
          hasTable: subset.id === FULL && set.group === null && layer.tokens === 1,
        })),
      );
      const tokens = layer.tokens === 1 ? [null] : range(0, layer.tokens);
      const all = Array.from(tokens).flatMap(token => sets.map(set => ({token, ...set})));
      const options = metric.scatter && {...metric.scatter(params), threads: ctx.threads};
      const found = options && scatters(layer, all, ctx.signal, options);
      const read = metric.vectors === true ? wantedVectors(layer, all, ctx.signal) : undefined;
      const near =
        metric.neighbors &&
        wantedVectors(
          layer,
          all.filter(set => !set.hasTable),
          ctx.signal,
        );
      const rows: Row[] = [];
      try {
        for (const [done, {token, subset, group, indices, hasTable}] of all.entries()) {
          ctx.progress(done, all.length);
          ctx.signal.throwIfAborted();
          const apart = hasTable ? undefined : await near?.next();
          const part = {
            n: indices.length,
            dim: layer.dim,
            classes: samples.classes,
            labels: () => Int32Array.from(indices, i => samples.rows[i]!.label ?? -1),
            ids: () => Array.from(indices, i => samples.rows[i]!.id),
            vectors: async () => ((await read!.next()) as IteratorYieldResult<Matrix | Vectors>).value,
            scatter: async () => ((await found!.next()) as IteratorYieldResult<Scatter>).value,
            neighbors: (k: number) =>
              hasTable
                ? inputs.neighbors(layer.name)
                : nearestNeighbors(apart!.value as Matrix | Vectors, k, {
                    signal: ctx.signal,
                    threads: ctx.threads,
                  }),
          };
          const {id, fraction, repeat} = subset;
          const about = {subset: id, fraction, repeat, group, ...(metric.tokens === true && {token})};
          for (const row of await metric.measure(part, params, ctx))
            rows.push({...about, n: indices.length, ...row});
        }
      } finally {
        await found?.return(undefined);
        await read?.return(undefined);
        await near?.return(undefined);
      }
      return {type: 'table', rows};
    },
  });
}

/** One unit per layer of the artifact on a port. */
export function layerUnits(from: ArtifactInfo, labels: boolean, port = 'from'): Unit[] {
  const also = {
    ...(labels && {labels: [port, 'samples'] as const}),
    ...(from.type === 'subsets' && {subsets: [port, 'subsets'] as const}),
  };
  return layersOf(from).map(({name}) => ({id: name, reads: {layer: [port, `layer/${name}`], ...also}}));
}

/** Puts the layer's name, depth and index before the rows of each unit. */
export function gatherLayers(
  results: readonly {readonly unit: Unit; readonly rows: readonly Row[]}[],
  from: ArtifactInfo,
): Row[] {
  const infos = new Map(layersOf(from).map(info => [info.name, info]));
  return results.flatMap(({unit, rows}) => {
    const {name: layer, depth, index} = infos.get(unit.id)!;
    return rows.map(row => ({layer, depth, index, ...row}));
  });
}

export function layersOf(artifact: ArtifactInfo): LayerInfo[] {
  return artifact.parts.filter(p => p.name.startsWith('layer/')).map(p => p.meta as unknown as LayerInfo);
}

export function layerOf(unit: Unit, layers: readonly Layer[]): Layer {
  return layers.find(l => l.name === unit.id)!;
}

/** The subset as a whole, or its samples class by class in the order of labels. */
const groups = ({indices}: Subset, samples: Samples, by: 'none' | 'class'): ClassGroup[] =>
  by === 'none' ? [{group: null, indices}] : classGroups(indices, samples, 'groupBy: class');

export function failTokens(layer: Layer): never {
  fail('E501', `layer "${layer.name}" has ${layer.tokens} vectors for each sample; this stage needs one`, {
    hint: 'extract it with pool: cls, mean, max, flatten or token:k; of layers that are loaded, save one vector of each sample, such as x[:, 0]',
  });
}
