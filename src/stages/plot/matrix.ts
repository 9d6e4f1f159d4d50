import {Type} from '#typebox';
import {defineStage, many} from '../define.js';
import {matrixSpec} from './matrix-spec.js';
import {pairsOf} from './pairs.js';
import {render} from './render.js';

export default defineStage({
  kind: 'plot',
  name: 'matrix',
  version: 1,
  summary: 'A quantity between layers as a map of colours, one panel for each table.',
  source: 'colours: viridis (Smith and van der Walt 2015)',
  params: Type.Object(
    {
      y: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'column to draw; null draws the default column of each table',
      }),
      title: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'title of the figure; null for none',
      }),
      width: Type.Integer({
        default: 360,
        minimum: 120,
        maximum: 4000,
        description: 'width of a panel, in pixels, at most: cells of few layers take less',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: many('tables of pairs of layers, each drawn in a panel of its own', 'table')},
  output: 'figure',
  async run(ctx, inputs, params) {
    const tables = await inputs.tables('from');
    const spec = matrixSpec(
      tables.map(table => pairsOf(table, params.y)),
      params,
    );
    ctx.signal.throwIfAborted();
    return {type: 'figure', spec, ...(await render(spec))};
  },
});
