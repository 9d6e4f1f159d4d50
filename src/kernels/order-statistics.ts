import type {FloatArray} from './matrix.js';

type Blocks = AsyncIterable<FloatArray> | Iterable<FloatArray>;

const BINS = 65_536;

/**
 * The numbers of some ranks (from 0, ascending) among non-negative numbers that come in blocks and may be too many to keep, exact. Their
 * bits order them as they are themselves: each pass counts the next sixteen bits of those that share the bits before with a number
 * sought.
 *
 * @param blocks gives all numbers again at every call, in float32 or all in float64
 * @param ranks of how many numbers there are, one at least
 */
export async function orderStatistics(
  blocks: () => Blocks,
  ranks: (count: number) => readonly number[],
): Promise<number[]> {
  const first = new Float64Array(BINS);
  let [count, single] = [0, true];
  for await (const block of blocks()) {
    single = block instanceof Float32Array;
    count += block.length;
    const {digits, width} = digitsOf(block);
    for (let at = width - 1; at < digits.length; at += width) first[digits[at]!]!++;
  }
  const wanted = ranks(count);
  /** Of each number sought the digits that are known, highest first, and its rank among those that share them. */
  let found = wanted.map(rank => locate(first, rank, []));
  const width = single ? 2 : 4;
  for (let known = 1; known < width; known++) {
    const bins = found.map(() => new Float64Array(BINS));
    for await (const block of blocks()) found.forEach(({known}, f) => countNext(block, known, bins[f]!));
    found = found.map(({rest, known}, f) => locate(bins[f]!, rest, known));
  }
  const bits = Uint16Array.from(found.flatMap(({known}) => known.toReversed()));
  return [...(single ? new Float32Array(bits.buffer) : new Float64Array(bits.buffer))];
}

/** The ranks, from 0, of the one or two numbers in the middle of `count`. */
export const middle = (count: number): readonly [number, number] => [
  Math.floor((count - 1) / 2),
  Math.floor(count / 2),
];

/** Sixteen bits each, those of a number one after another, lowest first. */
const digitsOf = (block: FloatArray): {digits: Uint16Array; width: number} => ({
  digits: new Uint16Array(block.buffer, block.byteOffset, block.byteLength / 2),
  width: block.BYTES_PER_ELEMENT / 2,
});

/** Counts the digit that follows those that are known, of the numbers that have these. */
function countNext(block: FloatArray, known: readonly number[], bins: Float64Array): void {
  const {digits, width} = digitsOf(block);
  for (let highest = width - 1; highest < digits.length; highest += width) {
    let d = 0;
    while (d < known.length && digits[highest - d] === known[d]) d++;
    if (d === known.length) bins[digits[highest - d]!]!++;
  }
}

/** The digit that the number of a rank has, and its rank among those with the same. */
function locate(bins: Float64Array, rank: number, known: readonly number[]): {known: number[]; rest: number} {
  let bin = 0;
  let rest = rank;
  while (rest >= bins[bin]!) rest -= bins[bin++]!;
  return {known: [...known, bin], rest};
}
