import {expect} from 'vitest';
import {nearestNeighbors} from '../../../src/kernels/neighbors.js';
import type {FloatArray, Matrix} from '../../../src/kernels/matrix.js';
import type {ArtifactInfo, Inputs} from '../../../src/stages/define.js';
import type {Layer, LayerInfo, Row, Sample, Samples, Subset, Table} from '../../../src/stages/ports.js';
import {loadStage} from '../../../src/stages/registry.js';
import {tableDigest} from '../../../src/store/codecs/table.js';
import {complete, context} from '../load/run-stage.js';

export interface GivenLayer {
  readonly name: string;
  readonly rows: number;
  readonly tokens?: number;
  readonly dim: number;
  readonly data: FloatArray;
}

export interface Given {
  readonly layers?: readonly (GivenLayer | Layer)[];
  /** Layers of the stage's second port. */
  readonly others?: readonly (GivenLayer | Layer)[];
  /** Class of each sample; null where there is none. */
  readonly labels?: readonly (number | null)[];
  readonly classes?: readonly string[];
  readonly subsets?: readonly Subset[];
  readonly tables?: readonly Table[];
}

export const layer = (name: string, {rows, cols, data}: Matrix, tokens = 1): GivenLayer => ({
  name,
  rows: rows / tokens,
  tokens,
  dim: cols,
  data,
});

/** What a stage that measures finds: its rows as they stand in its table, checked against its columns. */
export async function runMetric(
  id: string,
  params: Readonly<Record<string, unknown>>,
  given: Given,
  seed = 0,
): Promise<Row[]> {
  const stage = await loadStage(id);
  const full = complete(stage, params);
  const ports = new Map(
    Object.keys(stage.inputs).map((port, at) => [
      port,
      [given.layers, given.others][at]?.map(openGiven) ?? [],
    ]),
  );
  const infos = Object.fromEntries([...ports].map(([port, layers]) => [port, artifactOf(layers)]));
  const inputs = inputsOf(ports, given);
  const units = (await stage.units?.(infos, full)) ?? [{id: 'all', reads: {}}];
  const results = [];
  for (const unit of units) {
    const output = await stage.run(context(seed), inputs, full, [unit]);
    if (output.type === 'table') results.push({unit, rows: output.rows});
    else if (output.type === 'tables') for await (const rows of output.tables) results.push({unit, rows});
    else throw new Error(`${id} gave ${output.type}`);
  }
  const rows = stage.gather?.(results, infos, full) ?? results.flatMap(r => r.rows);
  // Fails where a row has what is not a column, or a value that its column cannot hold.
  expect(tableDigest(stage.columns!, rows)).toMatch(/^[0-9a-f]{64}$/);
  return rows;
}

const artifactOf = (layers: readonly Layer[]): ArtifactInfo => ({
  type: 'activations',
  parts: layers.map(l => ({name: `layer/${l.name}`, digest: l.name, meta: {...l}})),
});

function samplesOf(count: number, {labels, classes = []}: Given): Samples {
  const rows = Array.from({length: count}, (_, i): Sample => {
    const label = labels?.[i] ?? null;
    return {
      id: `s${i}`,
      uri: `s${i}`,
      sha256: '',
      label,
      class: label === null ? null : (classes[label] ?? null),
      split: null,
      boxes: [],
    };
  });
  return {rows, classes};
}

function inputsOf(ports: ReadonlyMap<string, readonly Layer[]>, given: Given): Inputs {
  const {subsets, tables = []} = given;
  const [first] = ports.keys();
  const count = ports.get(first!)![0]?.rows ?? 0;
  const activations = (port: string) => {
    const own = ports.get(port)!;
    return {samples: samplesOf(own[0]?.rows ?? 0, given), layers: own};
  };
  const full = {id: 'full', fraction: 1, repeat: 0, indices: Int32Array.from({length: count}, (_, i) => i)};
  const none = (): never => {
    throw new Error('not given');
  };
  return {
    has: () => true,
    images: none,
    pixels: none,
    activations,
    subsets: port => ({...activations(port), subsets: subsets ?? [full]}),
    tables: () => Promise.resolve([...tables]),
    // More than asked for, as a table is that other stages share.
    neighbors: async (name, port = first) =>
      nearestNeighbors(
        await ports
          .get(port!)!
          .find(l => l.name === name)!
          .matrix(),
        80,
      ),
  };
}

/** Reads in blocks that end anywhere, between the tokens of a sample too. */
function openGiven(given: GivenLayer | Layer, index: number, {length: count}: readonly unknown[]): Layer {
  if ('blocks' in given) return given;
  const {name, rows, tokens = 1, dim, data} = given;
  const dtype = data instanceof Float64Array ? 'float64' : 'float32';
  const depth = count === 1 ? 1 : index / (count - 1);
  const info: LayerInfo = {name, index, depth, rows, tokens, dim, dtype};
  const vectors = rows * tokens;
  async function* blocks(): AsyncGenerator<{start: number; count: number; data: FloatArray}> {
    for (let start = 0; start < vectors; start += 7) {
      const end = Math.min(start + 7, vectors);
      yield await Promise.resolve({start, count: end - start, data: data.subarray(start * dim, end * dim)});
    }
  }
  return {...info, blocks, matrix: () => Promise.resolve({rows: vectors, cols: dim, data})};
}
