import {FONT_FAMILY} from './font.js';

/** Sizes of text in pixels. */
export const TEXT = {title: 14, panel: 12, axis: 11, label: 10} as const;

const INK = '#222222';
const SOFT = '#666666';

/** The look of all figures: a Vega-Lite `config`. */
export const THEME = {
  background: 'white',
  padding: 12,
  // Where the shipped family is absent (an SVG in a browser), Verdana has the same proportions.
  font: `${FONT_FAMILY}, Verdana, sans-serif`,
  view: {stroke: null},
  axis: {
    labelFontSize: TEXT.label,
    labelColor: INK,
    labelPadding: 4,
    titleFontSize: TEXT.axis,
    titleFontWeight: 'normal',
    titleColor: INK,
    titlePadding: 8,
    domainColor: '#888888',
    tickColor: '#888888',
    tickSize: 4,
    gridColor: '#e8e8e8',
  },
  axisX: {grid: false},
  axisY: {domain: false, ticks: false},
  legend: {
    labelFontSize: TEXT.label,
    labelColor: INK,
    labelLimit: 180,
    titleFontSize: TEXT.label,
    titleFontWeight: 'normal',
    titleColor: SOFT,
    rowPadding: 3,
    offset: 14,
    symbolStrokeWidth: 2,
    symbolSize: 160,
  },
  title: {
    anchor: 'start',
    frame: 'group',
    fontSize: TEXT.panel,
    fontWeight: 'bold',
    color: INK,
    offset: 10,
    subtitleFontSize: TEXT.label,
    subtitleColor: SOFT,
    subtitlePadding: 4,
  },
} as const;

/** What is told by name: the palette of Okabe and Ito (2008), legible with every colour vision, less its yellow and black. */
const NAMED = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#555555'];

/** What is told by size: stops of viridis (Smith and van der Walt 2015) from dark to light, less the pale end. */
const ORDERED = ['#440154', '#472d7b', '#3b528b', '#2c728e', '#21918c', '#28ae80', '#5ec962'];

/** What is told by the colour of an area: the whole of viridis, whose lightness grows with the value. */
export const SEQUENTIAL = {scheme: 'viridis'} as const;

/** Dashes tell apart what must share a colour. */
const DASHES = [[], [5, 3], [1.5, 2.5]];

/** Colour and dash of each of `count` lines. */
export function lineStyles(count: number, ordered: boolean): {colors: string[]; dashes: number[][]} {
  const lines = Array.from({length: count}, (_, i) => i);
  if (ordered) {
    const step = count > 1 ? (ORDERED.length - 1) / (count - 1) : 0;
    return {colors: lines.map(i => mixed(i * step)), dashes: lines.map(() => [])};
  }
  return {
    colors: lines.map(i => NAMED[i % NAMED.length]!),
    dashes: lines.map(i => DASHES[Math.floor(i / NAMED.length)]!),
  };
}

/** Shapes tell apart what must share a colour. */
const SHAPES = ['circle', 'triangle-up', 'square'];

/** Colour and shape of the dots of each of `count` classes, and whether there are so many that both repeat. */
export function dotStyles(count: number): {colors: string[]; shapes: string[]; repeat: boolean} {
  const classes = Array.from({length: count}, (_, i) => i);
  return {
    colors: classes.map(i => NAMED[i % NAMED.length]!),
    shapes: classes.map(i => SHAPES[Math.floor(i / NAMED.length) % SHAPES.length]!),
    repeat: count > NAMED.length * SHAPES.length,
  };
}

/** The ordered palette at a place between two of its stops. */
function mixed(at: number): string {
  const stop = Math.min(Math.floor(at), ORDERED.length - 2);
  const channel = (color: string, c: number): number => parseInt(color.slice(1 + 2 * c, 3 + 2 * c), 16);
  const channels = [0, 1, 2].map(c => {
    const from = channel(ORDERED[stop]!, c);
    const to = channel(ORDERED[stop + 1]!, c);
    return Math.round(from + (at - stop) * (to - from));
  });
  return `#${channels.map(c => c.toString(16).padStart(2, '0')).join('')}`;
}
