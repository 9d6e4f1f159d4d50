import {Type} from '#typebox';
import {defineStage, many} from '../define.js';
import {render} from './render.js';
import {hasScales, scalePanelOf} from './scale-panel.js';
import {scaleSpec} from './scale-spec.js';

export default defineStage({
  kind: 'plot',
  name: 'scale',
  version: 2,
  summary: 'A measured quantity against the scale at which it is measured, a line for each layer.',
  source:
    'decimation plots as in Facco, d’Errico, Rodriguez, Laio 2017 and Denti, Doimo, Laio, Mira 2022; bars of one standard deviation (ddof 0)',
  params: Type.Object(
    {
      x: Type.Enum(['auto', 'n', 'scale'], {
        default: 'auto',
        description:
          'the scale, on a logarithmic axis: number of samples, or mean distance to the neighbours that were used; auto: the distance for metric gride, which has several of one number of samples',
      }),
      y: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'column to draw; null draws the default column of each table',
      }),
      series: Type.String({
        default: 'auto',
        description:
          'column whose values are drawn as separate lines; auto: layer if there are several, else group if there are 2 to 12; none: one line; variant: each variant of the sweep, in one figure of all',
      }),
      band: Type.Enum(['std', 'minmax', 'none'], {
        default: 'std',
        description:
          'bar through the mean of the rows that share a point: one standard deviation (ddof 0) to either side, the whole range, or no bar',
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
        default: 240,
        minimum: 60,
        maximum: 4000,
        description: 'height of a panel, in pixels',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: many('tables over subsets of several sizes or of metric gride, each in a panel', 'table')},
  output: 'figure',
  async run(ctx, inputs, params) {
    const tables = await inputs.tables('from');
    const x = params.x === 'auto' ? (tables.some(hasScales) ? 'scale' : 'n') : params.x;
    const options = {...params, x} as const;
    const spec = scaleSpec(
      tables.map(table => scalePanelOf(table, options)),
      options,
    );
    ctx.signal.throwIfAborted();
    return {type: 'figure', spec, ...(await render(spec))};
  },
});
