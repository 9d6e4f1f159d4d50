import {colorDomain} from './color-domain.js';
import {panelColumns, panelGrid, panelTitle} from './panel-grid.js';
import type {FigureSpec} from './render.js';
import {lineStyles, SEQUENTIAL} from './theme.js';
import type {TokenPanels} from './token-panels.js';

export interface TokenMapOptions {
  /** Title of the figure; null takes the name of the quantity. */
  readonly title: string | null;
  /** Width of a panel, in pixels. */
  readonly width: number;
}

type Spec = Record<string, unknown>;

/** The Vega-Lite specification of maps of patches, all with the same colours. */
export function tokenMapSpec(all: TokenPanels, {title, width}: TokenMapOptions): FigureSpec {
  const [rows, columns] = all.grid;
  const side = Math.max(1, Math.floor(width / columns));
  const size = {width: side * columns, height: side * rows};
  const beside = panelColumns(all.panels.length);
  const color = {field: 'value', ...(all.clusters ? clusterColors(all) : amountColors(all, size.height))};
  const axis = {labels: false, ticks: false, domain: false, grid: false, title: null};
  const place = (field: 'x' | 'y', count: number): Spec => ({
    field,
    type: 'ordinal',
    scale: {domain: Array.from({length: count}, (_, i) => i), padding: 0},
    axis,
  });
  const panels = all.panels.map((panel, i): Spec => ({
    title: panelTitle(panel.name, panel.notes, size.width),
    ...size,
    data: {values: panel.patches},
    layer: [false, true].map(defined => ({
      transform: [{filter: `datum.value ${defined ? '!==' : '==='} null`}],
      mark: {type: 'rect', stroke: 'white', strokeWidth: 0.5, ...(!defined && {color: '#eeeeee'})},
      encoding: {
        x: place('x', columns),
        y: place('y', rows),
        // One legend for all, at the end of the first row.
        ...(defined && {color: i === beside - 1 ? color : {...color, legend: null}}),
      },
    })),
  }));
  const whole = beside * size.width;
  return panelGrid(panels, {title: title ?? all.title, notes: all.notes, columns: beside, width: whole});
}

const valuesOf = (all: TokenPanels): number[] =>
  all.panels.flatMap(panel => panel.patches.flatMap(p => (p.value === null ? [] : [p.value])));

function amountColors(all: TokenPanels, height: number): Spec {
  return {
    type: 'quantitative',
    scale: {...SEQUENTIAL, domain: colorDomain(valuesOf(all)), zero: false, nice: false},
    legend: {title: all.y, gradientLength: Math.max(60, Math.min(height - 28, 160)), tickCount: 5},
  };
}

function clusterColors(all: TokenPanels): Spec {
  const clusters = [...new Set(valuesOf(all))].sort((a, b) => a - b);
  return {
    type: 'nominal',
    scale: {domain: clusters, range: lineStyles(clusters.length, false).colors},
    legend: {title: all.y, symbolType: 'square', symbolStrokeWidth: 0, symbolOpacity: 1},
  };
}
