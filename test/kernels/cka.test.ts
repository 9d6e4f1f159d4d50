import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {centred} from '../../src/kernels/centred.js';
import type {Cka, CkaOptions} from '../../src/kernels/cka.js';
import {cka, prepareCka} from '../../src/kernels/cka.js';
import type {Columns} from '../../src/kernels/columns.js';
import {columnsOf, rowsOf} from '../../src/kernels/columns.js';
import {crossProductNorm} from '../../src/kernels/cross-product.js';
import {kernelSums, medianSquare} from '../../src/kernels/kernel-blocks.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {orderStatistics} from '../../src/kernels/order-statistics.js';
import {bytesOf} from '../../src/stages/metric/recall.js';
import {lin, mulberry32} from '../golden/golden.js';
import {orders, reordered, turned} from './moved.js';

const LINEAR: CkaOptions = {kernel: 'linear', bandwidth: 1, batch: null};
const RBF: CkaOptions = {...LINEAR, kernel: 'rbf'};

async function measure(x: Matrix, y: Matrix, options = LINEAR) {
  return cka(await prepareCka(x, options), await prepareCka(y, options));
}

function uniform(seed: number, rows: number, cols: number): Matrix {
  const u = mulberry32(seed);
  return {rows, cols, data: Float64Array.from({length: rows * cols}, () => u() - 0.5)};
}

/** Rows of one matrix beside some noise. */
function noisy(x: Matrix, amount: number): Matrix {
  const u = mulberry32(77);
  return {...x, data: x.data.map(value => value + amount * (u() - 0.5))};
}

/** CKA by its definition, from the kernel matrices. */
function byDefinition(x: Matrix, y: Matrix, kernel: 'linear' | 'rbf') {
  const n = x.rows;
  const matrixOf = ({cols, ...x}: Matrix): Float64Array => {
    const data = Float64Array.from(x.data);
    const values = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) {
          const p = data[i * cols + c]!;
          const q = data[j * cols + c]!;
          sum += kernel === 'linear' ? p * q : (p - q) ** 2;
        }
        values[i * n + j] = values[j * n + i] = sum;
      }
    if (kernel === 'linear') return values;
    const sorted = values.slice().sort();
    const median = (sorted[Math.floor((n * n - 1) / 2)]! + sorted[Math.floor((n * n) / 2)]!) / 2;
    return values.map(square => Math.exp(-square / (2 * median)));
  };
  /** Row and column means, and that of all, off the diagonal or with it. */
  const centre = (k: Float64Array, hollow: boolean): Float64Array => {
    const [rowWeight, allWeight] = hollow ? [n - 2, (n - 1) * (n - 2)] : [n, n * n];
    const off = (i: number, j: number): number => (hollow && i === j ? 0 : k[i * n + j]!);
    const sums = Float64Array.from({length: n}, (_, i) => {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += off(i, j);
      return sum;
    });
    const all = sums.reduce((a, b) => a + b, 0);
    return k.map((_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      return hollow && i === j ? 0 : off(i, j) - (sums[i]! + sums[j]!) / rowWeight + all / allWeight;
    });
  };
  const [k, l] = [matrixOf(x), matrixOf(y)];
  const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const of = (hollow: boolean): number => {
    const [a, b] = [centre(k, hollow), centre(l, hollow)];
    return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
  };
  return {biased: of(false), debiased: of(true)};
}

