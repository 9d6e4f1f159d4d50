import type {DefaultValue, Kind, Port, StageDefinition} from './define.js';
import {NAME_KEYS} from './define.js';
import type {Column, PortType} from './ports.js';

/** A JSON Schema object; property order is that of the source. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

/** What is known of a stage without loading its code. The catalogue is generated from the registry into `schemas/`. */
export interface CatalogueEntry {
  readonly kind: Kind;
  readonly name: string | null;
  /** The parameter that holds the name: `metric`, `source` ... null for a kind with one member. */
  readonly nameKey: string | null;
  readonly version: number;
  readonly summary: string;
  readonly source: string;
  readonly params: JsonSchema;
  readonly inputs: Readonly<Record<string, Port>>;
  readonly output: PortType | 'neighbors';
  readonly columns: readonly Column[];
  readonly value: DefaultValue | null;
  readonly notInKey: readonly string[];
  readonly seeded: boolean | string;
  readonly runtime: boolean;
  /** Whether it may ask for neighbour tables. */
  readonly neighbors: boolean;
  /** Whether it checks more of its parameters than their schema tells. */
  readonly checks: boolean;
}

/** What a stage is, for people: from the Markdown file beside it. In no key, and read only where it is shown. */
export interface Definition {
  readonly title: string;
  /** Markdown: what it computes, with formulas in blocks. */
  readonly text: string;
  /** Markdown: a block of stages that use it. */
  readonly example: string | null;
  readonly statuses: readonly {readonly status: string; readonly means: string}[];
  /** What its figure in the documentation shows. */
  readonly figure: string | null;
}

export interface Catalogue {
  readonly stages: readonly CatalogueEntry[];
}

/** What every stage takes besides its own parameters. It shapes the work, never the result. */
export const JOB: JsonSchema = {
  type: 'object',
  description: 'how each job of the stage is run; none of it changes a result',
  additionalProperties: false,
  properties: {
    cpu: {type: 'integer', minimum: 1, description: 'cores that one job takes'},
    memory: {type: 'number', exclusiveMinimum: 0, description: 'memory that one job takes, in GB'},
    timeout: {
      type: 'number',
      exclusiveMinimum: 0,
      description: 'seconds after which a job is ended; without it, never',
    },
    retries: {
      type: 'integer',
      minimum: 0,
      description: 'times that a job whose worker died or took too long is tried again; without it, none',
    },
  },
};

/** The data of a definition. */
export function entryOf(stage: StageDefinition): CatalogueEntry {
  const params = optionalWithDefault(stage.params as unknown as JsonSchema);
  return {
    kind: stage.kind,
    name: stage.name,
    nameKey: NAME_KEYS[stage.kind] ?? null,
    version: stage.version,
    summary: stage.summary,
    source: stage.source,
    params: {...params, properties: {...params.properties, job: JOB}},
    inputs: stage.inputs,
    output: stage.output,
    columns: stage.columns ?? [],
    value: stage.value ?? null,
    notInKey: [...(stage.notInKey ?? []), 'job'],
    seeded: stage.seeded ?? false,
    runtime: stage.runtime ?? false,
    neighbors: stage.neighbors !== undefined,
    checks: stage.check !== undefined,
  };
}

/** The column that the table of a stage with these parameters shows by default; null for none. */
export function valueOf(
  {value}: Pick<CatalogueEntry, 'value'>,
  params: Readonly<Record<string, unknown>>,
): string | null {
  if (value === null || typeof value === 'string') return value;
  return value.columns[String(params[value.param])] ?? null;
}

/** TypeBox requires every property; what has a default may be left out of a file. */
function optionalWithDefault(schema: JsonSchema): JsonSchema {
  const {properties} = schema;
  if (properties === undefined) return schema;
  const inner = Object.entries(properties).map(([name, s]) => [name, optionalWithDefault(s)] as const);
  const required = (schema.required ?? []).filter(name => !('default' in properties[name]!));
  return {...schema, properties: Object.fromEntries(inner), required};
}
