import type {LayerSpec, Output} from '../stages/define.js';
import type {Column, Row} from '../stages/ports.js';
import {canonicalDigest} from '../store/canonical.js';
import type {Canonical} from '../store/canonical.js';
import {neighborsDigest, subsetsDigest, writeNeighbors, writeSubsets} from '../store/codecs/indices.js';
import {samplesDigest, writeSamples} from '../store/codecs/samples.js';
import {tableDigest, writeTable} from '../store/codecs/table.js';
import {VectorWriter} from '../store/codecs/vectors.js';
import type {Draft, Store} from '../store/store.js';
import {createHash} from 'node:crypto';

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Writes what a stage gave back into one draft. What several units gave goes to drafts of their own: see `saveLayers`. */
export async function saveOutput(draft: Draft, output: Output, columns: readonly Column[]): Promise<void> {
  switch (output.type) {
    case 'images': {
      const file = draft.path();
      const hash = await writeSamples(file, output.samples);
      draft.add('samples', samplesDigest(output.samples), file, {}, hash);
      return;
    }
    case 'pixels': {
      const recipe = output.recipe as unknown as Canonical;
      draft.addBytes('recipe', canonicalDigest('recipe', recipe), JSON.stringify(recipe));
      return;
    }
    case 'activations': {
      if (output.samples !== undefined)
        await saveOutput(draft, {type: 'images', samples: output.samples}, columns);
      await saveLayers([draft], output.layers, output.batches);
      return;
    }
    case 'subsets': {
      const file = draft.path();
      const hash = await writeSubsets(file, output.subsets);
      draft.add('subsets', subsetsDigest(output.subsets), file, {}, hash);
      return;
    }
    case 'table': {
      const present = columns.filter(c => output.rows.some(row => c.name in row));
      await saveTable(draft, present, output.rows);
      return;
    }
    case 'tables':
      throw new Error('tables of several units cannot be one result');
    case 'figure': {
      const {spec, svg, png} = output;
      draft.addBytes('spec', canonicalDigest('figure', spec as Canonical), JSON.stringify(spec));
      draft.addBytes('svg', sha256(svg), svg);
      draft.addBytes('png', sha256(png), png);
      return;
    }
    case 'neighbors': {
      const {n, k, indices, distances} = output;
      const table = {n, k, indices, distances};
      const file = draft.path();
      const hash = await writeNeighbors(file, table);
      draft.add('neighbors', neighborsDigest(table), file, {n, k}, hash);
      return;
    }
  }
}

export async function saveTable(
  draft: Draft,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  const file = draft.path();
  const hash = await writeTable(file, columns, rows);
  draft.add('table', tableDigest(columns, rows), file, {columns}, hash);
}

/** Writes layers block by block as they come: the i-th into the i-th draft, or all into one. */
export async function saveLayers(
  drafts: readonly Draft[],
  layers: readonly LayerSpec[],
  batches: Extract<Output, {type: 'activations'}>['batches'],
): Promise<void> {
  const draftOf = (i: number): Draft => drafts[Math.min(i, drafts.length - 1)]!;
  const files = layers.map((_, i) => draftOf(i).path());
  const writers = await Promise.all(layers.map((layer, i) => VectorWriter.open(files[i]!, layer)));
  try {
    for await (const batch of batches) writers.forEach((writer, i) => writer.write(batch[i]!));
  } catch (error) {
    for (const writer of writers) writer.abort();
    throw error;
  }
  writers.forEach((writer, i) => {
    const {digest, hash} = writer.close();
    const layer = layers[i]!;
    draftOf(i).add(`layer/${layer.name}`, digest, files[i]!, {...layer, index: i}, hash);
  });
}

/** Runs a body with drafts that are discarded if it fails. */
export async function withDrafts<T>(
  store: Store,
  count: number,
  body: (drafts: Draft[]) => Promise<T>,
): Promise<T> {
  const drafts = Array.from({length: count}, () => store.draft());
  try {
    return await body(drafts);
  } finally {
    for (const draft of drafts) draft.discard();
  }
}
