import type {Layer, Matrix} from '../ports.js';

/** Numbers held at once. */
const HELD = 2 ** 26;

/** The vectors of one token of every sample, or of the only one. */
export interface TokenVectors {
  /** Position of the token, 0-based; null if a sample has one vector. */
  readonly token: number | null;
  readonly matrix: () => Promise<Matrix>;
}

/**
 * The layer token by token, one matrix of all samples each. The layer is read when a matrix is asked for, as often as it takes to hold a few tokens at a
 * time: its file has them sample by sample.
 */
export function* tokenVectors(layer: Layer, signal: AbortSignal): Generator<TokenVectors> {
  const {rows, tokens, dim} = layer;
  if (tokens === 1) {
    let whole: Promise<Matrix> | undefined;
    yield {token: null, matrix: () => (whole ??= layer.matrix(signal))};
    return;
  }
  const group = Math.max(1, Math.min(tokens, Math.floor(HELD / Math.max(1, rows * dim))));
  for (let from = 0; from < tokens; from += group) {
    const to = Math.min(from + group, tokens);
    let held: Promise<Matrix[]> | undefined;
    for (let token = from; token < to; token++)
      yield {
        token,
        matrix: async () => (await (held ??= readTokens(layer, from, to, signal)))[token - from]!,
      };
  }
}

async function readTokens(layer: Layer, from: number, to: number, signal: AbortSignal): Promise<Matrix[]> {
  const {rows, tokens, dim, dtype} = layer;
  const matrices = Array.from({length: to - from}, () => ({
    rows,
    cols: dim,
    data: dtype === 'float64' ? new Float64Array(rows * dim) : new Float32Array(rows * dim),
  }));
  for await (const {start, count, data} of layer.blocks(signal))
    for (let v = 0; v < count; v++) {
      const token = (start + v) % tokens;
      if (token < from || token >= to) continue;
      const sample = Math.floor((start + v) / tokens);
      matrices[token - from]!.data.set(data.subarray(v * dim, (v + 1) * dim), sample * dim);
    }
  return matrices;
}
