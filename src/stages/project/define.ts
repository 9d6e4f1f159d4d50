import type {Static, TObject} from '#typebox';
import {Type} from '#typebox';
import {LARGEST} from '../../kernels/finite.js';
import type {Matrix} from '../../kernels/matrix.js';
import {viewQuality} from '../../kernels/view-quality.js';
import type {Context, NeighborTable, StageDefinition} from '../define.js';
import {defineStage, one} from '../define.js';
import {
  COUNT_COLUMNS,
  LAYER_COLUMNS,
  failTokens,
  gatherLayers,
  layerOf,
  layerUnits,
} from '../metric/define.js';
import type {Misfit} from '../misfit.js';
import type {Column, Row, Sample} from '../ports.js';

/** A layer laid out in the plane. */
export interface View {
  /** Coordinates, x before y of each sample. */
  readonly y: Float64Array;
  /** The method's own columns, the same for all samples. */
  readonly about: Row;
}

export interface ViewDefinition<P extends TObject> {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly source: string;
  readonly params: P;
  /** Its own columns. */
  readonly columns: readonly Column[];
  /** Whether it draws random numbers. */
  readonly seeded: boolean;
  /** What in its parameters does not go together. */
  check?(params: Static<P>): Misfit | null;
  /** How many neighbours the method itself needs. Default none. */
  neighbors?(params: Static<P>): number;
  /**
   * Lays out at least FEWEST samples; null if all are at one place.
   *
   * @param table - the nearest neighbours, as many as asked for, or all others
   */
  view(x: Matrix, table: NeighborTable, params: Static<P>, ctx: Context): Promise<View | null>;
}

/** Fewer points than this have no shape. */
const FEWEST = 4;

const QUALITY = {
  k: Type.Integer({
    default: 10,
    minimum: 1,
    description: 'neighbours that trustworthiness and continuity look at; below half of the samples',
  }),
};

/** A view of single layers: a unit is a layer, a row one of its samples. */
export function defineView<P extends TObject>(definition: ViewDefinition<P>): StageDefinition {
  type Params = Static<P> & {k: number};
  return defineStage({
    kind: 'project',
    name: definition.name,
    version: definition.version,
    summary: definition.summary,
    source: definition.source,
    params: Type.Object({...definition.params.properties, ...QUALITY}, {additionalProperties: false}),
    inputs: {from: one('what to look at', 'activations')},
    output: 'table',
    columns: [
      ...LAYER_COLUMNS,
      {name: 'sample', type: 'string', description: 'identifier of the sample'},
      {name: 'class', type: 'string', description: 'class of the sample; null if it has none'},
      {name: 'x', type: 'float', description: 'first coordinate in the view; null if there is no view'},
      {name: 'y', type: 'float', description: 'second coordinate in the view'},
      ...definition.columns,
      {
        name: 'trustworthiness',
        type: 'float',
        description: 'trustworthiness of the view of the layer: 1 if neighbours in the view are neighbours',
      },
      {
        name: 'continuity',
        type: 'float',
        description: 'continuity of the view of the layer: 1 if neighbours are neighbours in the view',
      },
      ...COUNT_COLUMNS,
    ],
    value: 'trustworthiness',
    seeded: definition.seeded,
    ...(definition.check && {check: (params: unknown) => definition.check!(params as Static<P>)}),
    runtime: true,
    // A view is mostly made on one core: layers side by side make better use of the others.
    resources: () => ({allCores: false}),
    neighbors: rawParams => {
      const params = rawParams as unknown as Params;
      return Math.max(params.k, definition.neighbors?.(params) ?? 0);
    },
    units: inputs => layerUnits(inputs['from']!, true),
    gather: (results, inputs) => gatherLayers(results, inputs['from']!),
    async run(ctx, inputs, rawParams, [unit]) {
      const params = rawParams as unknown as Params;
      const {layers, samples} = inputs.activations('from');
      const layer = layerOf(unit!, layers);
      if (layer.tokens !== 1) failTokens(layer);
      const nameOf = ({label, class: name}: Sample): string | null =>
        name ?? (label === null ? null : (samples.classes[label] ?? String(label)));
      const rows = (of: (i: number) => Row, about: Row): Row[] =>
        samples.rows.map((sample, i) => ({
          sample: sample.id,
          class: nameOf(sample),
          ...of(i),
          ...about,
          n: layer.rows,
        }));
      const undefinedRows = (status: string) => ({type: 'table', rows: rows(() => ({}), {status})}) as const;

      if (layer.rows < FEWEST) return undefinedRows('insufficient');
      const [x, table] = await Promise.all([layer.matrix(ctx.signal), inputs.neighbors(layer.name)]);
      const view = await definition.view(x, table, params, ctx);
      if (view === null) return undefinedRows('constant');
      const {y, about} = view;
      if (!y.every(value => Math.abs(value) <= LARGEST)) return undefinedRows('diverged');
      const plane = {rows: layer.rows, cols: 2, data: y};
      const quality = await viewQuality(x, table, plane, params.k, ctx);
      const status = quality === null ? 'insufficient' : 'ok';
      const place = (i: number): Row => ({x: y[2 * i]!, y: y[2 * i + 1]!});
      return {type: 'table', rows: rows(place, {...about, ...quality, status})};
    },
  });
}
