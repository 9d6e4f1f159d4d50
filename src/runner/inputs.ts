import {readFileSync} from 'node:fs';
import type {Inputs, StageDefinition} from '../stages/define.js';
import type {Activations, Column, LayerInfo, PixelRecipe, Samples, Table} from '../stages/ports.js';
import {FULL} from '../stages/ports.js';
import {readNeighbors, readSubsets} from '../store/codecs/indices.js';
import {readSamples} from '../store/codecs/samples.js';
import {readTable} from '../store/codecs/table.js';
import {openLayer} from '../store/codecs/vectors.js';
import type {Part} from '../store/manifest.js';
import {storeErrors} from '../store/store-errors.js';
import type {Store} from '../store/store.js';
import type {InputArtifact, Job} from './executor/job.js';
import {mergeVariants} from './variant-tables.js';

/** The finished artifacts of the stages upstream, as a stage sees them. */
export async function openInputs(
  stage: StageDefinition,
  artifacts: Job['inputs'],
  neighbors: Job['neighbors'],
  store: Store,
): Promise<Inputs> {
  const single = (port: string): InputArtifact => artifacts[port]![0]!;
  const part = (parts: readonly Part[], name: string): Part | undefined => parts.find(p => p.name === name);
  const file = (p: Part): string => store.blob(p.blob);

  // What stages expect at once, without waiting, is read before they start.
  const samples = new Map<string, Samples>();
  const subsets = new Map<string, Awaited<ReturnType<typeof readSubsets>>>();
  for (const port of Object.keys(artifacts)) {
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

  return {
    has: port => (artifacts[port]?.length ?? 0) > 0,
    images: port => ({samples: samples.get(port)!, origin: single(port).origin!}),
    pixels: port => {
      const recipe = file(part(single(port).parts, 'recipe')!);
      const text = storeErrors(recipe, () => readFileSync(recipe, 'utf8'));
      return {
        samples: samples.get(port)!,
        origin: single(port).origin!,
        recipe: JSON.parse(text) as PixelRecipe,
      };
    },
    activations,
    subsets: port => {
      const all = activations(port);
      const rows = all.samples.rows.length;
      const full = {
        id: FULL,
        fraction: 1,
        repeat: 0,
        indices: Int32Array.from({length: rows}, (_, i) => i),
      };
      return {...all, subsets: subsets.get(port) ?? [full]};
    },
    tables: async port =>
      mergeVariants(
        await Promise.all(
          artifacts[port]!.map(async ({label, parts, value}): Promise<Table> => {
            const table = part(parts, 'table')!;
            const {columns} = table.meta as unknown as {columns: Column[]};
            return {label, columns, rows: await readTable(file(table), columns), value};
          }),
        ),
      ),
    neighbors: async (layer, port = Object.keys(stage.inputs)[0]!) => {
      const table = part(neighbors[port]!, `neighbors/${layer}`)!;
      const {n, k} = table.meta as {n: number; k: number};
      return readNeighbors(file(table), n, k);
    },
  };
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
