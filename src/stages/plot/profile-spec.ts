import type {Panel} from './panel.js';
import type {FigureSpec} from './render.js';
import type {LayerScale} from './layer-axis.js';
import {layerChannel, layerScale} from './layer-axis.js';
import {domainOf, seriesLook} from './look.js';
import {TEXT, THEME} from './theme.js';
import {wrap} from './font.js';

export interface ProfileOptions {
  readonly x: LayerScale;
  /** Title of the figure; null for none. */
  readonly title: string | null;
  /** Width and height of one panel's plot area, in pixels. */
  readonly width: number;
  readonly height: number;
}

type Spec = Record<string, unknown>;

/** The y axis: its length in pixels, and its ends. */
interface Extent {
  readonly height: number;
  readonly domain: readonly [low: number, high: number];
}

/** Points are small where there are more layers than this. */
const MANY_LAYERS = 16;
/** Width that a single layer takes at most, in pixels. */
const SINGLE_WIDTH = 240;

/**
 * The Vega-Lite specification of stacked panels that share their x axis where they show the same layers; those of one quantity have
 * the same y axis, so that they can be compared.
 */
export function profileSpec(panels: readonly Panel[], options: ProfileOptions): FigureSpec {
  const shared = panels.every(panel => JSON.stringify(panel.layers) === JSON.stringify(panels[0]!.layers));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...(options.title !== null && {
      title: {text: wrap(options.title, options.width, TEXT.title), fontSize: TEXT.title, offset: 16},
    }),
    config: THEME,
    spacing: 28,
    vconcat: panels.map((panel, i) => {
      const alike = panels.filter(other => other.title === panel.title && other.y === panel.y);
      return panelSpec(panel, alike, options, shared && i < panels.length - 1);
    }),
    resolve: {scale: {color: 'independent', strokeDash: 'independent', xOffset: 'independent'}},
  };
}

/** @param alike the panels of the same quantity, this one among them */
function panelSpec(panel: Panel, alike: readonly Panel[], options: ProfileOptions, bare: boolean): Spec {
  const {height} = options;
  const width = panel.layers.length > 1 ? options.width : Math.min(options.width, SINGLE_WIDTH);
  const subtitle = [...(alike.length > 1 ? [panel.label] : []), ...panel.notes].join(' · ');
  const x = layerChannel(panel.layers, {
    scale: layerScale(options.x, panel),
    alike: panel.alike,
    width,
    bare,
  });
  const ticks = Math.max(3, Math.round(height / 40));
  const scale = {domain: valueDomain(alike), zero: false, nice: ticks};
  const y = (field: string): Spec => ({
    y: {field, type: 'quantitative', scale, axis: {title: panel.y, tickCount: ticks}},
  });
  return {
    title: {
      text: wrap(panel.title, width, TEXT.panel),
      ...(subtitle !== '' && {subtitle: wrap(subtitle, width, TEXT.label)}),
    },
    width,
    height,
    data: {values: panel.points},
    layer: [...chanceLayers(panel, x, y, {height, domain: scale.domain}), ...lineLayers(panel, x, y)],
  };
}

/** Bands, lines and points. */
function lineLayers(panel: Panel, x: Spec, y: (field: string) => Spec): Spec[] {
  const {color, dash, offset} = seriesChannels(panel);
  const ends = {x, ...y('low'), y2: {field: 'high'}, ...color, ...offset};
  const means = {x, ...y('value'), ...color, ...offset};
  const bands = [
    {mark: {type: 'area', opacity: 0.18, invalid: BREAK}, encoding: ends},
    {
      transform: [{filter: 'datum.alone'}],
      mark: {type: 'rule', strokeWidth: 1.5, opacity: 0.6},
      encoding: ends,
    },
  ];
  const size = panel.layers.length > MANY_LAYERS ? 12 : 28;
  return [
    ...(panel.points.some(p => p.low !== null && p.observations > 1) ? bands : []),
    {
      mark: {type: 'line', strokeWidth: 1.8, strokeJoin: 'round', invalid: BREAK},
      encoding: {...means, ...dash},
    },
    {mark: {type: 'point', filled: true, opacity: 1, size, invalid: 'filter'}, encoding: means},
  ];
}

/** Where a value is undefined, lines and bands stop and start again. */
const BREAK = 'break-paths-show-domains';

/** The range of everything drawn in some panels. */
const valueDomain = (panels: readonly Panel[]): [number, number] =>
  domainOf(
    panels.flatMap(({points}) => points),
    panels.flatMap(({chance}) => (chance ?? []).map(c => c.chance)),
  );

/** One colour and dash for each series, or one for all. */
function seriesChannels({series, layers}: Panel): {color: Spec; dash: Spec; offset: Spec} {
  if (series === null) return {...seriesLook(null), offset: {}};
  const reach = Math.min(80, 12 * series.keys.length);
  return {
    ...seriesLook(series),
    // A single layer has room for its series side by side.
    offset:
      layers.length > 1
        ? {}
        : {xOffset: {field: 'series', type: 'nominal', scale: {domain: series.keys, range: [-reach, reach]}}},
  };
}

/** A dashed line where a blind guess would be, with its name at the right end: above it, or below where lines are in the way. */
function chanceLayers(panel: Panel, x: Spec, y: (field: string) => Spec, extent: Extent): Spec[] {
  const {chance} = panel;
  if (chance === null) return [];
  const look = {color: '#777777', strokeDash: [4, 3], strokeWidth: 1};
  const last = {values: [chance.at(-1)!]};
  const constant = chance.every(c => c.chance === chance[0]!.chance);
  return [
    constant
      ? {data: last, mark: {type: 'rule', ...look}, encoding: y('chance')}
      : {data: {values: chance}, mark: {type: 'line', ...look}, encoding: {x, ...y('chance')}},
    {
      data: last,
      mark: {
        ...{type: 'text', text: 'chance', fontSize: TEXT.label, color: look.color},
        ...{x: 'width', align: 'right'},
        ...(nameBelow(panel, chance.at(-1)!, extent)
          ? {baseline: 'top', dy: 4}
          : {baseline: 'bottom', dy: -3}),
      },
      encoding: y('chance'),
    },
  ];
}

/** Whether lines end where the name of a chance level would stand above it, and there is room below. */
function nameBelow(
  panel: Panel,
  {layer, chance}: {layer: string; chance: number},
  {height, domain: [low, high]}: Extent,
): boolean {
  const room = ((high - low) / height) * (TEXT.label + 6);
  const ends = panel.points.filter(p => p.layer === layer).map(p => p.value ?? -Infinity);
  return chance - low >= room && ends.some(value => value > chance && value < chance + room);
}
