import fc from 'fast-check';
import {expect, test} from 'vitest';
import {isMatrix, readAll} from '../../../src/kernels/vectors.js';
import type {Layer} from '../../../src/stages/ports.js';
import type {Wanted} from '../../../src/stages/metric/wanted.js';
import {wantedVectors} from '../../../src/stages/metric/wanted-vectors.js';

/** A layer whose every number is the number of its vector, read so many vectors at a time. */
function numbered(rows: number, tokens: number, dim: number, most: number): Layer & {reads: number} {
  const layer = {
    ...{name: 'a', index: 0, depth: 1, rows, tokens, dim, dtype: 'float32' as const},
    reads: 0,
    async *blocks() {
      layer.reads++;
      for (let start = 0; start < rows * tokens; start += most) {
        const count = Math.min(most, rows * tokens - start);
        const data = new Float32Array(count * dim);
        for (let v = 0; v < count; v++) data.fill(start + v, v * dim, (v + 1) * dim);
        yield await Promise.resolve({start, count, data});
      }
    },
    matrix: () => Promise.reject(new Error('the whole layer')),
  };
  return layer;
}

/** Of each set: whether it is held, and the numbers of its vectors as often as they come. */
async function numbersOf(layer: Layer, wanted: readonly Wanted[]) {
  const found = [];
  for await (const x of wantedVectors(layer, wanted, new AbortController().signal)) {
    const {rows, cols, data} = await readAll(x);
    const vectors = Array.from({length: rows}, (_, i) => data.subarray(i * cols, (i + 1) * cols));
    expect(vectors.every(vector => vector.every(value => value === vector[0]))).toBe(true);
    found.push({held: isMatrix(x), numbers: vectors.map(vector => vector[0]!)});
  }
  return found;
}

const numbers = ({token, indices}: Wanted, tokens: number): number[] =>
  Array.from(indices, i => i * tokens + (token ?? 0));

test('sets of vectors are those asked for, in order', async () => {
  const shapes = fc.record({
    rows: fc.integer({min: 1, max: 30}),
    tokens: fc.integer({min: 1, max: 4}),
    most: fc.integer({min: 1, max: 9}),
    picks: fc.array(fc.tuple(fc.nat({max: 3}), fc.array(fc.boolean(), {minLength: 30, maxLength: 30}))),
  });
  await fc.assert(
    fc.asyncProperty(shapes, async ({rows, tokens, most, picks}) => {
      const wanted = picks.map(([token, taken]) => ({
        token: tokens === 1 ? null : token % tokens,
        indices: Int32Array.from(Array.from({length: rows}, (_, i) => i).filter(i => taken[i]!)),
      }));
      const found = await numbersOf(numbered(rows, tokens, 3, most), wanted);
      expect(found.map(set => set.numbers)).toEqual(wanted.map(set => numbers(set, tokens)));
    }),
  );
});

test('those that fit are held, several for one reading; larger ones are read whenever they are asked for', async () => {
  const [rows, tokens, dim] = [2100, 2, 2 ** 13];
  const layer = numbered(rows, tokens, dim, 100);
  const some = (token: number, of: (i: number) => boolean): Wanted => ({
    token,
    indices: Int32Array.from(Array.from({length: rows}, (_, i) => i).filter(of)),
  });
  const wanted = [
    some(0, i => i % 3 === 0),
    some(1, i => i < 900),
    some(1, () => true),
    some(0, i => i % 2 === 1),
    some(0, i => i > 500),
  ];
  const found = await numbersOf(layer, wanted);
  expect(found.map(set => set.held)).toEqual([true, true, false, true, true]);
  expect(found.map(set => set.numbers)).toEqual(wanted.map(set => numbers(set, tokens)));
  // The last two do not fit together.
  expect(layer.reads).toBe(4);
});
