import fc from 'fast-check';
import {expect, test} from 'vitest';
import {Recall} from '../../../src/stages/metric/recall.js';

/** What is made, in order, when pairs are asked for one after another and `room` values fit. */
async function made(pairs: readonly (readonly [number, number])[], room: number): Promise<number[]> {
  const order: number[] = [];
  const recall = new Recall<number, {values: Float64Array; key: number}>(8 * 10 * room, pairs, key => {
    order.push(key);
    return Promise.resolve({key, values: new Float64Array(10)});
  });
  for (const [step, pair] of pairs.entries())
    for (const key of pair) expect((await recall.at(step, key)).key).toBe(key);
  return order;
}

const allPairs = (n: number): [number, number][] =>
  Array.from({length: n}, (_, a) =>
    Array.from({length: n - a}, (_, b): [number, number] => [a, a + b]),
  ).flat();

test('with room for all, each is made once', async () => {
  expect(await made(allPairs(5), 5)).toEqual([0, 1, 2, 3, 4]);
});

test('without room for a pair, what the step needs is kept', async () => {
  expect(
    await made(
      [
        [0, 0],
        [0, 1],
        [0, 1],
        [1, 1],
      ],
      0,
    ),
  ).toEqual([0, 1]);
});

test('what is needed last makes room', async () => {
  // After 0-1 and 0-2 with room for two, 2 was made last but is needed next.
  expect(
    await made(
      [
        [0, 1],
        [0, 2],
        [0, 3],
        [0, 3],
        [0, 1],
      ],
      3,
    ),
  ).toEqual([0, 1, 2, 3]);
  expect(
    await made(
      [
        [0, 1],
        [0, 2],
        [0, 2],
        [0, 1],
      ],
      2,
    ),
  ).toEqual([0, 1, 2, 1]);
});

test('more room never makes more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({min: 0, max: 5}), fc.integer({min: 0, max: 5})), {maxLength: 25}),
      fc.integer({min: 2, max: 6}),
      async (pairs, room) => {
        const distinct = new Set(pairs.flat()).size;
        const [few, more] = [await made(pairs, room), await made(pairs, room + 1)];
        expect(more.length).toBeLessThanOrEqual(few.length);
        expect(few.length).toBeGreaterThanOrEqual(distinct);
        if (room >= distinct) expect(few.length).toBe(distinct);
      },
    ),
  );
});
