import {GramSums} from '../../kernels/gram.js';
import type {Scatter, ScatterOptions} from '../../kernels/scatter.js';
import {heldNumbers, RunningScatter} from '../../kernels/scatter.js';
import type {Layer} from '../ports.js';
import type {Wanted} from './wanted.js';
import {wantedBlocks} from './wanted.js';

/** Numbers of 8 bytes held at once, unless a single scatter takes more. */
const HELD = 2 ** 25;

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
  const type = dtype === 'float64' ? 'float64' : 'float32';
  const products = new GramSums(dim, options.threads);
  let running: RunningScatter[] = [];
  try {
    for (let from = 0, to = 0; from < wanted.length; from = to) {
      for (let held = 0; to < wanted.length; to++) {
        held += heldNumbers(wanted[to]!.indices.length, dim, type);
        if (held > HELD && to > from) break;
      }
      const sets = wanted.slice(from, to);
      const before = running;
      running = sets.map(
        ({indices}, s) => new RunningScatter(indices.length, dim, type, products, options, before[s]?.block),
      );
      for await (const {data, places} of wantedBlocks(layer, sets, signal))
        for (const [set, vectors] of places.entries())
          for (const v of vectors)
            if (running[set]!.take(data.subarray(v * dim, (v + 1) * dim))) await running[set]!.flush();
      for (const scatter of running) {
        signal.throwIfAborted();
        yield await scatter.finish();
      }
    }
  } finally {
    await products.release();
  }
}
