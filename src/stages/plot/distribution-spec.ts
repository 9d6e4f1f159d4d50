import type {Distribution, Distributions} from './distributions.js';
import {wrap} from './font.js';
import {panelColumns, panelGrid, panelTitle} from './panel-grid.js';
import type {FigureSpec} from './render.js';
import {lineStyles, TEXT, THEME} from './theme.js';

export interface DistributionOptions {
  /** Title of the figure; null takes the name of the quantity. */
  readonly title: string | null;
  /** Width of a row of panels, in pixels. */
  readonly width: number;
  /** Height of one panel's plot area, in pixels. */
  readonly height: number;
}

/** Space from one panel to the next, with the labels of its axis, in pixels. */
const GAP = 60;

type Spec = Record<string, unknown>;

/** The Vega-Lite specification of histograms side by side: on one x axis, each as high as its highest bin. */
export function distributionSpec(
  all: Distributions,
  {title, width, height}: DistributionOptions,
): FigureSpec {
  const columns = panelColumns(all.panels.length);
  const each = Math.floor((width - GAP * (columns - 1)) / columns);
  const panels = all.panels.map((panel, i): Spec => {
    const place = {left: i % columns === 0, bottom: i + columns >= all.panels.length};
    return {
      ...(panel.name !== null && {title: panelTitle(panel.name, [meanNote(panel)], each)}),
      width: each,
      height,
      layer: histogramLayers(panel, all, {...place, width: each}),
    };
  });
  const notes = [...all.panels.filter(p => p.name === null).map(meanNote), countNote(all), ...all.notes];
  return panelGrid(panels, {title: title ?? all.title, notes, columns, width});
}

const meanNote = ({mean}: Distribution): string =>
  mean === null ? 'no value' : `mean ${String(Number(mean.toPrecision(2)))}`;

/** How many values the panels have. */
function countNote({panels}: Distributions): string {
  const counts = panels.map(panel => panel.n);
  const ends = [...new Set([Math.min(...counts), Math.max(...counts)])].map(String).join(' to ');
  return `n = ${ends}${panels.length > 1 ? ' in each panel' : ''}`;
}

function histogramLayers(
  {bins, mean}: Distribution,
  {y, range}: Distributions,
  {left, bottom, width}: {left: boolean; bottom: boolean; width: number},
): Spec[] {
  const x = {
    type: 'quantitative',
    scale: {domain: range, zero: false, nice: false},
    axis: {
      ...{title: bottom ? wrap(y, width, TEXT.axis) : null, labels: bottom},
      ...{tickCount: Math.max(2, Math.round(width / 40)), labelFlush: false},
    },
  };
  const up = {
    type: 'quantitative',
    scale: {domain: [0, Math.max(0, ...bins.map(bin => bin.share))], nice: 3},
    axis: {title: left ? 'share' : null, format: '~%', tickCount: 3},
  };
  return [
    {
      data: {values: bins},
      mark: {type: 'bar', color: lineStyles(1, false).colors[0], opacity: 0.75},
      encoding: {
        x: {field: 'start', bin: {binned: true}, ...x},
        x2: {field: 'end'},
        y: {field: 'share', ...up},
      },
    },
    {
      data: {values: mean === null ? [] : [{mean}]},
      mark: {type: 'rule', color: THEME.axis.labelColor, strokeDash: [4, 3], strokeWidth: 1},
      encoding: {x: {field: 'mean', ...x}},
    },
  ];
}