describe('CKA is that of the definition', () => {
  const x = lin(3, 40, 3, 6);
  const y = noisy(lin(3, 40, 3, 4), 0.5);
  test.each(['linear', 'rbf'] as const)('%s, from kept matrices', async kernel => {
    const {biased, debiased} = await measure(x, y, {...LINEAR, kernel});
    const expected = byDefinition(x, y, kernel);
    expect(biased).toBeCloseTo(expected.biased, 12);
    expect(debiased).toBeCloseTo(expected.debiased, 12);
  });

  test.each([
    ['linear', 11],
    ['rbf', 6],
  ] as const)('%s, of more rows than are kept', async (kernel, digits) => {
    const float32 = (m: Matrix): Matrix => ({...m, data: Float32Array.from(m.data)});
    const float64 = (m: Matrix): Matrix => ({...m, data: Float64Array.from(m.data)});
    const many = float32(noisy(lin(5, 2100, 3, 6), 3));
    const other = float32(noisy(lin(5, 2100, 3, 4), 3));
    const expected = byDefinition(many, other, kernel);
    const options = {...LINEAR, kernel};
    const exact = await measure(float64(many), float64(other), options);
    expect(exact.biased).toBeCloseTo(expected.biased, digits);
    expect(exact.debiased).toBeCloseTo(expected.debiased, digits);
    const single = await measure(many, other, options);
    expect(single.biased).toBeCloseTo(expected.biased, 5);
    expect(single.debiased).toBeCloseTo(expected.debiased, 5);
  });
});

const columns = (x: Matrix): Columns => columnsOf(x, new Float64Array(x.cols), 1).columns;
const norm = (x: Matrix, y: Matrix): Promise<number> => crossProductNorm(columns(x), columns(y));

describe('sums without the matrices', () => {
  const [a, b] = [centred(noisy(lin(1, 90, 3, 7), 1)), centred(noisy(lin(1, 90, 3, 5), 1))];
  test('over products of rows and of columns are the same', async () => {
    const rows = await kernelSums({...a, rate: null}, {...b, rate: null});
    expect(rows.inner / (await norm(a.x, b.x))).toBeCloseTo(1, 13);
    rows.rowSums.forEach(sum => expect(Math.abs(sum)).toBeLessThan(1e-12));
    const mixed = await norm(a.x, {...b.x, data: Float32Array.from(b.x.data)});
    expect(rows.inner / mixed).toBeCloseTo(1, 6);
  });

  test('of a layer with itself is that of a copy', async () => {
    const u = mulberry32(12);
    for (const cols of [3, 500]) {
      const x = {rows: 40, cols, data: Float64Array.from({length: 40 * cols}, () => u() - 0.5)};
      const own = columns(x);
      expect(rowsOf(own)).toEqual(x);
      const [itself, copy] = [await crossProductNorm(own, own), await norm(x, x)];
      expect(Math.abs(itself / copy - 1)).toBeLessThan(1e-13);
    }
  });

  test('over more rows than one product takes', async () => {
    const [x, y] = [uniform(1, 40_000, 2), uniform(2, 40_000, 3)];
    y.data.forEach((value, i) => (y.data[i] = value + x.data[2 * Math.floor(i / 3)]!));
    const sums = new Float64Array(6);
    for (let i = 0; i < 40_000; i++)
      for (let p = 0; p < 6; p++) sums[p]! += x.data[2 * i + (p % 2)]! * y.data[3 * i + (p >> 1)]!;
    const expected = sums.reduce((sum, value) => sum + value * value, 0);
    expect((await norm(x, y)) / expected).toBeCloseTo(1, 12);
    const single = (m: Matrix): Matrix => ({...m, data: Float32Array.from(m.data)});
    expect((await norm(single(x), single(y))) / expected).toBeCloseTo(1, 5);
  });

  test('a median is found again among blocks', async () => {
    const squares: number[] = [];
    const {cols, data} = a.x;
    for (let i = 0; i < 90; i++)
      for (let j = 0; j < 90; j++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += (data[i * cols + c]! - data[j * cols + c]!) ** 2;
        squares.push(sum);
      }
    squares.sort((p, q) => p - q);
    expect((await medianSquare(a)) / ((squares[4049]! + squares[4050]!) / 2)).toBeCloseTo(1, 6);
  });

  test('numbers of any rank', async () => {
    const bounds = {min: 0, noNaN: true, noDefaultInfinity: true};
    for (const [type, number] of [
      [Float32Array, fc.float(bounds)],
      [Float64Array, fc.double(bounds)],
    ] as const) {
      const numbers = fc.array(number.map(Math.abs), {minLength: 1, maxLength: 20});
      await fc.assert(
        fc.asyncProperty(numbers, fc.integer({min: 1, max: 9}), async (values, size) => {
          const blocks = () =>
            Array.from({length: Math.ceil(values.length / size)}, (_, b) =>
              type.from(values.slice(b * size, (b + 1) * size)),
            );
          const all = (count: number): number[] => Array.from({length: count}, (_, i) => i);
          expect(await orderStatistics(blocks, all)).toEqual([...type.from(values).sort()]);
        }),
        {numRuns: 50},
      );
    }
  });
});

