import type {CatalogueEntry, JsonSchema} from './catalogue.js';
import {branches, listed, types} from './schema.js';

/** A text with an interpolation may stand for any value. */
const INTERPOLATION = {
  type: 'string',
  pattern: '\\$\\{',
  description: 'a value taken from elsewhere: ${params.x}, ${env:NAME}',
};

/** Takes away what an extended file gives. Said by what it is not, so that editors do not offer it. */
const NULL = {
  not: {type: ['object', 'array', 'string', 'number', 'boolean']},
  description: 'takes away what a file that this one extends gives',
};

const takesNull = (schema: JsonSchema): boolean =>
  branches(schema).some(b => types(b.schema).includes('null') || listed(b.schema)?.includes(null) === true);

/** What may be written for a parameter: its value, a reference to it, and nothing, in place of what is inherited. */
const written = (schema: JsonSchema): JsonSchema => {
  const {description, default: initial, ...rest} = schema;
  const described = description !== undefined && {description};
  return {
    ...described,
    ...(initial !== undefined && {default: initial}),
    // Editors show the description of the alternative that fits a value.
    anyOf: [{...described, ...within(rest)}, INTERPOLATION, ...(takesNull(schema) ? [] : [NULL])],
  };
};

/** The same for the values of a map. */
const within = (schema: JsonSchema): JsonSchema => {
  const {properties} = schema;
  if (properties === undefined) return schema;
  const inner = Object.entries(properties).map(([name, s]) => [name, written(s)] as const);
  return {...schema, properties: Object.fromEntries(inner)};
};

type Described = CatalogueEntry & {readonly summary: string};

const LABEL = {type: 'string', description: 'label of a stage'};
const LABELS = {anyOf: [LABEL, {type: 'array', items: LABEL, minItems: 1}]};

/** `from`: a label, labels, or labels by port. */
const from = ({inputs}: Described): JsonSchema => ({
  description: 'the stages whose results it takes: a label, a list of labels, or a map from port to label(s)',
  anyOf: [
    ...LABELS.anyOf,
    {
      type: 'object',
      properties: Object.fromEntries(Object.keys(inputs).map(port => [port, LABELS])),
      additionalProperties: false,
    },
    NULL,
  ],
});

/** `then` where a stage says that it is of this kind and name. */
const where = ({kind, name, nameKey}: Described, then: JsonSchema): JsonSchema => ({
  if: {
    properties: {stage: {const: kind}, ...(nameKey !== null && {[nameKey]: {const: name}})},
    required: ['stage', ...(nameKey === null ? [] : [nameKey])],
  },
  then,
});

const CHANGES = {type: 'object', description: 'values by path, such as params.k or stages.id.fraction'};
const SEVERAL = {
  type: 'object',
  description: 'lists of values by path',
  additionalProperties: {
    anyOf: [
      {type: 'array', minItems: 1},
      {type: 'string', pattern: '^(range|glob)\\(.+\\)$'},
    ],
  },
};

/** The variants of an experiment. */
const SWEEP: JsonSchema = {
  type: ['object', 'null'],
  description: 'several experiments in one: each variant changes some values',
  additionalProperties: false,
  properties: {
    grid: {
      ...SEVERAL,
      description: 'every combination: lists, range(start, stop, step) or glob(pattern) by path',
    },
    zip: {...SEVERAL, description: 'lists of the same length that go side by side, by path'},
    list: {type: 'array', items: CHANGES, description: 'whole sets of changes'},
    exclude: {type: 'array', items: CHANGES, description: 'variants to leave out'},
    ablate: {
      type: 'object',
      additionalProperties: CHANGES,
      description: 'named changes: the baseline, and each of them alone',
    },
    pairs: {type: 'boolean', default: false, description: 'ablate: also every two changes together'},
  },
};

/** One of some words, each with what it means. */
const choice = (
  description: string,
  words: readonly (readonly [word: string, meaning: string])[],
): JsonSchema => ({
  description,
  anyOf: [
    {description, enum: words.map(([word]) => word), enumDescriptions: words.map(([, meaning]) => meaning)},
    INTERPOLATION,
  ],
});

const aboutKind = (members: readonly Described[]): string =>
  members[0]!.name === null ? members[0]!.summary : `one of ${members.map(m => m.name).join(', ')}`;

