import {takeRows} from '../../kernels/take-rows.js';
import type {Vectors} from '../../kernels/vectors.js';
import type {Layer, Matrix} from '../ports.js';
import type {Wanted} from './wanted.js';
import {wantedBlocks} from './wanted.js';

/** Numbers held at once. */
const HELD = 2 ** 24;

/**
 * Each of some sets of vectors of a layer, in order. Those for which there is room are held, as many as there is room for, so that the
 * layer is read once for all of them; a larger one is read from the layer whenever its blocks are asked for.
 */
export async function* wantedVectors(
  layer: Layer,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): AsyncGenerator<Matrix | Vectors> {
  for (let from = 0, to = 0; from < wanted.length; from = to) {
    for (let held = 0; to < wanted.length; to++) {
      held += wanted[to]!.indices.length * layer.dim;
      if (held > HELD) break;
    }
    if (to > from) yield* await held(layer, wanted.slice(from, to), signal);
    else yield streamed(layer, wanted[to++]!, signal);
  }
}

async function held(layer: Layer, wanted: readonly Wanted[], signal: AbortSignal): Promise<Matrix[]> {
  const {dim: cols, dtype} = layer;
  const sets = wanted.map(({indices: {length: rows}}) => ({
    rows,
    cols,
    data: dtype === 'float64' ? new Float64Array(rows * cols) : new Float32Array(rows * cols),
    filled: 0,
  }));
  for await (const {data, places} of wantedBlocks(layer, wanted, signal))
    for (const [s, vectors] of places.entries())
      for (const v of vectors) {
        const set = sets[s]!;
        set.data.set(data.subarray(v * cols, (v + 1) * cols), set.filled);
        set.filled += cols;
      }
  return sets;
}

function streamed(layer: Layer, wanted: Wanted, signal: AbortSignal): Vectors {
  const {dim: cols} = layer;
  return {
    rows: wanted.indices.length,
    cols,
    async *blocks() {
      for await (const {data, places} of wantedBlocks(layer, [wanted], signal)) {
        const rows = data.length / cols;
        const vectors = places[0]!;
        if (vectors.length === rows) yield data;
        else if (vectors.length > 0) yield takeRows({rows, cols, data}, vectors).data;
      }
    },
  };
}
