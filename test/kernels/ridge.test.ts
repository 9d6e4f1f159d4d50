import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {cholesky, choleskySolve} from '../../src/kernels/cholesky.js';
import {predictLogits} from '../../src/kernels/linear-model.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {fitRidge} from '../../src/kernels/ridge.js';
import {mulberry32} from '../golden/golden.js';

const numbers = (length: number, seed: number): Float64Array => {
  const next = mulberry32(seed);
  return Float64Array.from({length}, () => 2 * next() - 1);
};

describe('Cholesky', () => {
  test('solves what a positive definite matrix multiplies', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 12}),
        fc.integer({min: 1, max: 4}),
        fc.nat(),
        (size, count, seed) => {
          const factor = numbers(size * size, seed);
          const data = new Float64Array(size * size);
          for (let i = 0; i < size; i++)
            for (let j = 0; j < size; j++)
              for (let k = 0; k < size; k++)
                data[i * size + j]! += factor[i * size + k]! * factor[j * size + k]!;
          for (let i = 0; i < size; i++) data[i * size + i]! += 0.1;
          const x = numbers(size * count, seed + 1);
          const sides = new Float64Array(size * count);
          for (let i = 0; i < size; i++)
            for (let k = 0; k < size; k++)
              for (let c = 0; c < count; c++)
                sides[i * count + c]! += data[i * size + k]! * x[k * count + c]!;
          expect(cholesky({size, data})).toBe(true);
          choleskySolve({size, data}, sides, count);
          sides.forEach((value, i) => expect(Math.abs(value - x[i]!)).toBeLessThan(1e-10));
        },
      ),
    );
  });

  test('says of a matrix that it is not positive definite', () => {
    expect(cholesky({size: 2, data: Float64Array.of(1, 0, 2, 1)})).toBe(false);
    expect(cholesky({size: 2, data: Float64Array.of(1, 0, 1, 1)})).toBe(false);
  });
});

/** The derivatives of |Y - X W - b|^2 + lambda |W|^2, one-hot Y: all 0 at the minimum. */
async function gradients(x: Matrix, labels: Int32Array, classes: number, lambda: number): Promise<number[]> {
  const model = (await fitRidge(x, labels, classes, {lambda}))!;
  const scores = await predictLogits(model, x);
  const residual = Float64Array.from(
    scores.data,
    (score, at) => score - Number(labels[Math.floor(at / classes)] === at % classes),
  );
  const weights = Array.from(model.weights, (weight, at) => {
    const [k, c] = [Math.floor(at / x.cols), at % x.cols];
    let sum = lambda * weight;
    for (let i = 0; i < x.rows; i++) sum += x.data[i * x.cols + c]! * residual[i * classes + k]!;
    return sum;
  });
  const intercepts = Array.from({length: classes}, (_, k) =>
    residual.reduce((sum, r, at) => sum + (at % classes === k ? r : 0), 0),
  );
  return [...weights, ...intercepts];
}

describe('ridge regression', () => {
  const labels = (rows: number) => Int32Array.from({length: rows}, (_, i) => (i * 7) % 3);

  test.each([
    ['more rows than columns', 40, 6],
    ['more columns than rows', 12, 30],
    ['as many', 10, 10],
  ])('is at its minimum: %s', async (_, rows, cols) => {
    const x = {rows, cols, data: numbers(rows * cols, 3).map(value => 5 + value)};
    for (const lambda of [1e-3, 1, 100])
      for (const gradient of await gradients(x, labels(rows), 3, lambda))
        expect(Math.abs(gradient)).toBeLessThan(1e-9);
  });

  test('an offset common to all rows changes no weight, nor does the order of rows', async () => {
    const x = {rows: 30, cols: 4, data: numbers(120, 9)};
    const plain = (await fitRidge(x, labels(30), 3))!;
    const moved = (await fitRidge({...x, data: x.data.map(value => value + 1000)}, labels(30), 3))!;
    const order = Array.from({length: 30}, (_, i) => (i * 11) % 30);
    const mixed = Float64Array.from(order.flatMap(i => [...x.data.subarray(i * 4, (i + 1) * 4)]));
    const other = (await fitRidge(
      {...x, data: mixed},
      Int32Array.from(order, i => labels(30)[i]!),
      3,
    ))!;
    plain.weights.forEach((w, i) => {
      expect(moved.weights[i]!).toBeCloseTo(w, 9);
      expect(other.weights[i]!).toBeCloseTo(w, 12);
    });
  });

  test('a class that no row has is never predicted', async () => {
    const x = {rows: 4, cols: 1, data: Float64Array.of(-1, -2, 1, 2)};
    const model = (await fitRidge(x, Int32Array.of(0, 0, 2, 2), 3))!;
    const {data} = await predictLogits(model, x);
    expect([data[1], data[4]]).toEqual([-Infinity, -Infinity]);
    expect(data[0]!).toBeGreaterThan(data[2]!);
  });

  test('columns that repeat one another need a penalty that float64 can see', async () => {
    const x = {
      rows: 6,
      cols: 2,
      data: Float64Array.from({length: 12}, (_, i) => 1e6 * Math.floor(i / 2) ** 2),
    };
    expect(await fitRidge(x, labels(6), 3, {lambda: 1e-9})).toBeNull();
    expect(await fitRidge(x, labels(6), 3, {lambda: 1})).not.toBeNull();
  });
});
