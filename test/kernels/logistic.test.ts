import {describe, expect, test} from 'vitest';
import {predictLogits, scoreLogits} from '../../src/kernels/linear-model.js';
import {fitLogistic} from '../../src/kernels/logistic.js';
import {minimize} from '../../src/kernels/lbfgs.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {mulberry32} from '../golden/golden.js';

/** Noisy points about one centre for each class. */
function clusters(
  rows: number,
  cols: number,
  classes: number,
  seed: number,
): {x: Matrix; labels: Int32Array} {
  const u = mulberry32(seed);
  const centres = Float32Array.from({length: classes * cols}, () => u() - 0.5);
  const labels = Int32Array.from({length: rows}, () => Math.floor(u() * classes));
  const data = Float32Array.from({length: rows * cols}, (_, i) => {
    const noise = u() + u() + u() + u() - 2;
    return centres[labels[Math.floor(i / cols)]! * cols + (i % cols)]! + 2 * noise;
  });
  return {x: {rows, cols, data}, labels};
}

/** The objective by its definition. */
async function objective(
  x: Matrix,
  labels: Int32Array,
  model: Awaited<ReturnType<typeof fitLogistic>>,
  C: number,
) {
  const {loss} = scoreLogits(await predictLogits(model, x), labels);
  return C * loss! * x.rows + model.weights.reduce((sum, w) => sum + w * w, 0) / 2;
}

describe('logistic regression', () => {
  test('the objective is that of its definition, and no smaller nearby', async () => {
    const {x, labels} = clusters(300, 6, 4, 1);
    const model = await fitLogistic(x, labels, 4, {C: 0.5, tolerance: 1e-9});
    expect(model.converged).toBe(true);
    expect(model.maxGradient).toBeLessThanOrEqual(1e-9);
    const best = await objective(x, labels, model, 0.5);
    expect(best / model.objective).toBeCloseTo(1, 12);
    for (const i of [0, 7, 23]) {
      for (const change of [-0.05, 0.05]) {
        const weights = model.weights.slice();
        weights[i]! += change;
        expect(await objective(x, labels, {...model, weights}, 0.5)).toBeGreaterThan(best);
      }
    }
  });

  test('a common offset changes neither weights nor predictions', async () => {
    const {x, labels} = clusters(300, 6, 4, 2);
    const wide = {...x, data: Float64Array.from(x.data)};
    const plain = await fitLogistic(wide, labels, 4, {tolerance: 1e-9});
    const moved = {...x, data: wide.data.map(value => value + 1000)};
    const offset = await fitLogistic(moved, labels, 4, {tolerance: 1e-9});
    offset.weights.forEach((w, i) => expect(w).toBeCloseTo(plain.weights[i]!, 6));
    const [a, b] = [await predictLogits(plain, wide), await predictLogits(offset, moved)];
    a.data.forEach((logit, i) => expect(b.data[i]!).toBeCloseTo(logit, 5));
  });

  test('a large problem, begun in float32, ends at the minimum of float64', async () => {
    const {x, labels} = clusters(6000, 200, 60, 3);
    const model = await fitLogistic(x, labels, 60);
    expect(model.converged).toBe(true);
    const wide = {...x, data: Float64Array.from(x.data)};
    const same = await fitLogistic(wide, labels, 60);
    expect(same.objective / model.objective).toBeCloseTo(1, 8);
    expect((await objective(x, labels, model, 0.316)) / model.objective).toBeCloseTo(1, 10);
  });

  test('a class without a row cannot be predicted', async () => {
    const {x, labels} = clusters(100, 3, 3, 4);
    const gap = labels.map(label => (label === 1 ? 3 : label));
    const model = await fitLogistic(x, gap, 5);
    expect([...model.intercepts].map(Number.isFinite)).toEqual([true, false, true, true, false]);
    const logits = await predictLogits(model, x);
    expect(scoreLogits(logits, gap).loss).not.toBeNull();
    expect(
      scoreLogits(
        logits,
        gap.map(() => 1),
      ),
    ).toMatchObject({accuracy: 0, loss: null});
  });

  test('a single class is always predicted', async () => {
    const {x} = clusters(20, 3, 1, 5);
    const labels = new Int32Array(20).fill(2);
    const model = await fitLogistic(x, labels, 3);
    expect(model.converged).toBe(true);
    expect(scoreLogits(await predictLogits(model, x), labels)).toEqual({
      n: 20,
      accuracy: 1,
      top5: null,
      loss: 0,
    });
  });

  test('what is stopped early says so', async () => {
    const {x, labels} = clusters(300, 6, 4, 6);
    expect(await fitLogistic(x, labels, 4, {maxIterations: 2})).toMatchObject({
      converged: false,
      iterations: 2,
    });
  });

  test('an abort is prompt', async () => {
    const {x, labels} = clusters(300, 6, 4, 7);
    const abort = new AbortController();
    const run = fitLogistic(x, labels, 4, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
  });
});

test('L-BFGS finds the minimum of the Rosenbrock function', async () => {
  const evaluate = (point: Float64Array) => {
    const [x, y] = [point[0]!, point[1]!];
    const value = (1 - x) ** 2 + 100 * (y - x * x) ** 2;
    const gradient = Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x));
    return Promise.resolve({value, gradient, rounding: 1e-15 * value});
  };
  const options = {tolerance: 1e-9, maxIterations: 100, inverseHessian: Float64Array.of(1, 1)};
  const found = await minimize(evaluate, Float64Array.of(-1.2, 1), options);
  expect(found.status).toBe('converged');
  expect(found.point[0]).toBeCloseTo(1, 8);
  expect(found.point[1]).toBeCloseTo(1, 8);
});
