import {wrap} from './font.js';
import {dodges, logDomain, logTicks, valueTicks} from './log-axis.js';
import {domainOf, seriesLook} from './look.js';
import type {FigureSpec} from './render.js';
import type {ScaleAxis, ScalePanel} from './scale-panel.js';
import {TEXT, THEME} from './theme.js';

export interface ScaleFigureOptions {
  readonly x: ScaleAxis;
  /** Title of the figure; null for none. */
  readonly title: string | null;
  /** Width and height of one panel's plot area, in pixels. */
  readonly width: number;
  readonly height: number;
}

type Spec = Record<string, unknown>;

const AXIS_TITLE: Readonly<Record<ScaleAxis, string>> = {
  n: 'number of samples',
  scale: 'mean distance to the neighbours',
};
/** Room between the ends of the axis and the first and last point, in pixels: more than half of what lines are moved by. */
const INSET = 22;
/** Distance between two lines, and between the first and the last, at one number of samples, at most, in pixels. */
const STEP = 4;
const SPREAD = 36;

/** The Vega-Lite specification of stacked panels that share a logarithmic axis of scales. */
export function scaleSpec(panels: readonly ScalePanel[], options: ScaleFigureOptions): FigureSpec {
  const xs = panels.flatMap(({points}) => points.map(p => p.x));
  const domain = logDomain(xs, INSET / options.width);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...(options.title !== null && {
      title: {text: wrap(options.title, options.width, TEXT.title), fontSize: TEXT.title, offset: 16},
    }),
    config: THEME,
    spacing: 28,
    vconcat: panels.map((panel, i) => {
      const ambiguous = panels.some(other => other !== panel && other.title === panel.title);
      return panelSpec(panel, options, domain, {ambiguous, bare: i < panels.length - 1});
    }),
    resolve: {scale: {color: 'independent', strokeDash: 'independent'}},
  };
}

function panelSpec(
  panel: ScalePanel,
  {x: axis, width, height}: ScaleFigureOptions,
  domain: [number, number],
  {ambiguous, bare}: {ambiguous: boolean; bare: boolean},
): Spec {
  const subtitle = [...(ambiguous ? [panel.label] : []), ...panel.notes].join(' · ');
  const ticks = Math.max(3, Math.round(height / 40));
  const scale = {domain: domainOf(panel.points), zero: false, nice: ticks};
  const xs = panel.points.map(p => p.x);
  const x = {
    field: 'at',
    type: 'quantitative',
    scale: {type: 'log', domain, nice: false},
    axis: {
      title: bare ? null : AXIS_TITLE[axis],
      values: axis === 'n' ? valueTicks(xs, domain, width) : logTicks(domain),
      labelExpr: "format(datum.value, '~r')",
      ...(bare && {labels: false}),
    },
  };
  const y = (field: string): Spec => ({
    y: {field, type: 'quantitative', scale, axis: {title: panel.y, tickCount: ticks}},
  });
  const keys = panel.series?.keys ?? [];
  const step = Math.min(STEP, SPREAD / keys.length);
  const beside = dodges(axis === 'n' ? keys.length : 0, xs, domain, {width, step});
  // The numbers stay in the data; where a point is drawn is a field of its own.
  const placed = panel.points.map(p => ({...p, at: p.x * (beside[keys.indexOf(p.series ?? '')] ?? 1)}));
  const {color, dash} = seriesLook(panel.series);
  const ends = {x, ...y('low'), y2: {field: 'high'}, ...color};
  const means = {x, ...y('value'), ...color};
  const bars = panel.points.some(p => p.low !== null && p.observations > 1);
  return {
    title: {
      text: wrap(panel.title, width, TEXT.panel),
      ...(subtitle !== '' && {subtitle: wrap(subtitle, width, TEXT.label)}),
    },
    width,
    height,
    data: {values: placed},
    layer: [
      ...(bars ? [{mark: {type: 'rule', strokeWidth: 1.4, opacity: 0.55}, encoding: ends}] : []),
      {mark: {type: 'line', strokeWidth: 1.8, strokeJoin: 'round'}, encoding: {...means, ...dash}},
      {mark: {type: 'point', filled: true, opacity: 1, size: 28}, encoding: means},
    ],
  };
}
