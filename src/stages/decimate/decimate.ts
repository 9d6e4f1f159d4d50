import {Type} from '#typebox';
import {disjointBlocks, permutation, randomSubsets, stridedBlocks} from '../../kernels/decimation.js';
import {fail} from '../../diagnostics/diagnostic.js';
import {defineStage, one} from '../define.js';
import type {Subset} from '../ports.js';

/** The smallest subset that a line can be fitted to. */
const FEWEST = 4;

export default defineStage({
  kind: 'decimate',
  name: null,
  version: 1,
  summary: 'Smaller sets of the samples, to see how a quantity depends on scale.',
  source:
    'random: independent draws (Facco, d’Errico, Rodriguez, Laio 2017); blocks: disjoint parts of a permutation (Ansuini, Laio, Macke, Zoccolan 2019).',
  params: Type.Object(
    {
      method: Type.Enum(['random', 'blocks', 'strided'], {
        default: 'random',
        description:
          'random: `repeats` draws of each fraction, without replacement within a draw; blocks: all disjoint parts of one random permutation; strided: rows b, b + B, b + 2B ...',
      }),
      fractions: Type.Array(Type.Number({exclusiveMinimum: 0, maximum: 1}), {
        default: [1, 0.5, 0.25, 0.125],
        minItems: 1,
        description: 'shares of the samples; blocks and strided make round(1 / fraction) parts',
      }),
      repeats: Type.Integer({default: 5, minimum: 1, description: 'random: draws of each fraction below 1'}),
    },
    {additionalProperties: false},
  ),
  inputs: {from: one('the representations to decimate', 'activations')},
  output: 'subsets',
  seeded: true,
  run(ctx, inputs, {method, fractions, repeats}) {
    const n = inputs.activations('from').samples.rows.length;
    const order = method === 'blocks' ? permutation(n, ctx.rng) : null;
    const subsets = fractions.flatMap((fraction): Subset[] => {
      const count = Math.round(1 / fraction);
      const sets =
        fraction === 1
          ? [Int32Array.from({length: n}, (_, i) => i)]
          : order !== null
            ? disjointBlocks(order, count)
            : method === 'strided'
              ? stridedBlocks(n, count)
              : randomSubsets(n, fraction, repeats, ctx.rng);
      return sets.map((indices, repeat) => {
        if (indices.length < FEWEST)
          fail(
            'E501',
            `fraction ${fraction} of ${n} samples leaves ${indices.length}, fewer than ${FEWEST}`,
            {
              hint: 'leave out the smallest fractions, or load more samples',
            },
          );
        return {id: fraction === 1 ? 'full' : `${fraction}/${repeat}`, fraction, repeat, indices};
      });
    });
    return Promise.resolve({type: 'subsets', subsets});
  },
});
