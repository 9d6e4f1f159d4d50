import {wrap} from './font.js';
import type {FigureSpec} from './render.js';
import type {Dot, Scatter, ScatterPanel} from './scatter-panels.js';
import {dotStyles, TEXT, THEME} from './theme.js';

export interface ScatterOptions {
  /** Title of the figure; null for none. */
  readonly title: string | null;
  /** Panels in a row; null for as many as suit their number. */
  readonly columns: number | null;
  /** Side of a panel, in pixels. */
  readonly size: number;
}

type Spec = Record<string, unknown>;

/** Room around the dots, as a share of their extent. */
const MARGIN = 0.05;
const SPACING = 20;
const FRAME = '#dddddd';
/** Height of a line of the legend, and of what stands above a panel, in pixels. */
const LEGEND_ROW = 19;
const HEADING = 60;
/** Digits that coordinates are drawn with. */
const DIGITS = 5;
/** Share of a panel that dots would cover side by side, and the smallest and largest area of one, in square pixels. */
const COVER = 0.2;
const AREA = {least: 3, most: 36} as const;

/** The Vega-Lite specification of panels side by side, all with the same colours. */
export function scatterSpec(scatter: Scatter, options: ScatterOptions): FigureSpec {
  const {panels} = scatter;
  const columns = options.columns ?? columnsFor(panels.length);
  const colors = classChannels(scatter, Math.ceil(panels.length / columns) * (options.size + HEADING));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...titleOf(scatter, options, Math.min(columns, panels.length) * (options.size + SPACING) - SPACING),
    config: THEME,
    columns,
    spacing: SPACING,
    concat: panels.map(panel => panelSpec(panel, colors, options.size)),
    resolve: {scale: {color: 'shared', shape: 'shared'}},
  };
}

/** The title, and what stands in place of a legend that would not tell classes apart. */
function titleOf({classes}: Scatter, {title}: ScatterOptions, width: number): Spec {
  const note = dotStyles(classes.length).repeat
    ? [`${classes.length} classes: their colours and shapes repeat`]
    : [];
  if (title === null && note.length === 0) return {};
  const main = {
    text: wrap(title ?? '', width, TEXT.title),
    ...(note.length > 0 && {subtitle: note}),
    fontSize: TEXT.title,
  };
  const small = {text: note, fontSize: TEXT.label, fontWeight: 'normal'};
  return {title: {...(title === null ? small : main), offset: 16}};
}

const columnsFor = (panels: number): number => (panels <= 4 ? panels : panels <= 6 ? 3 : 4);

function panelSpec(panel: ScatterPanel, colors: Spec, size: number): Spec {
  const notes = panel.notes.flatMap(note => wrap(note, size, TEXT.label));
  const frame = {
    title: {
      text: wrap(panel.title, size, TEXT.panel),
      limit: size,
      ...(notes.length > 0 && {subtitle: notes}),
    },
    width: size,
    height: size,
    view: {stroke: FRAME},
  };
  if (panel.missing !== null)
    return {
      ...frame,
      data: {values: [{}]},
      mark: {type: 'text', text: `undefined: ${panel.missing}`, fontSize: TEXT.axis, color: '#666666'},
    };
  const [x, y] = squareDomains(panel.dots);
  const area = (COVER * size * size) / panel.dots.length;
  return {
    ...frame,
    data: {values: panel.dots.map(dot => ({...dot, x: rounded(dot.x), y: rounded(dot.y)}))},
    mark: {
      type: 'point',
      filled: true,
      size: Math.max(AREA.least, Math.min(AREA.most, area)),
      opacity: opacityOf(panel.dots.length),
    },
    encoding: {
      x: {field: 'x', type: 'quantitative', scale: {domain: x, zero: false, nice: false}, axis: null},
      y: {field: 'y', type: 'quantitative', scale: {domain: y, zero: false, nice: false}, axis: null},
      ...colors,
    },
  };
}

const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

/** Fewer dots stand alone; many show how dense they are. */
const opacityOf = (dots: number): number =>
  Number(Math.max(0.4, Math.min(0.9, 0.9 - 0.25 * Math.log10(dots / 300))).toFixed(2));

/** Both axes to one scale: distances are alike in all directions. */
function squareDomains(dots: readonly Dot[]): [x: [number, number], y: [number, number]] {
  const ends = (values: readonly number[]): [number, number] => [
    values.reduce((least, value) => Math.min(least, value), Infinity),
    values.reduce((most, value) => Math.max(most, value), -Infinity),
  ];
  const [x, y] = [ends(dots.map(dot => dot.x)), ends(dots.map(dot => dot.y))];
  const half = (0.5 + MARGIN) * (Math.max(x[1] - x[0], y[1] - y[0]) || 1);
  const around = ([low, high]: [number, number]): [number, number] => [
    (low + high) / 2 - half,
    (low + high) / 2 + half,
  ];
  return [around(x), around(y)];
}

/** A colour, and where those do not suffice a shape, for each class. The legend is as high as the panels. */
function classChannels({classes}: Scatter, height: number): Spec {
  const {colors, shapes, repeat} = dotStyles(Math.max(1, classes.length));
  if (classes.length === 0) return {color: {value: colors[0]}, shape: {value: shapes[0]}};
  const rows = Math.floor(height / LEGEND_ROW);
  const legend = repeat
    ? null
    : {title: 'class', symbolSize: 60, symbolOpacity: 1, columns: Math.ceil(classes.length / rows)};
  const by = (range: readonly string[]): Spec => ({
    field: 'class',
    type: 'nominal',
    scale: {domain: classes, range},
    legend,
  });
  return {color: by(colors), shape: by(shapes)};
}
