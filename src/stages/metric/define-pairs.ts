import type {Static, TObject} from '#typebox';
import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import type {Distance} from '../../kernels/neighbors.js';
import type {Vectors} from '../../kernels/vectors.js';
import type {ArtifactInfo, Context, Inputs, NeighborTable, StageDefinition, Unit} from '../define.js';
import {defineStage, one, optional} from '../define.js';
import type {Misfit} from '../misfit.js';
import type {Column, LayerInfo, Matrix, Row} from '../ports.js';
import type {MetricDefinition, Representation} from './define.js';
import {COUNT_COLUMNS, LAYER_COLUMNS, failTokens, layersOf} from './define.js';
import {layerVectors} from './layer-vectors.js';
import {Recall} from './recall.js';

/** One layer of a pair, on its own. */
export interface PairLayer extends Pick<Representation, 'n' | 'dim' | 'neighbors'> {
  matrix(): Promise<Matrix>;
  /** The same as the matrix, or block by block where it is large. */
  vectors(): Promise<Matrix | Vectors>;
}

/** What a metric between layers has in common with one of single layers. */
type Common<P extends TObject> = Pick<
  MetricDefinition<P>,
  'name' | 'version' | 'summary' | 'source' | 'params' | 'columns' | 'value' | 'runtime' | 'neighbors'
>;

export interface PairMetricDefinition<P extends TObject, Prepared> extends Common<P> {
  /** By which distance neighbours are near. Default `euclidean`. */
  distance?(params: Static<P>): Distance;
  /** What is worked out once for each layer, whatever it is compared with. */
  prepare(layer: PairLayer, params: Static<P>, ctx: Context): Promise<Prepared>;
  /** The columns above and `status`, of two layers of the same samples. */
  compare(a: Prepared, b: Prepared, params: Static<P>, ctx: Context): Row | Promise<Row>;
}

/** The columns that say which two layers a row is about. */
export const PAIR_COLUMNS: readonly Column[] = [
  ...LAYER_COLUMNS,
  {name: 'other', type: 'string', description: 'the layer compared with'},
  {name: 'other_depth', type: 'float', description: 'relative depth of that layer'},
  {name: 'other_index', type: 'int', description: 'position of that layer'},
];

export const PAIR_PORTS = {
  a: one('the representations', 'activations'),
  b: optional(
    one(
      'representations of the same samples to compare those of port a with: another network or checkpoint',
      'activations',
    ),
  ),
};

export type Pairs = 'all' | 'next' | 'same-name';

const PAIRS = {
  pairs: Type.Enum(['all', 'next', 'same-name'], {
    default: 'all',
    description:
      'all: every layer with itself and those after it, or with every layer of port b; next: with the one after it; same-name: with that of the same name of port b',
  }),
};

/** For metrics of neighbours. */
export const DISTANCE = {
  distance: Type.Enum(['euclidean', 'cosine'], {
    default: 'euclidean',
    description: 'by which neighbours are near; cosine: that of the vectors brought to length 1',
  }),
};

/** Keeps what was prepared of layers up to this many bytes. */
const KEPT = 2 ** 30;

/** A metric between layers: a unit is a pair of them and depends on these two alone. */
export function definePairMetric<P extends TObject, Prepared>(
  metric: PairMetricDefinition<P, Prepared>,
): StageDefinition {
  type Params = Static<P> & {pairs: Pairs};
  const {name, version, summary, source, value} = metric;
  return defineStage({
    kind: 'metric',
    name,
    version,
    summary,
    source,
    params: Type.Object({...PAIRS, ...metric.params.properties}, {additionalProperties: false}),
    inputs: PAIR_PORTS,
    output: 'table',
    columns: [...PAIR_COLUMNS, ...metric.columns, ...COUNT_COLUMNS],
    value,
    runtime: metric.runtime ?? false,
    resources: () => ({allCores: true}),
    ...(metric.neighbors && {neighbors: (params: unknown) => metric.neighbors!(params as Static<P>)}),
    ...(metric.distance && {distance: (params: unknown) => metric.distance!(params as Static<P>)}),
    check: (params, ports) => pairMisfit('pairs', (params as unknown as Params).pairs, ports),
    together: true,
    // Which other pairs are asked for is nothing to a pair.
    units: (inputs, params) =>
      pairUnits(inputs, (params as unknown as Params).pairs).map(u => ({...u, params: {pairs: null}})),
    gather: (results, inputs) => gatherPairs(results, inputs),
    run(ctx, inputs, rawParams, units) {
      const params = rawParams as Static<P>;
      checkSamples(inputs);
      const prepared = new Recall(KEPT, units.map(sidesOf), side =>
        metric.prepare(openSide(side, inputs, ctx), params, ctx),
      );
      async function* tables(): AsyncGenerator<readonly Row[]> {
        for (const [at, unit] of units.entries()) {
          ctx.progress(at, units.length);
          const [a, b] = sidesOf(unit);
          const left = await prepared.at(at, a);
          const right = await prepared.at(at, b);
          const {rows: n} = layerOfSide(a, inputs);
          yield [{n, ...(await metric.compare(left, right, params, ctx))}];
        }
      }
      return Promise.resolve({type: 'tables', tables: tables()});
    },
  });
}

