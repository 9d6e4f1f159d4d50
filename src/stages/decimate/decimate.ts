import {Type} from '#typebox';
import {range} from '../../kernels/range.js';
import {defineStage, one, optional} from '../define.js';
import {classGroups} from '../metric/class-groups.js';
import type {Misfit} from '../misfit.js';
import {when} from '../when.js';
import {attributeSubsets} from './by-attribute.js';
import {drawSubsets, shareMisfit} from './draws.js';

const DRAWN = {method: ['random', 'blocks', 'strided']};
const BY_ATTRIBUTE = {method: ['attribute']};

export default defineStage({
  kind: 'decimate',
  name: null,
  version: 2,
  summary: 'Smaller sets of the samples, to see how a quantity depends on scale, or on a number of theirs.',
  source:
    'random: independent draws (Facco, d’Errico, Rodriguez, Laio 2017); blocks: disjoint parts of a permutation (Ansuini, Laio, Macke, Zoccolan 2019).',
  params: Type.Object(
    {
      method: Type.Enum(['random', 'blocks', 'strided', 'attribute'], {
        default: 'random',
        description:
          'random: `repeats` draws of each size, without replacement within a draw; blocks: all disjoint parts of one random permutation; strided: rows b, b + B, b + 2B ...; attribute: the quantile bins of a number of the samples',
      }),
      fractions: when(
        {...DRAWN, sizes: [null]},
        Type.Array(Type.Number({exclusiveMinimum: 0, maximum: 1}), {
          default: [1, 0.5, 0.25, 0.125],
          minItems: 1,
          uniqueItems: true,
          description:
            'shares of the samples; blocks and strided take 1, a half, a third and so on, up to rounding, and make as many parts',
        }),
      ),
      sizes: when(
        DRAWN,
        Type.Union([Type.Array(Type.Integer({minimum: 1}), {minItems: 1, uniqueItems: true}), Type.Null()], {
          default: null,
          description:
            'numbers of samples (within: class: of every class) in place of fractions; blocks and strided make as many parts as there are samples for',
        }),
      ),
      repeats: when(
        {method: ['random']},
        Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
          default: 5,
          description:
            'draws of each size below the whole; null: as many as would hold all samples, 1 / fraction',
        }),
      ),
      within: when(
        DRAWN,
        Type.Enum(['none', 'class'], {
          default: 'none',
          description:
            'class: draw within each class and join, so that every subset has the classes in the proportions of the whole, or the same number of each where there are sizes',
        }),
      ),
      attribute: when(
        BY_ATTRIBUTE,
        Type.Union([Type.String(), Type.Null()], {
          default: null,
          description: 'a column of numbers of the table on port attributes',
        }),
      ),
      bins: when(
        BY_ATTRIBUTE,
        Type.Integer({default: 4, minimum: 2, description: 'number of quantile bins'}),
      ),
    },
    {additionalProperties: false},
  ),
  inputs: {
    from: one('the representations to decimate', 'activations'),
    attributes: optional(one('numbers of the samples: a table with a column "sample" of their ids', 'table')),
  },
  output: 'subsets',
  seeded: true,
  check({method, attribute, ...sizes}, ports) {
    if (ports.has('attributes') !== (method === 'attribute')) return UNJOINED;
    return method === 'attribute' ? (attribute === null ? UNNAMED : null) : shareMisfit({method, ...sizes});
  },
  // Whether a size is that of all samples, only they can tell.
  mayGiveFull: ({method, sizes, fractions}) =>
    method !== 'attribute' && (sizes !== null || fractions.includes(1)),
  async run(ctx, inputs, params) {
    const {samples} = inputs.activations('from');
    const all = range(0, samples.rows.length);
    const {method, attribute, bins} = params;
    if (method === 'attribute')
      return {
        type: 'subsets',
        subsets: await attributeSubsets(inputs, samples, {attribute: attribute!, bins}),
      };
    const groups =
      params.within === 'class' ? classGroups(all, samples, 'within: class') : [{group: null, indices: all}];
    const subsets = drawSubsets(groups, {...params, method}, ctx.rng);
    return {type: 'subsets', subsets};
  },
});

const UNJOINED: Misfit = {
  code: 'E501',
  param: 'method',
  message: 'port attributes and method: attribute go together; there is only one of them',
  hint: 'join the table of a stage of metric: image-statistics, and set method: attribute',
};
const UNNAMED: Misfit = {
  code: 'E501',
  param: 'attribute',
  message: 'method: attribute needs the name of a column of the table on port attributes',
  hint: 'set attribute, such as attribute: luminance',
};
