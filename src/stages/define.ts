import type {Static, TObject, TSchema} from '#typebox';
import type {Distance} from '../kernels/neighbors.js';
import type {Misfit} from './misfit.js';
import {refuse} from './misfit.js';
import type {Rng} from './rng.js';
import type {
  Activations,
  Column,
  FloatArray,
  Images,
  LayerInfo,
  PixelRecipe,
  Pixels,
  PortType,
  Row,
  Samples,
  StorageType,
  Subset,
  Subsets,
  Table,
} from './ports.js';

export type Kind =
  'load' | 'preprocess' | 'extract' | 'decimate' | 'metric' | 'probe' | 'project' | 'plot' | 'neighbors';

/** Kinds with several members are told apart by this parameter: `stage: metric, metric: twonn`. */
export const NAME_KEYS: Readonly<Partial<Record<Kind, string>>> = {
  load: 'source',
  metric: 'metric',
  probe: 'probe',
  project: 'view',
  plot: 'plot',
};

export interface Port {
  /** The types it takes. */
  readonly type: readonly PortType[];
  readonly required: boolean;
  /** Whether it takes a list of stages. */
  readonly many: boolean;
  readonly description: string;
}

/** All that `run` may know of the world, besides its inputs and parameters. */
export interface Context {
  readonly signal: AbortSignal;
  /** Seeded from (experiment seed, stage label); every call of `run` starts it afresh. Only for stages that are `seeded`. */
  readonly rng: Rng;
  /** Native threads that a model session may use. */
  readonly threads: number;
  log(message: string): void;
  /** Work done so far in this call of `run`, in units of the stage's choice (samples, rows). */
  progress(done: number, total: number): void;
}

