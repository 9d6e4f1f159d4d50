import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {gram, GramSums} from '../../src/kernels/gram.js';
import {columnMeans} from '../../src/kernels/column-statistics.js';
import type {FloatArray, Matrix} from '../../src/kernels/matrix.js';
import type {Scatter} from '../../src/kernels/scatter.js';
import {heldNumbers, RunningScatter, scatter} from '../../src/kernels/scatter.js';
import {spectrumOf} from '../../src/kernels/spectrum.js';
import {mulberry32} from '../golden/golden.js';

/** Of what is above the diagonal nothing is promised. */
const lower = ({size, data}: Scatter): Float64Array =>
  data.map((value, i) => (i % size > Math.floor(i / size) ? 0 : value));

async function streamed(x: Matrix, standardise = false): Promise<Scatter> {
  const products = new GramSums(x.cols);
  const type = x.data instanceof Float64Array ? 'float64' : 'float32';
  const running = new RunningScatter(x.rows, x.cols, type, products, {standardise});
  for (let i = 0; i < x.rows; i++)
    if (running.take(x.data.subarray(i * x.cols, (i + 1) * x.cols))) await running.flush();
  const found = await running.finish();
  await products.release();
  return found;
}

/** Columns of falling variance, far from 0, the third of them constant. */
function offset(seed: number, rows: number, cols: number, to: (values: number[]) => FloatArray): Matrix {
  const u = mulberry32(seed);
  const values = Array.from({length: rows * cols}, (_, i) =>
    i % cols === 2 ? 0.1 : 30 + (u() - 0.5) / ((i % cols) + 1),
  );
  return {rows, cols, data: to(values)};
}

const types = [
  ['float32', (values: number[]): FloatArray => Float32Array.from(values)],
  ['float64', (values: number[]): FloatArray => Float64Array.from(values)],
] as const;

describe('a scatter of rows that come one after another', () => {
  test.each(types)('is that of all at once, in %s, with and without standardising', async (_, to) => {
    // More rows than are held, in whole blocks and not, and fewer.
    for (const [rows, cols] of [
      [2000, 20],
      [1024, 7],
      [300, 40],
      [20, 30],
    ] as const)
      for (const standardise of [false, true]) {
        const x = offset(rows, rows, cols, to);
        const [expected, found] = [await scatter(x, {standardise}), await streamed(x, standardise)];
        expect({...found, data: []}).toEqual({...expected, data: []});
        const largest = spectrumOf(expected).values[0]! * (rows - 1);
        lower(found).forEach((value, i) =>
          expect(Math.abs(value - lower(expected)[i]!)).toBeLessThan(1e-13 * largest),
        );
      }
  });

  test('has a zero for a constant column, and no more than rounding where the first block is apart from the rest', async () => {
    const x = offset(1, 3000, 6, values => Float64Array.from(values, (v, i) => (i < 512 * 6 ? v : v + 5)));
    const [expected, found] = [await scatter(x), await streamed(x)];
    const largest = spectrumOf(expected).values[0]! * 2999;
    lower(found).forEach((value, i) =>
      expect(Math.abs(value - lower(expected)[i]!)).toBeLessThan(1e-13 * largest),
    );
    const constant = offset(1, 3000, 6, values => Float64Array.from(values));
    const data = lower(await streamed(constant, true));
    for (let c = 0; c < 6; c++) expect([data[2 * 6 + c]!, data[c * 6 + 2]!].map(Math.abs)).toEqual([0, 0]);
  });

  test('is told of equal rows, of too few and of what is not finite, by its row', async () => {
    const same = {rows: 3000, cols: 2, data: new Float32Array(6000).fill(0.1)};
    expect((await streamed(same)).status).toBe('constant');
    expect((await streamed({rows: 1, cols: 2, data: Float32Array.of(1, 2)})).status).toBe('insufficient');
    const data = new Float32Array(6000).map((_, i) => i % 5);
    data[2 * 1500 + 1] = NaN;
    await expect(streamed({rows: 3000, cols: 2, data})).rejects.toThrow(
      'row 1500, column 1: NaN where a finite number was expected',
    );
  });

  test('holds no more than the rows or than products and a block', () => {
    fc.assert(
      fc.property(fc.nat({max: 1e5}), fc.integer({min: 1, max: 4096}), (rows, cols) => {
        const held = heldNumbers(rows, cols, 'float32');
        expect(held).toBeLessThanOrEqual(Math.min((rows * cols) / 2 + cols * cols, cols * cols + 256 * cols));
        expect(held).toBeLessThanOrEqual(Math.max((rows * cols) / 2, cols * cols + 256 * cols));
      }),
    );
  });
});

test('a product in stripes is symmetric and that of a plain loop', async () => {
  const u = mulberry32(4);
  for (const cols of [1, 5, 260, 500]) {
    const rows = 60;
    const x = {rows, cols, data: Float32Array.from({length: rows * cols}, u)};
    const shift = columnMeans(x);
    for (const of of ['columns', 'rows'] as const) {
      const {size, data} = await gram(x, shift, of);
      const at = (o: number, i: number): number =>
        of === 'columns' ? x.data[o * cols + i]! - shift[i]! : x.data[i * cols + o]! - shift[o]!;
      for (const [i, j] of [
        [0, 0],
        [size - 1, 0],
        [size - 1, size >> 1],
        [size >> 1, size - 1],
      ] as const) {
        let sum = 0;
        for (let o = 0; o < (of === 'columns' ? rows : cols); o++) sum += at(o, i) * at(o, j);
        expect(data[i * size + j]!).toBeCloseTo(sum, 11);
        expect(data[i * size + j]).toBe(data[j * size + i]);
      }
    }
  }
});
