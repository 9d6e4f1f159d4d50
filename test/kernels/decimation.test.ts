import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  binMembers,
  disjointBlocks,
  permutation,
  randomSubset,
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
          const size = subsetSize(n, fraction);
          expect(Math.abs(size - n * fraction)).toBeLessThanOrEqual(n * fraction < 1 ? 1 : 0.5);
          const rows = randomSubset(n, size, draw(seed));
          expect(rows).toHaveLength(size);
          expect(new Set(rows).size).toBe(rows.length);
          expect([...rows]).toEqual(sorted(rows));
          expect(rows.every(row => row >= 0 && row < n)).toBe(true);
        },
      ),
    );
  });

  test('are equal for equal seeds and differ between repeats', () => {
    const twice = (rng: ReturnType<typeof draw>) => [randomSubset(100, 50, rng), randomSubset(100, 50, rng)];
    const once = twice(draw(4));
    expect(twice(draw(4))).toEqual(once);
    expect(once[0]).not.toEqual(once[1]);
  });

  test('take every row equally often', () => {
    const counts = new Array<number>(10).fill(0);
    const rng = draw(1);
    for (let i = 0; i < 20_000; i++) for (const row of randomSubset(10, 3, rng)) counts[row]!++;
    for (const count of counts) expect(Math.abs(count - 6000)).toBeLessThan(300);
  });

  test('all rows are taken without drawing', () => {
    const none = {
      int: () => {
        throw new Error('drawn');
      },
    };
    expect([...randomSubset(4, 4, none)]).toEqual([0, 1, 2, 3]);
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
          const size = Math.floor(n / count);
          const order = permutation(n, draw(seed));
          for (const blocks of [disjointBlocks(order, count, size), stridedBlocks(count, size)]) {
            expect(blocks.map(block => block.length)).toEqual(new Array(count).fill(size));
            const rows = blocks.flatMap(block => [...block]);
            expect(new Set(rows).size).toBe(rows.length);
            for (const block of blocks) expect([...block]).toEqual(sorted(block));
          }
        },
      ),
    );
  });

  test('strided ones take every count-th row', () => {
    expect(stridedBlocks(2, 3).map(rows => [...rows])).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ]);
  });

  test('a permutation holds every row once', () => {
    expect(sorted(permutation(50, draw(2)))).toEqual(Array.from({length: 50}, (_, i) => i));
  });
});

test('rows by their bin', () => {
  const members = binMembers(Int32Array.of(1, 0, 1, 3), 4).map(rows => [...rows]);
  expect(members).toEqual([[1], [0, 2], [], [3]]);
});
