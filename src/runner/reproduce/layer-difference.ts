import type {FloatArray, Layer, LayerInfo} from '../../stages/ports.js';

/** How the numbers of two layers differ. */
export interface LayerDifference {
  readonly kind: 'layer';
  /** Largest |a - b|. */
  readonly absolute: number;
  /** Largest |a| or |b|, which tells how much that is. */
  readonly largest: number;
}

/** Two layers that have not the same shape, so that their numbers cannot be set against each other. */
export interface ShapeDifference {
  readonly kind: 'shape';
  readonly before: readonly number[];
  readonly now: readonly number[];
}

/** Compares two layers number by number, block by block. */
export async function layerDifference(before: Layer, now: Layer): Promise<LayerDifference | ShapeDifference> {
  const shapes = [shapeOf(before), shapeOf(now)] as const;
  if (shapes[0].join() !== shapes[1].join()) return {kind: 'shape', before: shapes[0], now: shapes[1]};
  let absolute = 0;
  let largest = 0;
  const other = new Reader(now);
  for await (const {data} of before.blocks()) {
    const match = await other.take(data.length);
    for (let i = 0; i < data.length; i++) {
      const a = data[i]!;
      const b = match[i]!;
      if (Object.is(a, b)) continue;
      const apart = Math.abs(a - b);
      absolute = Math.max(absolute, Number.isNaN(apart) ? Infinity : apart);
    }
    largest = Math.max(largest, largestOf(data), largestOf(match));
  }
  return {kind: 'layer', absolute, largest};
}

const shapeOf = ({rows, tokens, dim}: LayerInfo): number[] => [rows, tokens, dim];

function largestOf(values: FloatArray): number {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
  return largest;
}

/** Takes the numbers of a layer in pieces of any size. */
class Reader {
  readonly #blocks;
  #left: FloatArray = new Float64Array(0);

  constructor(layer: Layer) {
    this.#blocks = layer.blocks()[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Float64Array> {
    const taken = new Float64Array(count);
    for (let filled = 0; filled < count;) {
      if (this.#left.length === 0) {
        const next = await this.#blocks.next();
        if (next.done === true) throw new Error(`a layer ends ${count - filled} numbers too early`);
        this.#left = next.value.data;
      }
      const part = this.#left.subarray(0, count - filled);
      taken.set(part, filled);
      this.#left = this.#left.subarray(part.length);
      filled += part.length;
    }
    return taken;
  }
}
