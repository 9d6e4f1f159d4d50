/**
 * Median of all n^2 squared distances of n points, the n zeros of the points to themselves among them, from the distances
 * of the pairs. Of an even number the mean of the middle two.
 *
 * @param pairs squared distances of the n (n - 1) / 2 pairs; sorted in place
 */
export function medianOfPairs(pairs: Float64Array, n: number): number {
  pairs.sort();
  const at = (rank: number): number => (rank < n ? 0 : pairs[(rank - n) >> 1]!);
  const [low, high] = middle(n * n);
  return (at(low) + at(high)) / 2;
}

/** The ranks, from 0, of the one or two numbers in the middle of `count`. */
export const middle = (count: number): readonly [number, number] => [
  Math.floor((count - 1) / 2),
  Math.floor(count / 2),
];

/**
 * Median of non-negative float32 numbers that come in blocks and are too many to keep, exact, in two passes: the first counts
 * the upper halves of their bits, which order them, the second the lower halves of those in the middle.
 *
 * @param blocks gives all numbers again at every call
 */
export async function medianOfBlocks(blocks: () => AsyncIterable<Float32Array>): Promise<number> {
  const upper = new Float64Array(65_536);
  let count = 0;
  for await (const bits of asBits(blocks())) {
    for (const value of bits) upper[value >>> 16]!++;
    count += bits.length;
  }
  const places = middle(count).map(rank => locate(upper, rank));
  const lower = places.map(() => new Float64Array(65_536));
  for await (const bits of asBits(blocks())) {
    for (const value of bits)
      for (let p = 0; p < places.length; p++)
        if (value >>> 16 === places[p]!.bin) lower[p]![value & 0xffff]!++;
  }
  const values = places.map(({bin, rest}, p) => (bin << 16) | locate(lower[p]!, rest).bin);
  const [low, high] = new Float32Array(Uint32Array.from(values).buffer);
  return (low! + high!) / 2;
}

async function* asBits(blocks: AsyncIterable<Float32Array>): AsyncGenerator<Uint32Array> {
  for await (const {buffer, byteOffset, length} of blocks) yield new Uint32Array(buffer, byteOffset, length);
}

/** The bin that holds the number of a rank, and its rank within the bin. */
function locate(bins: Float64Array, rank: number): {bin: number; rest: number} {
  let bin = 0;
  let rest = rank;
  while (rest >= bins[bin]!) rest -= bins[bin++]!;
  return {bin, rest};
}
