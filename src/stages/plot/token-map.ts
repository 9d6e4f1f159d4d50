import {Type} from '#typebox';
import {defineStage, one} from '../define.js';
import {render} from './render.js';
import {tokenMapSpec} from './token-map-spec.js';
import {tokenPanelsOf} from './token-panels.js';

export default defineStage({
  kind: 'plot',
  name: 'token-map',
  version: 1,
  summary: 'Values or clusters of the patch tokens, laid out as the patches lie in the picture.',
  source: 'palettes of Okabe and Ito 2008 (clusters) and viridis 2015 (values)',
  params: Type.Object(
    {
      y: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'column to draw; null draws the default column of the table',
      }),
      special: Type.Union([Type.Integer({minimum: 0}), Type.Null()], {
        default: null,
        description:
          'tokens before the patches (the class token), which are left out; null: the fewest that leave a square of patches',
      }),
      grid: Type.Union([Type.Array(Type.Integer({minimum: 1}), {minItems: 2, maxItems: 2}), Type.Null()], {
        default: null,
        description: 'rows and columns of patches; null: a square, or as the table says',
      }),
      title: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'title of the figure; null for the name of the quantity',
      }),
      width: Type.Integer({
        default: 140,
        minimum: 40,
        maximum: 4000,
        description: 'width of a panel, in pixels',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: one('a table with a row for each token, as of spectrum-alpha or token-clusters', 'table')},
  output: 'figure',
  async run(ctx, inputs, params) {
    const [table] = await inputs.tables('from');
    const spec = tokenMapSpec(tokenPanelsOf(table!, params), params);
    ctx.signal.throwIfAborted();
    return {type: 'figure', spec, ...(await render(spec))};
  },
});
