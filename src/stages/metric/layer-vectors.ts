import type {Vectors} from '../../kernels/vectors.js';
import type {Layer, Matrix} from '../ports.js';

/** Bytes of a layer up to which it is read once and kept. */
const HELD = 2 ** 28;

/** The vectors of a layer with one for each sample; of a large layer block by block, read as often as it takes. */
export async function layerVectors(layer: Layer, signal: AbortSignal): Promise<Matrix | Vectors> {
  const {rows, dim} = layer;
  if (rows * dim * 4 <= HELD) return layer.matrix(signal);
  return {
    rows,
    cols: dim,
    async *blocks() {
      for await (const {data} of layer.blocks(signal)) yield data;
    },
  };
}