/** What a stage may hold: of a known kind and name, its own parameters and no others. */
function stageSchema(stages: readonly Described[]): JsonSchema {
  const kinds = [...new Set(stages.map(s => s.kind))];
  const names = kinds.flatMap(kind => {
    const members = stages.filter(s => s.kind === kind && s.nameKey !== null);
    const [first] = members;
    if (!first) return [];
    const name = choice(
      `which ${first.nameKey!}`,
      members.map(m => [m.name!, m.summary]),
    );
    const then = {title: kind, properties: {[first.nameKey!]: name}};
    return [{if: {properties: {stage: {const: kind}}, required: ['stage']}, then}];
  });
  const parameters = stages.map(entry =>
    where(entry, {
      // Editors head with it what they tell of a parameter.
      title: entry.name === null ? entry.kind : `${entry.kind} ${entry.name}`,
      description: entry.summary,
      properties: {
        stage: {},
        ...(entry.nameKey !== null && {[entry.nameKey]: {}}),
        ...(Object.keys(entry.inputs).length > 0 && {from: from(entry)}),
        ...Object.fromEntries(
          Object.entries(entry.params.properties ?? {}).map(([name, schema]) => [name, written(schema)]),
        ),
      },
      additionalProperties: false,
    }),
  );
  return {
    type: ['object', 'string', 'null'],
    pattern: INTERPOLATION.pattern,
    title: 'stage',
    properties: {
      stage: choice(
        'kind of the stage',
        kinds.map(kind => [kind, aboutKind(stages.filter(s => s.kind === kind))]),
      ),
    },
    allOf: [...names, ...parameters],
  };
}

/** What a stage must hold if it inherits nothing. */
function completeSchema(stages: readonly Described[]): JsonSchema {
  const nameKeys = new Map(stages.flatMap(s => (s.nameKey === null ? [] : [[s.kind, s.nameKey] as const])));
  const names = [...nameKeys].map(([kind, nameKey]) => ({
    if: {properties: {stage: {const: kind}}, required: ['stage']},
    then: {required: [nameKey]},
  }));
  const parameters = stages.map(entry => {
    const given = Object.entries(entry.params.properties ?? {}).filter(([, schema]) => !takesNull(schema));
    return where(entry, {
      required: [
        ...(Object.values(entry.inputs).some(p => p.required) ? ['from'] : []),
        ...((entry.params['required'] as readonly string[] | undefined) ?? []),
      ],
      ...notNull(['from', ...given.map(([name]) => name)]),
    });
  });
  return {type: ['object', 'string'], required: ['stage'], allOf: [...names, ...parameters]};
}

/** None of these properties is null. As a pattern, for editors would offer each of `properties` once more. */
const notNull = (names: readonly string[]): JsonSchema => ({
  patternProperties: {[`^(?:${names.join('|')})$`]: {not: {type: 'null'}}},
});

/**
 * The JSON Schema (draft 2020-12) of experiment files: what an editor completes and checks by. A file that extends others
 * may leave out whatever they give, the version and the name included, and write null to take it away, so what is
 * missing is told only of a file that extends none; of one that does, `strata validate` tells it.
 */
export function experimentSchema(stages: readonly Described[]): JsonSchema {
  const path = {type: 'string', description: 'path of an experiment file, relative to this one'};
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Strata experiment',
    type: 'object',
    properties: {
      strata: {const: 1, description: 'version of the language'},
      extends: {
        description:
          'the experiments that this one changes: maps are merged, lists and values replace, null takes away; later files win over earlier',
        anyOf: [path, {type: 'array', items: path}],
      },
      env: {
        type: 'array',
        items: {type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$'},
        description: 'the variables of the environment that the experiment may refer to, as ${env:NAME}',
      },
      name: {
        type: ['string', 'null'],
        description: 'names the experiment and its folder under outputs/',
      },
      description: {type: ['string', 'null'], description: 'what the experiment asks'},
      seed: {
        description: 'all random numbers follow from it',
        default: 0,
        anyOf: [{type: 'integer', minimum: 0}, INTERPOLATION, NULL],
      },
      params: {
        type: ['object', 'null'],
        description: 'values that stages refer to as ${params.x} and that overrides reach most',
      },
      stages: {
        type: ['object', 'null'],
        description: 'the stages by label',
        additionalProperties: {$ref: '#/$defs/stage'},
      },
      sweep: SWEEP,
    },
    additionalProperties: false,
    if: {required: ['extends']},
    else: {
      required: ['strata', 'name', 'stages'],
      ...notNull(['name', 'seed', 'params']),
      properties: {
        stages: {type: 'object', minProperties: 1, additionalProperties: {$ref: '#/$defs/complete'}},
      },
    },
    $defs: {stage: stageSchema(stages), complete: completeSchema(stages)},
  };
}
