import type {Row} from '../ports.js';
import {groupBy} from './tidy.js';

export interface LayerPosition {
  readonly layer: string;
  readonly depth: number;
  readonly index: number;
}

/** Where the layers of some lines stand. */
export interface Places {
  /** All places along the network, each once. */
  readonly layers: readonly LayerPosition[];
  /** Whether a layer of one name stands at one place in all lines. If not, the lines are of networks that share only the depth. */
  readonly alike: boolean;
  /** The layers of each line, in the order of the lines. */
  readonly ofLines: readonly (readonly LayerPosition[])[];
}

/** Lines of one network may have some of its layers each: then a layer's number is its place among the layers of all. */
export function placesOf(lines: readonly (readonly Row[])[]): Places {
  const ofLines = lines.map(layersOf);
  const all = ofLines.flat();
  const byName = new Map(all.map(at => [at.layer, at]));
  if (all.every(at => same(at, byName.get(at.layer)!)))
    return {layers: [...byName.values()].sort((a, b) => a.index - b.index), alike: true, ofLines};
  if (all.every(at => at.depth === byName.get(at.layer)!.depth)) {
    const numbered = [...byName.values()].sort(byDepth).map((at, index) => ({...at, index}));
    const places = new Map(numbered.map(at => [at.layer, at]));
    const moved = ofLines.map(line => line.map(at => places.get(at.layer)!).sort(byDepth));
    return {layers: numbered, alike: true, ofLines: moved};
  }
  const places = new Map(all.map(at => [`${at.depth} ${at.index}`, at]));
  return {layers: [...places.values()].sort(byDepth), alike: false, ofLines};
}

function layersOf(rows: readonly Row[]): LayerPosition[] {
  const first = [...groupBy(rows, row => row['layer']).values()].map(([row]) => row!);
  return first
    .map(row => ({layer: String(row['layer']), depth: Number(row['depth']), index: Number(row['index'])}))
    .sort((a, b) => a.index - b.index);
}

const same = (a: LayerPosition, b: LayerPosition): boolean => a.depth === b.depth && a.index === b.index;

const byDepth = (a: LayerPosition, b: LayerPosition): number => a.depth - b.depth || a.index - b.index;
