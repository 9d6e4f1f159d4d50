/**
 * The numbers of some ranks (from 0, ascending) among non-negative float32 numbers that come in blocks and may be too many to keep,
 * exact, in two passes: the first counts the upper halves of their bits, which order them, the second the lower halves of those
 * that share theirs with a number sought.
 *
 * @param blocks gives all numbers again at every call
 */
export async function orderStatistics(
  blocks: () => AsyncIterable<Float32Array> | Iterable<Float32Array>,
  ranks: (count: number) => readonly number[],
): Promise<number[]> {
  const upper = new Float64Array(BINS);
  let count = 0;
  for await (const bits of asBits(blocks())) {
    for (const value of bits) upper[value >>> 16]!++;
    count += bits.length;
  }
  const places = ranks(count).map(rank => locate(upper, rank));
  const lower = places.map(() => new Float64Array(BINS));
  for await (const bits of asBits(blocks()))
    places.forEach(({bin}, p) => {
      const bins = lower[p]!;
      for (const value of bits) if (value >>> 16 === bin) bins[value & 0xffff]!++;
    });
  const found = places.map(({bin, rest}, p) => (bin << 16) | locate(lower[p]!, rest).bin);
  return [...new Float32Array(Uint32Array.from(found).buffer)];
}

/** The ranks, from 0, of the one or two numbers in the middle of `count`. */
export const middle = (count: number): readonly [number, number] => [
  Math.floor((count - 1) / 2),
  Math.floor(count / 2),
];

const BINS = 65_536;

async function* asBits(
  blocks: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): AsyncGenerator<Uint32Array> {
  for await (const {buffer, byteOffset, length} of blocks) yield new Uint32Array(buffer, byteOffset, length);
}

/** The bin that holds the number of a rank, and its rank within the bin. */
function locate(bins: Float64Array, rank: number): {bin: number; rest: number} {
  let bin = 0;
  let rest = rank;
  while (rest >= bins[bin]!) rest -= bins[bin++]!;
  return {bin, rest};
}
