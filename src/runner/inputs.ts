import {readFileSync} from 'node:fs';
import type {Inputs} from '../stages/define.js';
import type {
  Activations,
  Column,
  ImageOrigin,
  LayerInfo,
  PixelRecipe,
  Samples,
  Table,
} from '../stages/ports.js';
import {readNeighbors, readSubsets} from '../store/codecs/indices.js';
import {readSamples} from '../store/codecs/samples.js';
import {readTable} from '../store/codecs/table.js';
import {openLayer} from '../store/codecs/vectors.js';
import type {Manifest, Part} from '../store/manifest.js';
import type {Store} from '../store/store.js';
import type {Node} from './node.js';

/** The finished artifacts of the stages upstream, as a stage sees them. */
export async function openInputs(
  node: Node,
  artifacts: ReadonlyMap<string, Manifest>,
  nodes: ReadonlyMap<string, Node>,
  store: Store,
): Promise<Inputs> {
  const single = (port: string): {label: string; parts: readonly Part[]} => {
    const label = node.from[port]![0]!;
    return {label, parts: artifacts.get(label)!.parts};
  };
  const part = (parts: readonly Part[], name: string): Part | undefined => parts.find(p => p.name === name);
  const file = (p: Part): string => store.blob(p.blob);

  // What stages expect at once, without waiting, is read before they start.
  const samples = new Map<string, Samples>();
  const subsets = new Map<string, Awaited<ReturnType<typeof readSubsets>>>();
  for (const port of Object.keys(node.from)) {
    const {parts} = single(port);
    const table = part(parts, 'samples');
    if (table !== undefined) samples.set(port, await cachedSamples(file(table)));
    const sets = part(parts, 'subsets');
    if (sets !== undefined) subsets.set(port, await readSubsets(file(sets)));
  }

  const activations = (port: string): Activations => ({
    samples: samples.get(port)!,
    layers: single(port)
      .parts.filter(p => p.name.startsWith('layer/'))
      .map(p => openLayer(file(p), p.meta as unknown as LayerInfo)),
  });
  const origin = (port: string): ImageOrigin => originOf(single(port).label, nodes);

  return {
    has: port => (node.from[port]?.length ?? 0) > 0,
    images: port => ({samples: samples.get(port)!, origin: origin(port)}),
    pixels: port => {
      const recipe = part(single(port).parts, 'recipe')!;
      return {
        samples: samples.get(port)!,
        origin: origin(port),
        recipe: JSON.parse(readFileSync(file(recipe), 'utf8')) as PixelRecipe,
      };
    },
    activations,
    subsets: port => {
      const all = activations(port);
      const rows = all.samples.rows.length;
      const full = {
        id: 'full',
        fraction: 1,
        repeat: 0,
        indices: Int32Array.from({length: rows}, (_, i) => i),
      };
      return {...all, subsets: subsets.get(port) ?? [full]};
    },
    tables: async port =>
      Promise.all(
        node.from[port]!.map(async (label): Promise<Table> => {
          const table = part(artifacts.get(label)!.parts, 'table')!;
          const {columns} = table.meta as unknown as {columns: Column[]};
          return {
            label,
            columns,
            rows: await readTable(file(table), columns),
            value: nodes.get(label)!.entry.value,
          };
        }),
      ),
    neighbors: async (layer, port = Object.keys(node.entry.inputs)[0]!) => {
      const table = part(artifacts.get(node.neighbors[port]!)!.parts, `neighbors/${layer}`)!;
      const {n, k} = table.meta as {n: number; k: number};
      return readNeighbors(file(table), n, k);
    },
  };
}

/** The load stage that the images of a stage come from. */
function originOf(label: string, nodes: ReadonlyMap<string, Node>): ImageOrigin {
  const node = nodes.get(label)!;
  const from = node.from['from']?.[0];
  return from === undefined ? {source: node.entry.name!, params: node.params} : originOf(from, nodes);
}

/** All units of a run read the same few sample tables; the last ones stay in memory, by the file of the (immutable) blob. */
const recent = new Map<string, Promise<Samples>>();
const RECENT = 4;

function cachedSamples(file: string): Promise<Samples> {
  const samples = recent.get(file) ?? readSamples(file);
  recent.delete(file);
  recent.set(file, samples);
  if (recent.size > RECENT) recent.delete(recent.keys().next().value!);
  return samples;
}
