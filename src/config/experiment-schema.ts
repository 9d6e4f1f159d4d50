import type {CatalogueEntry, JsonSchema} from './catalogue.js';

/** A text with an interpolation may stand for any value. */
const INTERPOLATION = {
  type: 'string',
  pattern: '\\$\\{',
  description: 'a value taken from elsewhere: ${params.x}',
};

const orInterpolation = (schema: JsonSchema): JsonSchema => {
  const {description, default: initial, ...rest} = schema;
  return {
    ...(description !== undefined && {description}),
    ...(initial !== undefined && {default: initial}),
    anyOf: [rest, INTERPOLATION],
  };
};

type Described = CatalogueEntry & {readonly summary: string};

/** The JSON Schema (draft 2020-12) of experiment files: what an editor completes and checks by. */
export function experimentSchema(stages: readonly Described[]): JsonSchema {
  const label = {type: 'string', description: 'label of a stage'};
  const from = {
    description:
      'the stages whose results it takes: a label, a list of labels, or a map from port to label(s)',
    anyOf: [
      label,
      {type: 'array', items: label, minItems: 1},
      {type: 'object', additionalProperties: {anyOf: [label, {type: 'array', items: label, minItems: 1}]}},
    ],
  };
  const kinds = [...new Set(stages.map(s => s.kind))];
  const named = (kind: string): Described[] => stages.filter(s => s.kind === kind && s.nameKey !== null);

  const choose = (entry: Described): JsonSchema => {
    const properties = Object.entries(entry.params.properties ?? {}).map(([name, schema]) => [
      name,
      orInterpolation(schema),
    ]);
    const takes = Object.keys(entry.inputs).length > 0;
    return {
      if: {
        properties: {
          stage: {const: entry.kind},
          ...(entry.nameKey !== null && {[entry.nameKey]: {const: entry.name}}),
        },
        required: ['stage', ...(entry.nameKey === null ? [] : [entry.nameKey])],
      },
      then: {
        description: entry.summary,
        properties: {
          stage: true,
          ...(entry.nameKey !== null && {[entry.nameKey]: true}),
          ...(takes && {from}),
          ...Object.fromEntries(properties),
        },
        required: [
          ...(Object.values(entry.inputs).some(p => p.required) ? ['from'] : []),
          ...((entry.params['required'] as readonly string[] | undefined) ?? []),
        ],
        additionalProperties: false,
      },
    };
  };

  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Strata experiment',
    type: 'object',
    required: ['strata', 'name', 'stages'],
    additionalProperties: false,
    properties: {
      strata: {const: 1, description: 'version of the language'},
      name: {type: 'string', description: 'names the experiment and its folder under outputs/'},
      description: {type: 'string', description: 'what the experiment asks'},
      seed: {type: 'integer', default: 0, description: 'all random numbers follow from it'},
      params: {
        type: 'object',
        description: 'values that stages refer to as ${params.x} and that overrides reach most',
      },
      stages: {
        type: 'object',
        minProperties: 1,
        description: 'the stages by label',
        additionalProperties: {
          type: 'object',
          required: ['stage'],
          properties: {stage: {enum: kinds, description: 'kind of the stage'}},
          allOf: [
            ...kinds.flatMap(kind => {
              const members = named(kind);
              if (members.length === 0) return [];
              const key = members[0]!.nameKey!;
              return [
                {
                  if: {properties: {stage: {const: kind}}, required: ['stage']},
                  then: {required: [key], properties: {[key]: {enum: members.map(m => m.name)}}},
                },
              ];
            }),
            ...stages.map(choose),
          ],
        },
      },
    },
  };
}
