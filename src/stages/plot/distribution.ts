import {Type} from '#typebox';
import {defineStage, one} from '../define.js';
import {distributionSpec} from './distribution-spec.js';
import {distributionsOf} from './distributions.js';
import {render} from './render.js';

export default defineStage({
  kind: 'plot',
  name: 'distribution',
  version: 1,
  summary:
    'How the values of a quantity are distributed over samples or classes: a histogram for each layer.',
  source: 'shares of the values in bins of one width; palette of Okabe and Ito 2008',
  params: Type.Object(
    {
      y: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'column to draw; null draws the default column of the table',
      }),
      by: Type.String({
        default: 'auto',
        description:
          'column whose values get a panel each, such as group; auto: the layer if the table has layers; none: one panel of all rows',
      }),
      bins: Type.Integer({
        default: 20,
        minimum: 2,
        maximum: 200,
        description: 'bins over the range of all panels; of whole numbers at most as many',
      }),
      title: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'title of the figure; null for the name of the quantity',
      }),
      width: Type.Integer({
        default: 640,
        minimum: 120,
        maximum: 4000,
        description: 'width of a row of panels, in pixels',
      }),
      height: Type.Integer({
        default: 90,
        minimum: 40,
        maximum: 4000,
        description: 'height of a panel, in pixels',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: one('a table with a row for each sample or class', 'table')},
  output: 'figure',
  async run(ctx, inputs, params) {
    const [table] = await inputs.tables('from');
    const spec = distributionSpec(distributionsOf(table!, params), params);
    ctx.signal.throwIfAborted();
    return {type: 'figure', spec, ...(await render(spec))};
  },
});
