import {Ajv2020} from 'ajv/dist/2020.js';
import type {Catalogue, CatalogueEntry, JsonSchema, Port, Validate} from '../../src/config/catalogue.js';

/** A small catalogue with every kind of parameter, and validators for it. */

const one = (...type: string[]): Port => ({type, required: true, many: false});

function entry(
  kind: string,
  name: string | null,
  nameKey: string | null,
  inputs: Record<string, Port>,
  output: string,
  required: string[],
  properties: Record<string, JsonSchema>,
): CatalogueEntry {
  const params = {type: 'object', additionalProperties: false, required, properties};
  return {kind, name, nameKey, params, inputs, output};
}

const SAMPLE: JsonSchema = {
  description: 'How many images to take.',
  default: null,
  anyOf: [
    {type: 'null'},
    {
      type: 'object',
      additionalProperties: false,
      required: ['n'],
      properties: {n: {type: 'integer', minimum: 1}, by: {enum: ['class', 'random'], default: 'random'}},
    },
  ],
};

/** A condition of a parameter, as stages declare them. */
const where = (words: string, of: string, values: readonly unknown[] | null) => ({of, values, words});

export const CATALOGUE: Catalogue = {
  stages: [
    entry('load', 'image-folder', 'source', {}, 'images', ['path'], {
      path: {type: 'string', 'x-path': 'folder', description: 'The folder of images.'},
      sample: SAMPLE,
      extensions: {type: 'array', items: {type: 'string', pattern: '^\\.'}, minItems: 1, uniqueItems: true},
    }),
    entry('load', 'idx', 'source', {}, 'images', ['images'], {
      images: {type: 'string', 'x-path': 'file'},
      labels: {anyOf: [{type: 'null'}, {type: 'string', 'x-path': 'file'}], default: null},
      shards: {type: 'array', items: {type: 'string', 'x-path': 'file'}},
      rename: {type: 'object', additionalProperties: {type: 'string'}, default: {}},
    }),
    entry('preprocess', null, null, {data: one('images')}, 'pixels', [], {
      size: {
        anyOf: [
          {type: 'integer', minimum: 1},
          {type: 'array', items: {type: 'integer'}, minItems: 2, maxItems: 2},
        ],
        default: 224,
      },
      scale: {type: 'number', exclusiveMinimum: 0, default: 1},
      grey: {type: 'boolean', default: false},
      preset: {anyOf: [{const: 'auto'}, {type: 'string', 'x-path': 'model-config'}], default: 'auto'},
    }),
    entry('extract', null, null, {data: one('images', 'pixels')}, 'activations', ['model'], {
      model: {type: 'string', 'x-path': 'model', description: 'The ONNX file.'},
      layers: {
        anyOf: [{enum: ['blocks', 'all']}, {type: 'array', items: {type: 'string'}}],
        default: 'blocks',
      },
      pool: {enum: ['cls', 'mean', 'max', 'flatten'], default: 'mean'},
      tag: {type: 'string', minLength: 2},
    }),
    entry('metric', 'twonn', 'metric', {data: one('activations', 'subsets')}, 'table', [], {
      discard: {type: 'number', minimum: 0, maximum: 0.5, default: 0.1},
      k: {anyOf: [{type: 'integer', minimum: 1}, {enum: ['all', 'half']}], default: 'all'},
    }),
    entry(
      'metric',
      'overlap',
      'metric',
      {data: one('activations'), other: {type: ['activations'], required: false, many: false}},
      'table',
      ['k'],
      {k: {type: 'integer', minimum: 1, description: 'Neighbours of a point.'}},
    ),
    entry(
      'metric',
      'gride',
      'metric',
      {data: one('activations'), test: {type: ['activations'], required: false, many: false}},
      'table',
      [],
      {
        fit: {enum: ['line', 'likelihood'], default: 'line'},
        file: {anyOf: [{type: 'null'}, {type: 'string', 'x-path': 'file'}], default: null},
        trim: {type: 'number', default: 0, 'x-when': [where('fit: likelihood', 'fit', ['likelihood'])]},
        draw: {
          type: 'object',
          additionalProperties: false,
          default: {n: null, by: 'none'},
          properties: {
            n: {anyOf: [{type: 'null'}, {type: 'integer'}], default: null},
            by: {enum: ['none', 'class'], default: 'none', 'x-when': [where('n is given', 'n', null)]},
          },
        },
        share: {
          type: 'number',
          default: 0.5,
          'x-when': [where('from.test is not joined', 'from.test', [null])],
        },
        header: {
          type: 'boolean',
          default: true,
          'x-when': [where('fit: line', 'fit', ['line']), where('file: *.csv', 'file', ['*.csv'])],
        },
      },
    ),
    entry('plot', 'profile', 'plot', {data: {type: ['table'], required: true, many: true}}, 'figure', [], {
      title: {type: 'string'},
      step: {type: 'number', multipleOf: 0.5, default: 1},
      series: {type: 'string', default: 'auto'},
    }),
  ],
};

const ajv = new Ajv2020({allErrors: true, keywords: ['x-path', 'x-when']});
const compiled = new Map(CATALOGUE.stages.map(stage => [stage, ajv.compile(stage.params)]));

export const validate: Validate = (stage, value) => {
  const check = compiled.get(stage)!;
  return check(value) ? [] : (check.errors ?? []);
};
