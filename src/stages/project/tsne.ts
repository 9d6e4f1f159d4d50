import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {exactAffinities, neighborAffinities} from '../../kernels/tsne-affinities.js';
import {tsne} from '../../kernels/tsne.js';
import {defineView} from './define.js';
import {principalStart} from './start.js';

/** Up to this many samples all pairs are computed, in a second or two. */
const FEW = 1000;
/** Beyond it, the error of the Barnes-Hut approximation, and the neighbours of a sample for each unit of perplexity. */
const THETA = 0.5;
const NEIGHBORS = 3;
/** Standard deviation of the first axis at the start. */
const START = 1e-4;

export default defineView({
  name: 'tsne',
  version: 2,
  summary: 'Samples laid out so that those that are neighbours in a layer stay so: t-SNE.',
  source:
    'van der Maaten and Hinton 2008; from 1001 samples on by Barnes-Hut with theta 0.5 and 3 perplexity neighbours (van der Maaten 2014); start at the principal components (Kobak and Berens 2019), step size of Belkina et al. 2019; quality by Venna and Kaski 2001.',
  params: Type.Object({
    perplexity: Type.Number({
      default: 30,
      minimum: 1,
      description: 'neighbours that a sample has in effect; below the number of other samples',
    }),
    iterations: Type.Integer({default: 1000, minimum: 1, description: 'steps of gradient descent'}),
    earlyExaggeration: Type.Number({
      default: 12,
      minimum: 1,
      description: 'factor of the attraction in the first steps',
    }),
    exaggerationIterations: Type.Integer({default: 250, minimum: 0, description: 'how many steps these are'}),
    learningRate: Type.Union([Type.Number({exclusiveMinimum: 0}), Type.Null()], {
      default: null,
      description: 'size of a step; null: the larger of 50 and samples / (4 earlyExaggeration)',
    }),
  }),
  columns: [
    {
      name: 'kl',
      type: 'float',
      description:
        'divergence of the pairs in the view from those in the layer, which t-SNE makes small, in nats',
    },
  ],
  seeded: true,
  neighbors: ({perplexity}) => Math.floor(NEIGHBORS * perplexity),
  async view(x, table, params, ctx) {
    const {perplexity, earlyExaggeration, learningRate} = params;
    const n = x.rows;
    if (perplexity >= n - 1)
      fail(
        'E501',
        `a perplexity of ${perplexity} needs more than ${Math.floor(perplexity) + 1} samples; there are ${n}`,
        {
          hint: `set perplexity to a third of the samples or less, such as ${Math.max(1, Math.floor(n / 4))}`,
        },
      );
    const start = await principalStart(x, START, ctx);
    if (start === null) return null;
    const {graph} =
      n <= FEW
        ? exactAffinities(x, perplexity)
        : neighborAffinities(table, Math.min(Math.floor(NEIGHBORS * perplexity), table.k), perplexity);
    const {y, divergence} = await tsne(graph, start, {
      ...params,
      learningRate: learningRate ?? Math.max(n / (4 * earlyExaggeration), 50),
      theta: n <= FEW ? 0 : THETA,
      signal: ctx.signal,
      onProgress: (done, total) => ctx.progress(done, total),
    });
    return {y, about: {kl: divergence}};
  },
});
