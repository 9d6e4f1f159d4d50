import {Type} from '#typebox';
import {defineStage, many} from '../define.js';
import {render} from './render.js';
import {scatterOf} from './scatter-panels.js';
import {scatterSpec} from './scatter-spec.js';

export default defineStage({
  kind: 'plot',
  name: 'scatter',
  version: 1,
  summary: 'Views of layers as points coloured by class, one panel for each layer.',
  source: 'both axes of a panel to one scale; palette of Okabe and Ito 2008',
  params: Type.Object(
    {
      title: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'title of the figure; null for none',
      }),
      columns: Type.Union([Type.Integer({minimum: 1}), Type.Null()], {
        default: null,
        description: 'panels in a row; null: up to 4',
      }),
      size: Type.Integer({
        default: 200,
        minimum: 60,
        maximum: 4000,
        description: 'width and height of a panel, in pixels',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: many('views, the layers of each in panels of their own', 'table')},
  output: 'figure',
  async run(ctx, inputs, params) {
    const spec = scatterSpec(scatterOf(await inputs.tables('from')), params);
    ctx.signal.throwIfAborted();
    return {type: 'figure', spec, ...(await render(spec))};
  },
});