const tiny = uniform(1, 9, 2).data.map(value => value * 1e-180);

describe('CKA', () => {
  test('of a representation with itself, moved, turned and scaled, is 1; of another it does not change', async () => {
    const arbitrary = fc.record({
      seed: fc.nat(),
      angle: fc.double({min: 0, max: 6, noNaN: true}),
      scale: fc.double({min: 1e-3, max: 1e3, noNaN: true}),
      shift: fc.double({min: -10, max: 10, noNaN: true}),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({seed, angle, scale, shift}) => {
        const x = lin(seed, 40, 3, 5);
        const y = uniform(seed, 40, 4);
        const around = turned(turned(x, 0, 1, angle), 2, 4, -angle);
        const moved = {...around, data: around.data.map(value => scale * value + shift)};
        for (const options of [LINEAR, RBF]) {
          const same = await prepareCka(x, options);
          expect(await cka(same, same)).toMatchObject({biased: 1, debiased: 1});
          const self = await measure(x, moved, options);
          expect(self.biased).toBeCloseTo(1, 8);
          expect(self.debiased).toBeCloseTo(1, 8);
          const [before, after] = [await measure(x, y, options), await measure(moved, y, options)];
          expect(after.debiased).toBeCloseTo(before.debiased!, 8);
          const order = Array.from({length: 40}, (_, i) => (i * 7) % 40);
          const mixed = await measure(reordered(x, order), reordered(y, order), options);
          expect(mixed.debiased).toBeCloseTo(before.debiased!, 12);
          const back = await measure(y, x, options);
          expect(back.biased).toBeCloseTo(before.biased!, 12);
        }
      }),
      {numRuns: 12},
    );
  });

  test('sees a stretch of one direction', async () => {
    const x = uniform(1, 60, 3);
    const stretched = {...x, data: x.data.map((value, i) => (i % 3 === 0 ? 8 * value : value))};
    expect((await measure(x, stretched)).debiased).toBeLessThan(0.9);
  });

  test('of unrelated representations with more columns than rows: only the debiased one says so', async () => {
    const {biased, debiased} = await measure(uniform(1, 20, 100), uniform(2, 20, 100));
    expect(biased).toBeGreaterThan(0.4);
    expect(Math.abs(debiased!)).toBeLessThan(0.15);
  });

  test('by chance is the mean over all orders of the rows, which of the debiased one is 0', async () => {
    const [x, y] = [uniform(1, 5, 2), uniform(2, 5, 3)];
    for (const options of [LINEAR, RBF]) {
      const found = await Promise.all(orders(5).map(order => measure(x, reordered(y, order), options)));
      const mean = (of: (value: Cka) => number): number =>
        found.reduce((sum, value) => sum + of(value) / found.length, 0);
      for (const {biasedChance} of found)
        expect(biasedChance).toBeCloseTo(
          mean(({biased}) => biased!),
          12,
        );
      expect(mean(({debiased}) => debiased!)).toBeCloseTo(0, 12);
    }
  });

  test('over batches leaves out the rows that fill none', async () => {
    const [x, y] = [uniform(1, 50, 3), noisy(uniform(1, 50, 3), 1)];
    const first = (m: Matrix): Matrix => ({...m, rows: 48, data: m.data.slice(0, 48 * m.cols)});
    const batches = {...LINEAR, batch: 16};
    const {debiased} = await measure(x, y, batches);
    expect((await measure(first(x), first(y), batches)).debiased).toBe(debiased);
  });

  test.each([
    ['linear', 1024, undefined],
    ['rbf', 256, 16 * 256 ** 2 * 8],
  ] as const)(
    'over batches is the same to the last bit whether their kernels are kept or formed anew, %s',
    async (kernel, size, keptBytes) => {
      const options = {...LINEAR, kernel, batch: size};
      const single = (m: Matrix): Matrix => ({...m, data: Float32Array.from(m.data)});
      const x = single(uniform(1, 17 * size + 5, 2));
      const y = single(noisy(x, 1));
      const between = (m: Matrix, start: number, end: number): Matrix => ({
        ...{rows: end - start, cols: 2},
        data: m.data.slice(2 * start, 2 * end),
      });
      const of = async (start: number, end: number) => {
        const [a, b] = [
          await prepareCka(between(x, start, end), options, keptBytes),
          await prepareCka(between(y, start, end), options, keptBytes),
        ];
        return {...(await cka(a, b)), self: a.self, bytes: bytesOf(a)};
      };
      const all = await of(0, x.rows);
      // Rows, and their means, diagonals and sums; not 17 matrices.
      expect(all.bytes).toBeGreaterThan(17 * size * (2 * 4 + 2 * 8));
      expect(all.bytes).toBeLessThan(18 * size * (2 * 4 + 2 * 8));
      const [first, last] = [await of(0, 16 * size), await of(16 * size, 17 * size)];
      expect(first.bytes).toBeGreaterThan(16 * size ** 2 * 8);
      for (const form of ['biased', 'unbiased'] as const) {
        expect(all.self[form]).toBe(first.self[form]! + last.self[form]!);
        expect(all.hsic![form]).toBe(first.hsic![form]! + last.hsic![form]!);
      }
    },
  );

  test('of fewer rows than a batch', async () => {
    const found = await measure(uniform(1, 15, 3), uniform(2, 15, 3), {...LINEAR, batch: 16});
    expect(found).toMatchObject({status: 'insufficient', biased: null, debiased: null});
  });

  test('kernels of batches that are less than the rows are kept, however many', async () => {
    const [rows, cols, batch] = [10 * 128, 129, 128];
    const data = Float64Array.from({length: rows * cols}, (_, i) => (i * i) % 1009);
    const side = await prepareCka({rows, cols, data}, {...LINEAR, batch}, 0);
    // Matrices, and their diagonals and sums.
    expect(bytesOf(side)).toBe(rows * (batch + 2) * 8);
  });

  test.each([
    ['no rows', {rows: 0, cols: 2, data: new Float64Array(0)}, 'insufficient'],
    ['one row', uniform(1, 1, 2), 'insufficient'],
    ['equal rows', {rows: 9, cols: 2, data: new Float64Array(18).fill(0.1)}, 'constant'],
    [
      'mostly equal rows',
      {rows: 9, cols: 1, data: Float64Array.from({length: 9}, (_, i) => +(i === 0))},
      'bandwidth',
    ],
    [
      'equidistant rows',
      {rows: 9, cols: 9, data: Float64Array.from({length: 81}, (_, i) => +(i % 10 === 0))},
      'equidistant',
    ],
    ['numbers whose squares are nothing', {rows: 9, cols: 2, data: tiny}, 'constant'],
    [
      'huge numbers',
      {rows: 9, cols: 1, data: Float64Array.from({length: 9}, (_, i) => i * 1e120)},
      'overflow',
    ],
  ] as const)('%s: nothing can be said, and why', async (_, x, status) => {
    const options = status === 'bandwidth' ? RBF : LINEAR;
    expect(await measure(x, uniform(5, x.rows, 3), options)).toMatchObject({status, debiased: null});
    expect(await measure(uniform(5, x.rows, 3), x, options)).toMatchObject({status, debiased: null});
  });

  test('of rows that differ between batches only', async () => {
    const x = {rows: 12, cols: 1, data: Float64Array.from({length: 12}, (_, i) => 0.1 + Math.floor(i / 4))};
    const found = await measure(x, uniform(1, 12, 2), {...LINEAR, batch: 4});
    expect(found).toMatchObject({status: 'constant', biased: null, debiased: null, biasedChance: null});
  });

  test('huge numbers in float32 are no trouble', async () => {
    const x = uniform(3, 2100, 3);
    const huge = {...x, data: Float32Array.from(x.data, value => value * 1e38)};
    expect((await measure(x, huge)).debiased).toBeCloseTo(1, 5);
  });
});
