import type {FloatArray, Layer} from '../ports.js';

/** The vectors of one token, of some samples. */
export interface Wanted {
  /** Position of the token, 0-based; null if a sample has one vector. */
  readonly token: number | null;
  /** Samples, ascending. */
  readonly indices: Int32Array;
}

/** A block of a layer, and where in it the vectors of each set are. */
export interface WantedBlock {
  readonly data: FloatArray;
  /** By set: numbers of vectors of the block, ascending. */
  readonly places: readonly (readonly number[])[];
}

/** Reads a layer once, and tells of every block which vectors of some sets it has. */
export async function* wantedBlocks(
  layer: Layer,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): AsyncGenerator<WantedBlock> {
  const {tokens} = layer;
  const sets = wanted.map(({token, indices}, set) => ({set, token: token ?? 0, indices, next: 0}));
  const byToken = Array.from({length: tokens}, (_, token) => sets.filter(one => one.token === token));
  for await (const {start, count, data} of layer.blocks(signal)) {
    const places = wanted.map((): number[] => []);
    for (let v = 0; v < count; v++) {
      const sample = Math.floor((start + v) / tokens);
      for (const one of byToken[(start + v) % tokens]!) {
        if (one.indices[one.next] !== sample) continue;
        one.next++;
        places[one.set]!.push(v);
      }
    }
    yield {data, places};
  }
}
