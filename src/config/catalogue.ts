/** What must be known of the stages there are, as data, to check an experiment. */

/** A JSON Schema, as far as this folder looks into it; whether a value satisfies it is for the validator to say. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly [keyword: string]: unknown;
}

export interface Port {
  /** The outputs it takes. */
  readonly type: readonly string[];
  readonly required: boolean;
  /** Whether it takes a list of stages. */
  readonly many: boolean;
}

export interface CatalogueEntry {
  readonly kind: string;
  /** Null for a kind with one member. */
  readonly name: string | null;
  /** The key that holds the name: `metric`, `source` ... null for a kind with one member. */
  readonly nameKey: string | null;
  /** Schema of the parameters, without `stage`, `from` and the name. */
  readonly params: JsonSchema;
  /** Ports by name; the first is the one that a bare `from: label` binds. */
  readonly inputs: Readonly<Record<string, Port>>;
  readonly output: string;
}

export interface Catalogue {
  readonly stages: readonly CatalogueEntry[];
}

/** One violation of a schema, in the form of ajv's errors. */
export interface Violation {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** All violations of an entry's `params` by a value (ajv with `allErrors`); none if it is valid. */
export type Validate = (entry: CatalogueEntry, value: unknown) => readonly Violation[];

/** A stage's member of the catalogue, as a reader would call it. */
export const titleOf = (entry: CatalogueEntry): string =>
  entry.name === null ? `stage "${entry.kind}"` : `${entry.kind} "${entry.name}"`;
