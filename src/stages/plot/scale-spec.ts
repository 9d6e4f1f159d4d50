import {wrap} from './font.js';
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
/** Room between the ends of the axis and the first and last point, as a factor. */
const MARGIN = 1.12;
/** Most ticks of the logarithmic axis. */
const MOST_TICKS = 8;

/** The Vega-Lite specification of stacked panels that share a logarithmic axis of scales. */
export function scaleSpec(panels: readonly ScalePanel[], options: ScaleFigureOptions): FigureSpec {
  const xs = panels.flatMap(({points}) => points.map(p => p.x));
  const [low, high] = xs.length === 0 ? [1, 10] : [Math.min(...xs), Math.max(...xs)];
  const domain: [number, number] = [low / MARGIN, high * MARGIN];
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
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: {type: 'log', domain, nice: false},
    axis: {
      title: bare ? null : AXIS_TITLE[axis],
      values: logTicks(domain),
      labelExpr: "format(datum.value, '~r')",
      ...(bare && {labels: false}),
    },
  };
  const y = (field: string): Spec => ({
    y: {field, type: 'quantitative', scale, axis: {title: panel.y, tickCount: ticks}},
  });
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
    data: {values: panel.points},
    layer: [
      ...(bars ? [{mark: {type: 'rule', strokeWidth: 1.4, opacity: 0.55}, encoding: ends}] : []),
      {mark: {type: 'line', strokeWidth: 1.8, strokeJoin: 'round'}, encoding: {...means, ...dash}},
      {mark: {type: 'point', filled: true, opacity: 1, size: 28}, encoding: means},
    ],
  };
}

/** Ticks at 1, 2 and 5 times powers of ten; at the powers alone where those are too many, at even steps where they are too few. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const inside = (tick: number): boolean => tick >= low && tick <= high;
  const exponents = Array.from(
    {length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1},
    (_, i) => Math.floor(Math.log10(low)) + i,
  );
  const at = (digits: readonly number[]): number[] =>
    exponents.flatMap(e => digits.map(digit => Number(`${digit}e${e}`))).filter(inside);
  const fine = at([1, 2, 5]);
  if (fine.length > MOST_TICKS) return at([1]);
  if (fine.length >= 3) return fine;
  const [from, to, step] = evenSteps(low, high);
  return Array.from({length: to - from + 1}, (_, i) => Number(((from + i) * step).toPrecision(6)));
}

/** The multiples of a round step, four to nine of them, that a range holds: from the first times the step to the last. */
function evenSteps(low: number, high: number): [from: number, to: number, step: number] {
  const size = 10 ** Math.floor(Math.log10((high - low) / 4));
  const step = [5, 2, 1].map(digit => digit * size).find(s => (high - low) / s >= 4)!;
  return [Math.ceil(low / step), Math.floor(high / step), step];
}
