import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  disjointBlocks,
  permutation,
  randomSubsets,
  stridedBlocks,
  subsetSize,
} from '../../src/kernels/decimation.js';
import {mulberry32} from '../golden/golden.js';

const draw = (seed: number) => {
  const next = mulberry32(seed);
  return {int: (n: number) => Math.floor(next() * n)};
};
const sorted = (rows: Iterable<number>) => [...rows].sort((a, b) => a - b);

describe('random subsets', () => {
  test('hold different rows, ascending, as many as the fraction says', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 200}),
        fc.double({min: 0.01, max: 1, noNaN: true}),
        fc.nat(),
        (n, fraction, seed) => {
          const subsets = randomSubsets(n, fraction, 3, draw(seed));
          expect(subsets).toHaveLength(3);
          for (const rows of subsets) {
            expect(rows).toHaveLength(subsetSize(n, fraction));
            expect(new Set(rows).size).toBe(rows.length);
            expect([...rows]).toEqual(sorted(rows));
            expect(rows.every(row => row >= 0 && row < n)).toBe(true);
          }
        },
      ),
    );
  });

  test('are equal for equal seeds and differ between repeats', () => {
    const once = randomSubsets(100, 0.5, 2, draw(4));
    expect(randomSubsets(100, 0.5, 2, draw(4))).toEqual(once);
    expect(once[0]).not.toEqual(once[1]);
  });

  test('take every row equally often', () => {
    const counts = new Array<number>(10).fill(0);
    for (const rows of randomSubsets(10, 0.3, 20_000, draw(1))) for (const row of rows) counts[row]!++;
    for (const count of counts) expect(Math.abs(count - 6000)).toBeLessThan(300);
  });

  test('a fraction of 1 is all rows and draws nothing', () => {
    const none = {
      int: () => {
        throw new Error('drawn');
      },
    };
    expect(randomSubsets(4, 1, 2, none).map(rows => [...rows])).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
  });
});

describe('blocks', () => {
  test('do not overlap and are equally long', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 100}),
        fc.integer({min: 1, max: 12}),
        fc.nat(),
        (n, count, seed) => {
          for (const blocks of [disjointBlocks(permutation(n, draw(seed)), count), stridedBlocks(n, count)]) {
            expect(blocks.map(block => block.length)).toEqual(new Array(count).fill(Math.floor(n / count)));
            const rows = blocks.flatMap(block => [...block]);
            expect(new Set(rows).size).toBe(rows.length);
            for (const block of blocks) expect([...block]).toEqual(sorted(block));
          }
        },
      ),
    );
  });

  test('strided ones take every count-th row', () => {
    expect(stridedBlocks(7, 2).map(rows => [...rows])).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ]);
  });

  test('a permutation holds every row once', () => {
    expect(sorted(permutation(50, draw(2)))).toEqual(Array.from({length: 50}, (_, i) => i));
  });
});
