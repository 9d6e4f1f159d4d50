import {textWidth} from './font.js';
import type {LayerPosition} from './layer-places.js';
import {TEXT} from './theme.js';

/** Where layers stand: at their relative depth, at even distances and named, or at even distances and numbered. */
export type LayerScale = 'depth' | 'layer' | 'index';

/** More layers than this are told by relative depth rather than by name. */
const MAX_NAMES = 16;
/** Room between the ends of the axis and the first and last layer, in pixels. */
const INSET = 10;
/** Least space between two flat labels, in pixels. */
const GAP = 8;
/** Least distance from one slanted label to the next along the axis, in line heights. */
const SLANT = 1.8;

/**
 * Layers at the same relative depth would hide each other: then they stand at even distances. Layers of networks that differ have
 * no names in common: they are numbered where they would be named.
 */
export function layerScale(
  wanted: LayerScale,
  {layers, alike}: {readonly layers: readonly LayerPosition[]; readonly alike: boolean},
): LayerScale {
  if (!alike) return wanted === 'layer' ? 'index' : wanted;
  const tied = new Set(layers.map(l => l.depth)).size < layers.length;
  return wanted === 'depth' && tied ? 'layer' : wanted;
}

/**
 * The Vega-Lite x channel of an axis of layers, `width` pixels long, `alike` in all lines; `bare` for ticks only. Positions are
 * numbers, but for a single layer, whose series stand side by side.
 */
export function layerChannel(
  layers: readonly LayerPosition[],
  {scale, alike, width, bare}: {scale: LayerScale; alike: boolean; width: number; bare: boolean},
): Record<string, unknown> {
  const hidden = bare ? {labels: false, title: null} : {};
  if (layers.length === 1) {
    const axis = {title: 'layer', labelAngle: 0, ...hidden};
    return {field: 'layer', type: 'nominal', scale: {type: 'point'}, axis};
  }
  const field = scale === 'depth' ? 'depth' : 'index';
  const values = layers.map(l => l[field]);
  const domain: [number, number] = field === 'depth' ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const named = scale === 'layer' || (scale === 'depth' && alike && layers.length <= MAX_NAMES);
  const title = {
    depth: named ? 'layer at its relative depth' : 'relative depth',
    layer: 'layer',
    index: 'layer index',
  };
  const names = layers.map(l => l.layer);
  const labels = named
    ? nameLabels(
        names,
        values,
        v => INSET + ((v - domain[0]) / (domain[1] - domain[0])) * (width - 2 * INSET),
      )
    : {tickCount: Math.round(width / 50)};
  return {
    field,
    type: 'quantitative',
    scale: {domain, padding: INSET, zero: false, nice: false},
    axis: {title: title[scale], labelFlush: false, ...labels, ...hidden},
  };
}

/** Ticks with names, flat if all fit so, else slanted and thinned until none overlap. */
function nameLabels(
  names: readonly string[],
  values: readonly number[],
  position: (value: number) => number,
) {
  const flat = fitFlat(values.map(position), names);
  const shown = flat ? names.map(() => true) : spaced(values.map(position), SLANT * TEXT.label);
  const label = Object.fromEntries(
    names.flatMap((name, i) => (shown[i]! ? [[String(values[i]), name]] : [])),
  );
  return {
    values: [...new Set(values)],
    labelExpr: `${JSON.stringify(label)}[datum.value] || ''`,
    labelOverlap: false,
    ...(flat
      ? {labelAngle: 0}
      : {labelAngle: -45, labelAlign: 'right', labelBaseline: 'middle', labelLimit: 180, labelPadding: 6}),
  };
}

function fitFlat(positions: readonly number[], names: readonly string[]): boolean {
  const widths = names.map(name => textWidth(name, TEXT.label));
  return positions.every(
    (x, i) => i === 0 || x - positions[i - 1]! >= (widths[i - 1]! + widths[i]!) / 2 + GAP,
  );
}

/** Which of ascending positions to keep so that they are `distance` apart: the last, and from the first on what fits. */
export function spaced(positions: readonly number[], distance: number): boolean[] {
  const last = positions.length - 1;
  let previous = -Infinity;
  return positions.map((x, i) => {
    if (i !== last && (x - previous < distance || positions[last]! - x < distance)) return false;
    previous = x;
    return true;
  });
}
