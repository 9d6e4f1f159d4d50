import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {anisotropy} from '../../src/kernels/anisotropy.js';
import {largestEigenvalue} from '../../src/kernels/lanczos.js';
import {tridiagonalEigen} from '../../src/kernels/tridiagonal.js';
import {lin, mulberry32} from '../golden/golden.js';
import {inBlocks} from './in-blocks.js';

const diagonal = (values: readonly number[]) => (vector: Float64Array) =>
  vector.map((v, i) => v * values[i]!);

describe('eigenvalues', () => {
  test('of a second difference matrix are known', () => {
    const n = 50;
    const values = new Float64Array(n).fill(2);
    const last = new Float64Array(n);
    last[n - 1] = 1;
    tridiagonalEigen(values, new Float64Array(n).fill(-1), last);
    const expected = Array.from({length: n}, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    [...values].sort((a, b) => a - b).forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 13));
    values.forEach((value, i) => {
      const k = expected.findIndex(e => Math.abs(e - value) < 1e-9) + 1;
      const component = Math.sqrt(2 / (n + 1)) * Math.sin((n * k * Math.PI) / (n + 1));
      expect(Math.abs(last[i]!)).toBeCloseTo(Math.abs(component), 12);
    });
  });

  test('a matrix that falls apart', () => {
    const values = Float64Array.of(3, 1, 2, 0);
    tridiagonalEigen(values, Float64Array.of(0, 0, 0, 0), new Float64Array(4));
    expect([...values]).toEqual([3, 1, 2, 0]);
  });

  test('the largest one, also if others are close or equal to it', async () => {
    const close = Array.from({length: 400}, (_, i) => 1 - i * 1e-5);
    expect(await largestEigenvalue(400, diagonal(close))).toBeCloseTo(1, 11);
    expect(await largestEigenvalue(9, diagonal(new Array(9).fill(7)))).toBeCloseTo(7, 14);
    expect(await largestEigenvalue(1, diagonal([4]))).toBe(4);
    expect(await largestEigenvalue(3, diagonal([0, 0, 0]))).toBe(0);
    expect(await largestEigenvalue(300, diagonal(Array.from({length: 300}, (_, i) => 10 ** -i)))).toBeCloseTo(
      1,
      14,
    );
  });
});

describe('anisotropy', () => {
  test('lies between 1/cols and 1 and does not see shift and scale', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({min: 2, max: 30}), async (seed, rows) => {
        const x = lin(seed, rows, 4, 6);
        const {anisotropy: share} = await anisotropy(x);
        expect(share).toBeGreaterThanOrEqual(1 / 6);
        expect(share).toBeLessThanOrEqual(1 + 1e-12);
        const moved = await anisotropy({...x, data: x.data.map(value => 100 - 8 * value)});
        expect(moved.anisotropy).toBeCloseTo(share!, 10);
      }),
      {numRuns: 40},
    );
  });

  test('by the product of the columns, of the rows, and without either, at once and block by block, is the same', async () => {
    const u = mulberry32(6);
    const data = Float32Array.from({length: 300 * 200}, (_, i) => 50 + u() / (1 + (i % 200)));
    const {anisotropy: expected} = await anisotropy({rows: 300, cols: 200, data});
    // Columns of zeros and every row again change no share.
    const grown = (rows: number, cols: number) => {
      const values = new Float32Array(rows * cols);
      for (let i = 0; i < rows; i++)
        values.set(data.subarray((i % 300) * 200, ((i % 300) + 1) * 200), i * cols);
      return {rows, cols, data: values};
    };
    for (const [rows, cols] of [
      [300, 2200],
      [2100, 200],
      [2100, 2100],
      [2100, 2101],
    ] as const) {
      const x = grown(rows, cols);
      for (const given of rows === cols ? [x] : [x, inBlocks(x, 370)])
        expect((await anisotropy(given)).anisotropy).toBeCloseTo(expected!, 12);
    }
  });

  test('what has no variance has none, which is said', async () => {
    // The mean of many 0.1 is not 0.1: the rounding left over is not variance.
    const constant = {rows: 1000, cols: 3, data: new Float64Array(3000).fill(0.1)};
    expect(await anisotropy(constant)).toEqual({
      status: 'constant',
      anisotropy: null,
      largest: null,
      trace: null,
      meanCosine: expect.closeTo(1, 12) as number,
    });
    expect(await anisotropy(constant, {centre: false})).toMatchObject({status: 'ok'});
    expect(await anisotropy({rows: 1, cols: 2, data: Float32Array.of(1, 2)})).toMatchObject({
      status: 'insufficient',
      meanCosine: null,
    });
    expect(await anisotropy({rows: 2, cols: 2, data: new Float32Array(4)}, {centre: false})).toMatchObject({
      status: 'constant',
    });
  });
});

test('mean cosine of two rows is their cosine', async () => {
  const {meanCosine} = await anisotropy({rows: 2, cols: 2, data: Float64Array.of(1, 0, 1, 1)});
  expect(meanCosine).toBeCloseTo(Math.SQRT1_2, 14);
});
