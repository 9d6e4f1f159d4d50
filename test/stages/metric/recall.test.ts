import {setImmediate} from 'node:timers/promises';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {CkaOptions} from '../../../src/kernels/cka.js';
import {prepareCka} from '../../../src/kernels/cka.js';
import type {Matrix} from '../../../src/kernels/matrix.js';
import {prepareMutualKnn} from '../../../src/kernels/mutual-knn.js';
import {prepareSvcca} from '../../../src/kernels/svcca.js';
import {bytesOf, Recall} from '../../../src/stages/metric/recall.js';
import {mulberry32} from '../../golden/golden.js';
import {liveBytes} from '../../rig/live-bytes.js';

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

describe('the bytes of what is prepared of a layer are those that it holds', () => {
  const linear: CkaOptions = {kernel: 'linear', bandwidth: 0.5, batch: null};
  const rbf: CkaOptions = {...linear, kernel: 'rbf'};
  const PREPARED: Readonly<
    Record<string, readonly [rows: number, prepare: (x: Matrix) => Promise<unknown>]>
  > = {
    'cka, few samples': [400, x => prepareCka(x, linear)],
    'cka, many samples': [2100, x => prepareCka(x, linear)],
    'cka, rbf, few samples': [400, x => prepareCka(x, rbf)],
    'cka, rbf, many samples': [2100, x => prepareCka(x, rbf)],
    svcca: [400, x => prepareSvcca(x, {variance: 1})],
    'mutual-knn': [400, x => prepareMutualKnn(x, {k: 100, clip: 0.95, normalise: true})],
  };
  test.each(Object.entries(PREPARED))('%s', async (_, [rows, prepare]) => {
    const u = mulberry32(3);
    const some = (): Matrix => ({
      rows,
      cols: 100,
      data: Float32Array.from({length: rows * 100}, () => u() - 0.5),
    });
    // What stays for good, such as the memory of a WebAssembly instance, is there after the first time.
    const sizes: (readonly [bytes: number, held: number])[] = [];
    const measure = async (): Promise<void> => {
      const before = liveBytes();
      const prepared = await prepare(some());
      const held = liveBytes() - before;
      sizes.push([bytesOf(prepared), held]);
    };
    await measure();
    await setImmediate();
    await measure();
    const [bytes, held] = sizes[1]!;
    expect(held).toBeGreaterThan(rows * 100 * 4);
    expect(Math.abs(bytes / held - 1)).toBeLessThan(0.02);
  });
});
