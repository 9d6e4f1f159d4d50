import {wrap} from './font.js';
import {logDomain, logTicks, powerLabels} from './log-axis.js';
import type {Range} from './log-axis.js';
import {seriesLook} from './look.js';
import type {FigureSpec} from './render.js';
import type {SpectrumPanel, SpectrumPoint} from './spectrum-panel.js';
import {TEXT, THEME} from './theme.js';

export interface SpectrumFigureOptions {
  /** Title of the figure; null for none. */
  readonly title: string | null;
  /** Width and height of one panel's plot area, in pixels. */
  readonly width: number;
  readonly height: number;
}

type Spec = Record<string, unknown>;

/** Room between the ends of the axes and what is drawn, in pixels: the name of the guide stands there. */
const INSET = 24;
/** Panels side by side. */
const COLUMNS = 2;
/** How far above all lines the guide runs, as a factor. */
const CLEAR = 1.4;

/** The Vega-Lite specification of panels whose logarithmic axes are the same, so that slopes can be compared. */
export function spectrumSpec(
  panels: readonly SpectrumPanel[],
  {title, width, height}: SpectrumFigureOptions,
): FigureSpec {
  const points = panels.flatMap(panel => panel.points);
  const ranks = logDomain(
    points.map(p => p.rank),
    INSET / width,
  );
  const shares = logDomain(
    points.flatMap(p => [p.low ?? p.value, p.high ?? p.value]),
    INSET / height,
  );
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...(title !== null && {
      title: {text: wrap(title, width, TEXT.title), fontSize: TEXT.title, offset: 16},
    }),
    config: THEME,
    spacing: 28,
    columns: COLUMNS,
    concat: panels.map((panel): Spec => {
      const name = panels.length > 1 ? panel.label : 'Eigenvalues of the covariance';
      return {
        title: {
          text: wrap(name, width, TEXT.panel),
          ...(panel.notes.length > 0 && {subtitle: wrap(panel.notes.join(' · '), width, TEXT.label)}),
        },
        width,
        height,
        data: {values: panel.points},
        layer: layersOf(panel, ranks, shares),
      };
    }),
    resolve: {scale: {color: 'independent', strokeDash: 'independent'}},
  };
}

/** Bands, the guide, and lines. */
function layersOf({series, points}: SpectrumPanel, ranks: Range, shares: Range): Spec[] {
  const {color, dash} = seriesLook(series);
  const up = logTicks(shares);
  const x = {
    field: 'rank',
    type: 'quantitative',
    scale: {type: 'log', domain: ranks, nice: false},
    axis: {title: 'rank n', values: logTicks(ranks), format: '~r'},
  };
  const y = (field: string): Spec => ({
    field,
    type: 'quantitative',
    scale: {type: 'log', domain: shares, nice: false},
    axis: {title: 'share of the variance', values: up, labelExpr: powerLabels(up)},
  });
  const bands = points.some(p => p.observations > 1);
  const means = {x, y: y('value'), ...color};
  return [
    ...(bands
      ? [{mark: {type: 'area', opacity: 0.15}, encoding: {x, y: y('low'), y2: {field: 'high'}, ...color}}]
      : []),
    ...guideLayers(guideOf(points, shares), x, y('value')),
    {mark: {type: 'line', strokeWidth: 1.8, strokeJoin: 'round'}, encoding: {...means, ...dash}},
    {
      transform: [{filter: 'datum.alone'}],
      mark: {type: 'point', filled: true, opacity: 1, size: 28},
      encoding: means,
    },
  ];
}

type End = Pick<SpectrumPoint, 'rank' | 'value'>;

/** The ends of a line that falls as 1 / rank, above all others as far as the axis reaches. None of a single rank. */
function guideOf(points: readonly SpectrumPoint[], [, most]: Range): End[] {
  const above = CLEAR * Math.max(...points.map(p => p.rank * (p.high ?? p.value)));
  const from = Math.max(Math.min(...points.map(p => p.rank)), above / most);
  const to = Math.max(...points.map(p => p.rank));
  return from < to ? [from, to].map(rank => ({rank, value: above / rank})) : [];
}

function guideLayers(ends: readonly End[], x: Spec, y: Spec): Spec[] {
  if (ends.length === 0) return [];
  const color = '#777777';
  return [
    {
      data: {values: ends},
      mark: {type: 'line', color, strokeDash: [4, 3], strokeWidth: 1},
      encoding: {x, y},
    },
    {
      data: {values: ends.slice(-1)},
      mark: {
        ...{type: 'text', text: 'n⁻¹', fontSize: TEXT.label, color},
        ...{align: 'left', baseline: 'middle', dx: 4},
      },
      encoding: {x, y},
    },
  ];
}
