import {Type} from '#typebox';
import {fail} from '../../diagnostics/diagnostic.js';
import {similarityCurve} from '../../kernels/umap-curve.js';
import {fuzzyGraph} from '../../kernels/umap-graph.js';
import {umapLayout} from '../../kernels/umap-layout.js';
import {defineView} from './define.js';
import {principalStart} from './start.js';

/** Epochs of up to so many samples, and of more. */
const FEW = {samples: 10_000, epochs: 500} as const;
const MANY_EPOCHS = 200;
/** Standard deviation of the first axis at the start. */
const START = 4;

export default defineView({
  name: 'umap',
  version: 2,
  summary: 'Samples laid out by the graph of their nearest neighbours in a layer: UMAP.',
  source:
    'McInnes, Healy and Melville 2018; start at the principal components (Kobak and Linderman 2021); quality by Venna and Kaski 2001.',
  params: Type.Object({
    neighbors: Type.Integer({
      default: 15,
      minimum: 2,
      description: 'samples that each is joined to, itself counted as one of them',
    }),
    minDist: Type.Number({
      default: 0.1,
      minimum: 0,
      description: 'distance in the view up to which samples count as being at one place; at most spread',
    }),
    spread: Type.Number({
      default: 1,
      exclusiveMinimum: 0,
      description: 'distance in the view over which their similarity falls to 1 / e beyond that',
    }),
    epochs: Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
      default: null,
      description: 'passes over the graph; null: 500 up to 10 000 samples, else 200',
    }),
  }),
  columns: [],
  seeded: true,
  check: ({minDist, spread}) =>
    minDist <= spread
      ? null
      : {
          code: 'E501',
          param: 'minDist',
          message: `minDist: ${minDist} is more than spread: ${spread}`,
          hint: 'set spread to minDist or more',
        },
  neighbors: ({neighbors}) => neighbors - 1,
  async view(x, table, {neighbors, minDist, spread, epochs}, ctx) {
    const n = x.rows;
    if (neighbors > n)
      fail('E501', `neighbors: ${neighbors} needs as many samples; there are ${n}`, {
        hint: `set neighbors to ${n} or less`,
      });
    const start = await principalStart(x, START, ctx);
    if (start === null) return null;
    const {graph} = fuzzyGraph(table, neighbors);
    const y = await umapLayout(graph, start, similarityCurve(minDist, spread), {
      epochs: epochs ?? (n <= FEW.samples ? FEW.epochs : MANY_EPOCHS),
      random: ctx.rng,
      signal: ctx.signal,
      onProgress: (done, total) => ctx.progress(done, total),
    });
    return {y, about: {}};
  },
});
