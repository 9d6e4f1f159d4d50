import {Type} from '#typebox';
import {defineStage, many} from '../define.js';
import {render} from './render.js';
import {spectrumPanelOf} from './spectrum-panel.js';
import {spectrumSpec} from './spectrum-spec.js';

export default defineStage({
  kind: 'plot',
  name: 'spectrum',
  version: 1,
  summary: 'Eigenvalues against their rank on two logarithmic axes, a line for each layer.',
  source:
    'eigenspectra as in Stringer, Pachitariu, Steinmetz, Carandini, Harris 2019; palettes of Okabe and Ito 2008 and viridis 2015',
  params: Type.Object(
    {
      series: Type.String({
        default: 'auto',
        description:
          'column whose values are drawn as separate lines; auto: layer if there are several, else group if there are 2 to 12; none: one line; variant: each variant of the sweep, in one figure of all',
      }),
      title: Type.Union([Type.String(), Type.Null()], {
        default: null,
        description: 'title of the figure; null for none',
      }),
      width: Type.Integer({
        default: 360,
        minimum: 120,
        maximum: 4000,
        description: 'width of a panel, in pixels',
      }),
      height: Type.Integer({
        default: 300,
        minimum: 60,
        maximum: 4000,
        description: 'height of a panel, in pixels',
      }),
    },
    {additionalProperties: false},
  ),
  inputs: {from: many('tables of metric eigenvalues, each in a panel', 'table')},
  output: 'figure',
  async run(ctx, inputs, params) {
    const tables = await inputs.tables('from');
    const spec = spectrumSpec(
      tables.map(table => spectrumPanelOf(table, params.series)),
      params,
    );
    ctx.signal.throwIfAborted();
    return {type: 'figure', spec, ...(await render(spec))};
  },
});
