import type {Average, Series} from './lines.js';
import {lineStyles} from './theme.js';

type Spec = Record<string, unknown>;

const LEGEND_ROWS = 12;

/** Vega-Lite channels that tell lines apart: one colour and dash for each series, or one colour for all. */
export function seriesLook(series: Series | null): {color: Spec; dash: Spec} {
  if (series === null) return {color: {color: {value: lineStyles(1, false).colors[0]}}, dash: {}};
  const {colors, dashes} = lineStyles(series.keys.length, series.ordered);
  const legend = {
    title: series.title,
    symbolType: 'stroke',
    symbolOpacity: 1,
    columns: Math.ceil(series.keys.length / LEGEND_ROWS),
  };
  const by = (range: unknown[]): Spec => ({
    field: 'series',
    type: 'nominal',
    scale: {domain: series.keys, range},
    legend,
  });
  return {color: {color: by(colors)}, dash: series.ordered ? {} : {strokeDash: by(dashes)}};
}

/** The range of values, their bands, and what else is drawn. Shares start from zero; other quantities do not. */
export function domainOf(points: readonly Average[], also: readonly number[] = []): [number, number] {
  const values = points.flatMap(p => (p.value === null ? [] : [p.value]));
  const ends = points.flatMap(({low, high}) => (low === null || high === null ? [] : [low, high]));
  const drawn = [...values, ...ends, ...also];
  if (drawn.length === 0) return [0, 1];
  const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
  if (values.every(v => v >= 0 && v <= 1) && high > 0) return [Math.min(0, low), high];
  const margin = low === high ? Math.abs(low) / 10 || 1 : 0;
  return [low - margin, high + margin];
}