/** A named part of an artifact: `samples`, `layer/blocks.3`, `table` ... with the digest of its content. */
export interface PartInfo {
  readonly name: string;
  readonly digest: string;
  /** For `layer/*`: the LayerInfo. */
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface ArtifactInfo {
  readonly type: PortType | 'neighbors';
  readonly parts: readonly PartInfo[];
}

/** A piece of a stage's work that is cached, resumed and run on its own. */
export interface Unit {
  /** Unique within the stage, shown in progress. */
  readonly id: string;
  /** What the unit reads, as role -> [port, part name]. The digests of exactly these parts are in the unit's key. */
  readonly reads: Readonly<Record<string, readonly [port: string, part: string]>>;
  /** What identifies the unit among others that read the same, in place of the stage's parameters. Default: the parameters. */
  readonly params?: Readonly<Record<string, unknown>>;
}

export type LayerSpec = Omit<LayerInfo, 'index'>;

/** What `run` gives back, by the type of the stage's output. The runner writes it to the store. */
export type Output =
  | {readonly type: 'images'; readonly samples: Samples}
  | {readonly type: 'pixels'; readonly recipe: PixelRecipe}
  | {
      readonly type: 'activations';
      /** Only from stages without an upstream: their own sample table. */
      readonly samples?: Samples;
      /** One per unit, in the order of the units. */
      readonly layers: readonly LayerSpec[];
      /** Blocks of samples in order; per block one array of `count * tokens * dim` numbers for each layer. */
      readonly batches: AsyncIterable<readonly FloatArray[]>;
    }
  | {readonly type: 'subsets'; readonly subsets: readonly Subset[]}
  | {readonly type: 'table'; readonly rows: readonly Row[]}
  | {
      readonly type: 'tables';
      /** Only from stages that take all units `together`: the rows of each, in the order of the units, each kept when it comes. */
      readonly tables: AsyncIterable<readonly Row[]>;
    }
  | {
      readonly type: 'figure';
      /** Vega-Lite specification with its data inline. */
      readonly spec: Readonly<Record<string, unknown>>;
      readonly svg: string;
      readonly png: Uint8Array;
    }
  | ({readonly type: 'neighbors'} & NeighborTable);

/** The nearest neighbours of every row of a layer: `indices` and `distances` are row-major, n x k. */
export interface NeighborTable {
  readonly n: number;
  readonly k: number;
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

/** What a stage finds on its ports when it runs. Each list holds one element unless the port takes many. */
export interface Inputs {
  images(port: string): Images;
  pixels(port: string): Pixels;
  activations(port: string): Activations;
  /** As `activations`; an activations artifact counts as the one subset `full`. */
  subsets(port: string): Subsets;
  tables(port: string): Promise<Table[]>;
  /** Whether the port is joined to anything. */
  has(port: string): boolean;
  /** The shared table of a layer of a port, the first unless one is named: at least the k that the stage asked for by `neighbors`. */
  neighbors(layer: string, port?: string): Promise<NeighborTable>;
}

/** A column, or which it is for each value of a parameter that decides what the rows of the table are. */
export type DefaultValue =
  string | {readonly param: string; readonly columns: Readonly<Record<string, string>>};

export interface StageDefinition<P extends TObject = TObject> {
  readonly kind: Kind;
  /** Name within the kind, equal to the file's name; null for a kind with one member. */
  readonly name: string | null;
  /** Raised when results can change. In the key. */
  readonly version: number;
  /** One line. */
  readonly summary: string;
  /** Where the method is defined (paper, year, equation), or what the format is. */
  readonly source: string;
  /** Own parameters: every property has a description with unit, and a default unless it is required. */
  readonly params: P;
  /** Ports by name; the first is the one that a bare `from: label` binds. */
  readonly inputs: Readonly<Record<string, Port>>;
  readonly output: PortType | 'neighbors';
  /** For table outputs: the columns, in order. */
  readonly columns?: readonly Column[];
  /** For table outputs: the column that figures and summaries show by default. */
  readonly value?: DefaultValue;
  /** Parameters that cannot change the result. */
  readonly notInKey?: readonly (keyof Static<P> & string)[];
  /**
   * Whether it draws random numbers; then the seed derived from (experiment seed, stage label) is in the key. The path of a
   * parameter, such as `sample.n`: it draws where that is not null.
   */
  readonly seeded?: boolean | string;
  /** Whether ONNX Runtime's arithmetic shows in the result; then its version is in the key. */
  readonly runtime?: boolean;
  /** What in its parameters does not go together, or with the ports that are joined; null if nothing. Told before anything runs. */
  check?(params: Static<P>, ports: ReadonlySet<string>): Misfit | null;
  /**
   * How many neighbours of every row of every layer it needs: the planner then provides one shared table for each port that
   * takes activations, or subsets that FULL may be among.
   */
  neighbors?(params: Static<P>): number | null;
  /** By which distance they are near. Default `euclidean`. */
  distance?(params: Static<P>): Distance;
  /** For outputs of subsets: whether FULL may be among them, the only one that is measured by shared tables. Default: no. */
  mayGiveFull?(params: Static<P>): boolean;
  /** How the work splits. Default: one unit that reads all parts of all ports. */
  units?(inputs: Readonly<Record<string, ArtifactInfo>>, params: Static<P>): Unit[] | Promise<Unit[]>;
  /**
   * What a job of it takes of the machine: whether it makes use of all cores there are (default: only if it says `runtime`),
   * bytes of memory, and the device of which only one job at a time can make use (cuda, cuda:1, webgpu).
   */
  resources?(
    params: Static<P>,
    inputs: Readonly<Record<string, ArtifactInfo>>,
  ): {readonly allCores?: boolean; readonly memory?: number; readonly device?: string | null};
  /** Whether `run` takes all missing units in one call (one pass of a model for all layers) rather than one by one. */
  readonly together?: boolean;
  /** Table outputs with several units: puts the rows of all units into the table of the stage. Default: one after another. */
  gather?(
    results: readonly {readonly unit: Unit; readonly rows: readonly Row[]}[],
    inputs: Readonly<Record<string, ArtifactInfo>>,
    params: Static<P>,
  ): Row[];
  run(ctx: Context, inputs: Inputs, params: Static<P>, units: readonly Unit[]): Promise<Output>;
}

/** Declares a stage; infers the type of its parameters from their schema. What its check refuses does not run either. */
export function defineStage<P extends TObject>(definition: StageDefinition<P>): StageDefinition {
  if (definition.check === undefined) return definition;
  const ports = Object.keys(definition.inputs);
  return {
    ...definition,
    run: (ctx, inputs, params: Static<P>, units) => {
      refuse(definition.check!(params, new Set(ports.filter(port => inputs.has(port)))));
      return definition.run(ctx, inputs, params, units);
    },
  };
}

/** A port that takes one stage. */
export const one = (description: string, ...type: PortType[]): Port => ({
  type,
  required: true,
  many: false,
  description,
});

/** A port that takes a list of stages. */
export const many = (description: string, ...type: PortType[]): Port => ({
  type,
  required: true,
  many: true,
  description,
});

/** The same port, but it may stay empty. */
export const optional = (port: Port): Port => ({...port, required: false});

/** A path parameter. What it names is read before the run and its content digest stands in the key in place of the path. */
export type PathKind = 'file' | 'folder' | 'model' | 'model-config';
export const path = <S extends TSchema>(kind: PathKind, schema: S): S => ({...schema, 'x-path': kind});

export type {StorageType};
