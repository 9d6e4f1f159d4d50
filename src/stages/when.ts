import type {TSchema} from '#typebox';

/**
 * What other parameters of the same map must be for one to have an effect: one of the values listed, or `given`: anything but
 * null. `from.PORT` is a port: null unless it is joined. `*.csv` stands for every text that ends so, in capitals or not.
 */
export type When = Readonly<Record<string, readonly (string | null)[] | 'given'>>;

/** A condition as the catalogue has it; whoever says it puts "where" before its words. */
export interface Condition {
  readonly of: string;
  /** Null for anything but null. */
  readonly values: readonly (string | null)[] | null;
  readonly words: string;
}

/** A parameter that has an effect only then. Written where it has none, it is a mistake. Its description says so. */
export function when<S extends TSchema>(when: When, schema: S): S {
  const conditions = Object.entries(when).map(([of, values]): Condition => {
    return {of, values: values === 'given' ? null : values, words: wordsOf(of, values)};
  });
  const {description} = schema as {readonly description?: string};
  const all = `nly where ${conditions.map(({words}) => words).join(' and ')}`;
  const said =
    description?.endsWith('.') === true ? `${description} O${all}.` : `${description ?? ''}; o${all}`;
  return {...schema, description: said, 'x-when': conditions};
}

function wordsOf(of: string, values: When[string]): string {
  if (values === 'given') return `${of} is given`;
  if (values.every(value => value === null))
    return `${of} is not ${of.startsWith('from.') ? 'joined' : 'given'}`;
  const last = String(values.at(-1));
  return `${of}: ${values.length === 1 ? last : `${values.slice(0, -1).join(', ')} or ${last}`}`;
}
