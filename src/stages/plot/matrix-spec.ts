import {colorDomain} from './color-domain.js';
import {textWidth} from './font.js';
import {spaced} from './layer-axis.js';
import type {Cell, Pairs} from './pairs.js';
import {panelGrid, panelTitle} from './panel-grid.js';
import type {FigureSpec} from './render.js';
import {SEQUENTIAL, TEXT, THEME} from './theme.js';

export interface MatrixOptions {
  /** Title of the figure; null for none. */
  readonly title: string | null;
  /** Width of a panel at most, in pixels. */
  readonly width: number;
}

type Spec = Record<string, unknown>;

/** Sides of a cell, in pixels. */
const LARGEST = 48;
const SMALLEST = 4;
/** Cells of this side have room for a value. */
const WITH_VALUES = 30;
/** Space that a name takes along the axis. */
const LINE = 1.3 * TEXT.label;

/** The Vega-Lite specification of matrices, two in a row. Those of one quantity share their colours. */
export function matrixSpec(matrices: readonly Pairs[], {title, width}: MatrixOptions): FigureSpec {
  const domains = new Map(
    matrices.map(({y}) => {
      const values = matrices.filter(m => m.y === y).flatMap(m => m.cells.map(c => c.value));
      return [y, colorDomain(values.filter(v => v !== null))];
    }),
  );
  const panels = matrices.map(matrix => {
    const ambiguous = matrices.some(other => other !== matrix && other.title === matrix.title);
    return matrixPanel(matrix, {width, domain: domains.get(matrix.y)!, ambiguous});
  });
  const columns = Math.min(2, panels.length);
  return panelGrid(panels, {title, columns, width: width * columns});
}

function matrixPanel(
  {title, notes, y, label, layers, others, within, cells}: Pairs,
  {width, domain, ambiguous}: {width: number; domain: [number, number]; ambiguous: boolean},
): Spec {
  const longest = Math.max(layers.length, others.length);
  const side = Math.max(SMALLEST, Math.min(LARGEST, Math.floor(width / longest)));
  const size = {width: side * others.length, height: side * layers.length};
  const flat = others.every(name => textWidth(name, TEXT.label) <= side - 3);
  const x = axis(others, side, {
    ...{title: within ? 'other layer' : 'layer compared with', orient: 'bottom'},
    ...(flat ? {labelAngle: 0} : {labelAngle: -45, labelAlign: 'right', labelBaseline: 'middle'}),
  });
  // Depth grows to the right and upwards.
  const up = axis([...layers].reverse(), side, {title: 'layer'});
  const place = {x: {field: 'other', ...x}, y: {field: 'layer', ...up}};
  return {
    title: panelTitle(
      title,
      [[...(ambiguous ? [label] : []), ...notes].join(' · ')].filter(n => n !== ''),
      size.width + 80,
    ),
    ...size,
    data: {values: cells.map(cell => withText(cell, domain))},
    layer: [
      {
        transform: [{filter: 'datum.value !== null'}],
        mark: {type: 'rect'},
        encoding: {
          ...place,
          color: {
            field: 'value',
            type: 'quantitative',
            scale: {...SEQUENTIAL, domain, zero: false, nice: false},
            legend: {title: y, gradientLength: Math.max(60, Math.min(size.height, 160)), tickCount: 5},
          },
        },
      },
      {
        transform: [{filter: 'datum.value === null'}],
        mark: {type: 'rect', color: '#eeeeee'},
        encoding: place,
      },
      ...(side < WITH_VALUES ? [] : [valueLayer(place)]),
    ],
  };
}

const valueLayer = (place: Spec): Spec => ({
  mark: {type: 'text', fontSize: TEXT.label - 1, baseline: 'middle', align: 'center'},
  encoding: {
    ...place,
    text: {field: 'text', type: 'nominal'},
    color: {condition: {test: 'datum.bright', value: THEME.axis.labelColor}, value: 'white'},
  },
});

/** A nominal channel of names, as many of them shown as have room. */
function axis(names: readonly string[], side: number, look: Spec): Spec {
  const shown = spaced(
    names.map((_, i) => i * side),
    LINE,
  );
  return {
    type: 'nominal',
    sort: null,
    scale: {domain: names, padding: 0},
    axis: {
      values: names.filter((_, i) => shown[i]!),
      labelOverlap: false,
      labelLimit: 180,
      domain: false,
      ticks: false,
      grid: false,
      ...look,
    },
  };
}

/** A cell with its value in a few digits, and whether it is drawn in a colour on which dark text is legible. */
function withText(cell: Cell, [low, high]: [number, number]): Cell & {text: string; bright: boolean} {
  const {value} = cell;
  if (value === null) return {...cell, text: '–', bright: true};
  return {...cell, text: fewDigits(value), bright: (value - low) / (high - low) > 0.6};
}

function fewDigits(value: number): string {
  const size = Math.abs(value);
  if (size < 0.0005) return '0';
  if (size < 0.0095) return value.toFixed(3);
  return size < 10 ? value.toFixed(2) : String(Number(value.toPrecision(3)));
}
