import {Type} from '#typebox';
import {defineStage, many} from '../define.js';
import {panelOf} from './panel.js';
import {profileSpec} from './profile-spec.js';
import {render} from './render.js';

export default defineStage({
  kind: 'plot',
  name: 'profile',
  version: 3,
  summary: 'A measured quantity against the depth of the network, one panel for each table.',
  source:
    'means with a band of one standard deviation (ddof 0); palettes of Okabe and Ito 2008 and viridis 2015',
  params: Type.Object(
    {
      y: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'column to draw; null draws the default column of each table',
      }),
      x: Type.Enum(['depth', 'layer', 'index'], {
        default: 'depth',
        description:
          'where a layer stands: at its relative depth in [0, 1], at even distances by name, or by its number',
      }),
      series: Type.String({
        default: 'auto',
        description:
          'column whose values are drawn as separate lines; auto: fraction if there are several, else range or scale, else group if there are 2 to 12; none: one line; variant: each variant of the sweep, in one figure of all',
      }),
      band: Type.Enum(['std', 'minmax', 'none'], {
        default: 'std',
        description:
          'band around the mean of the rows that share a point: one standard deviation (ddof 0) to either side, the whole range, or no band',
      }),
      title: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'title of the figure; null for none',
      }),
      width: Type.Integer({
        default: 480,
        minimum: 120,
        maximum: 4000,
        description: 'width of a panel, in pixels',
      }),
      height: Type.Integer({
        default: 200,
        minimum: 60,
        maximum: 4000,
        description: 'height of a panel, in pixels',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: many('tables over layers, each drawn in a panel of its own', 'table')},
  output: 'figure',
  async run(ctx, inputs, params) {
    const tables = await inputs.tables('from');
    const spec = profileSpec(
      tables.map(table => panelOf(table, params)),
      params,
    );
    ctx.signal.throwIfAborted();
    return {type: 'figure', spec, ...(await render(spec))};
  },
});
