import {GramSums} from '../../kernels/gram.js';
import type {Scatter, ScatterOptions} from '../../kernels/scatter.js';
import {heldNumbers, RunningScatter} from '../../kernels/scatter.js';
import type {Layer} from '../ports.js';

/** Numbers of 8 bytes held at once, unless a single scatter takes more. */
const HELD = 2 ** 25;

/** The vectors of one token, of some samples. */
export interface Wanted {
  /** Position of the token, 0-based; null if a sample has one vector. */
  readonly token: number | null;
  /** Samples, ascending. */
  readonly indices: Int32Array;
}

/**
 * The scatter of each of some sets of vectors of a layer, in order. The layer is read as often as it takes to hold a few of them at a
 * time, a block at once. What one is made of may be overwritten by the next.
 */
export async function* scatters(
  layer: Layer,
  wanted: readonly Wanted[],
  signal: AbortSignal,
  options: ScatterOptions,
): AsyncGenerator<Scatter> {
  const {dim, dtype} = layer;
  const products = new GramSums(dim, options.threads);
  try {
    for (let from = 0, to = 0; from < wanted.length; from = to) {
      for (let held = 0; to < wanted.length; to++) {
        held += heldNumbers(wanted[to]!.indices.length, dim, dtype === 'float64' ? 'float64' : 'float32');
        if (held > HELD && to > from) break;
      }
      const running = wanted.slice(from, to).map(vectors => new Running(vectors, layer, products, options));
      await readInto(running, layer, signal);
      for (const {scatter} of running) {
        signal.throwIfAborted();
        yield await scatter.finish();
      }
    }
  } finally {
    await products.release();
  }
}

class Running {
  readonly scatter: RunningScatter;
  /** Place among the indices of the sample that comes next. */
  next = 0;

  constructor(
    readonly vectors: Wanted,
    {dim, dtype}: Layer,
    products: GramSums,
    options: ScatterOptions,
  ) {
    const type = dtype === 'float64' ? 'float64' : 'float32';
    this.scatter = new RunningScatter(vectors.indices.length, dim, type, products, options);
  }
}

async function readInto(running: readonly Running[], layer: Layer, signal: AbortSignal): Promise<void> {
  const {dim, tokens} = layer;
  const byToken = Array.from({length: tokens}, (_, token) =>
    running.filter(({vectors}) => (vectors.token ?? 0) === token),
  );
  for await (const {start, count, data} of layer.blocks(signal))
    for (let v = 0; v < count; v++) {
      const sample = Math.floor((start + v) / tokens);
      for (const one of byToken[(start + v) % tokens]!) {
        if (one.vectors.indices[one.next] !== sample) continue;
        one.next++;
        if (one.scatter.take(data.subarray(v * dim, (v + 1) * dim))) await one.scatter.flush();
      }
    }
}