/** Of pairs within a network where there are two, or the other way round. They are chosen by parameter `param`. */
export function pairMisfit(param: string, pairs: Pairs, ports: ReadonlySet<string>): Misfit | null {
  const two = ports.has('b');
  if (!two && pairs === 'same-name')
    return {
      code: 'E501',
      param,
      message: 'port b is not joined, so there are no layers of the same name',
      hint: 'join it, as in from: {a: ..., b: ...}; or compare the layers of one network, all of them or each with the next',
    };
  if (two && pairs === 'next')
    return {
      code: 'E501',
      param,
      message: 'which layer comes next is known within a network only, and port b is joined',
      hint: 'compare all layers, or those of the same name',
    };
  return null;
}

/** One unit per pair of layers, in the order of the forward pass; it reads the layers as `a` and `b`. */
export function pairUnits({a, b}: Readonly<Record<string, ArtifactInfo>>, pairs: Pairs): Unit[] {
  const [names, others] = [a!, b ?? a!].map(port => layersOf(port).map(l => l.name)) as [string[], string[]];
  const partners = (name: string, at: number): string[] => {
    if (pairs === 'next') return others.slice(at + 1, at + 2);
    if (pairs === 'same-name') return others.filter(other => other === name);
    return b === undefined ? others.slice(at) : others;
  };
  const units = names.flatMap((name, at) =>
    partners(name, at).map((other): Unit => {
      const second = b === undefined ? 'a' : 'b';
      return {id: `${name} & ${other}`, reads: {a: ['a', `layer/${name}`], b: [second, `layer/${other}`]}};
    }),
  );
  if (units.length === 0 && pairs === 'same-name')
    fail('E501', `no layer of port a (${names.join(', ')}) has a namesake in port b (${others.join(', ')})`);
  return units;
}

/** Puts what is known of the two layers before the rows of each pair. */
export function gatherPairs(
  results: readonly {readonly unit: Unit; readonly rows: readonly Row[]}[],
  inputs: Readonly<Record<string, ArtifactInfo>>,
): Row[] {
  const info = ([port, part]: Side): LayerInfo =>
    inputs[port]!.parts.find(p => p.name === part)!.meta as unknown as LayerInfo;
  return results.flatMap(({unit, rows}) => {
    const [a, b] = sidesOf(unit).map(info);
    const which = {
      layer: a!.name,
      depth: a!.depth,
      index: a!.index,
      other: b!.name,
      other_depth: b!.depth,
      other_index: b!.index,
    };
    return rows.map(row => ({...which, ...row}));
  });
}

/** A layer of a pair: the port it comes from and the name of its part. */
export type Side = readonly [port: string, part: string];

export const sidesOf = ({reads}: Unit): [Side, Side] => [reads['a']!, reads['b']!];

const layerOfSide = ([port, part]: Side, inputs: Inputs) =>
  inputs.activations(port).layers.find(l => `layer/${l.name}` === part)!;

export function openSide(side: Side, inputs: Inputs, {signal}: Context): PairLayer {
  signal.throwIfAborted();
  const layer = layerOfSide(side, inputs);
  if (layer.tokens !== 1) failTokens(layer);
  return {
    n: layer.rows,
    dim: layer.dim,
    matrix: () => layer.matrix(signal),
    vectors: () => layerVectors(layer, signal),
    neighbors: () => neighborsOf(side, inputs),
  };
}

/** The shared neighbour table of a layer. */
export const neighborsOf = ([port, part]: Side, inputs: Inputs): Promise<NeighborTable> =>
  inputs.neighbors(part.slice('layer/'.length), port);

/** What is compared sample by sample must be of the same samples, in the same order. */
export function checkSamples(inputs: Inputs, first = 'a', second = 'b'): void {
  if (!inputs.has(second)) return;
  const [a, b] = [first, second].map(port => inputs.activations(port).samples.rows);
  const differ = a!.findIndex((sample, i) => sample.id !== b![i]?.id);
  if (a!.length === b!.length && differ < 0) return;
  const at = differ < 0 ? a!.length : differ;
  const named = (sample: {id: string} | undefined): string =>
    sample === undefined ? 'nothing' : `"${sample.id}"`;
  fail(
    'E501',
    `ports ${first} and ${second} must hold the same samples: row ${at} is ${named(a![at])} in ${first}, ${named(b![at])} in ${second}`,
    {hint: 'extract both from the same load stage'},
  );
}
