import type {TokenBlock} from '../../kernels/token-correlation.js';
import type {Layer} from '../ports.js';

/** Numbers in a block, unless a sample alone has more. */
const BLOCK = 2 ** 21;

/**
 * Reads a layer in blocks of whole samples, where its own blocks may end between the tokens of one. The data of a block are
 * overwritten by the next.
 */
export async function* sampleBlocks(layer: Layer, signal: AbortSignal): AsyncGenerator<TokenBlock> {
  const {tokens, dim, rows, dtype} = layer;
  const size = tokens * dim;
  const most = Math.max(1, Math.min(rows, Math.floor(BLOCK / size)));
  const held = dtype === 'float64' ? new Float64Array(most * size) : new Float32Array(most * size);
  let filled = 0;
  for await (const {data} of layer.blocks(signal))
    for (let at = 0; at < data.length;) {
      const count = Math.min(data.length - at, held.length - filled);
      held.set(data.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < held.length) continue;
      yield {samples: most, tokens, dim, data: held};
      filled = 0;
    }
  if (filled > 0) yield {samples: filled / size, tokens, dim, data: held.subarray(0, filled)};
}
