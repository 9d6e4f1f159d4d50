import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {barnesHut} from '../../src/kernels/barnes-hut.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {exactAffinities, neighborAffinities} from '../../src/kernels/tsne-affinities.js';
import {exactRepulsion} from '../../src/kernels/tsne-repulsion.js';
import {divergence, tsne, tsneGradient} from '../../src/kernels/tsne.js';
import {lin, mulberry32, normals} from '../golden/golden.js';
import {turned} from './moved.js';

const OPTIONS = {
  iterations: 60,
  learningRate: 50,
  earlyExaggeration: 12,
  exaggerationIterations: 20,
  theta: 0.5,
};
const start = (n: number, seed = 1): Float64Array => normals(seed, 2 * n).map(value => 1e-4 * value);

/** Sum of p_ij over all ordered pairs. */
const total = (weights: Float64Array): number => 2 * weights.reduce((sum, weight) => sum + weight, 0);

/** exp of the entropy of the normal weights around a point, of the distances to some others. */
function perplexityOf(distances: readonly number[], beta: number): number {
  const least = Math.min(...distances) ** 2;
  const weights = distances.map(d => Math.exp(-beta * (d * d - least)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return Math.exp(
    weights.reduce((entropy, w) => (w > 0 ? entropy - (w / sum) * Math.log(w / sum) : entropy), 0),
  );
}

describe('affinities', () => {
  test('sum to one; every point has the perplexity asked for', async () => {
    const x = lin(1, 300, 3, 8);
    const table = await nearestNeighbors(x, 299);
    for (const [k, perplexity] of [
      [45, 15],
      [299, 15],
      [299, 100],
      [5, 2.5],
    ] as const) {
      const {graph, betas} = neighborAffinities(table, k, perplexity);
      expect(total(graph.weights)).toBeCloseTo(1, 12);
      betas.forEach((beta, i) => {
        const distances = [...table.distances.subarray(i * 299, i * 299 + k)];
        expect(perplexityOf(distances, beta)).toBeCloseTo(perplexity, 8);
      });
    }
  });

  test('are those of the data however moved, turned and scaled, from 1e-140 to 1e140', () => {
    const x = lin(2, 80, 3, 4);
    const {graph} = exactAffinities(x, 10);
    const moved = turned({...x, data: x.data.map(value => 5 - 2 * value)}, 0, 2, 1);
    for (const other of [
      moved,
      {...x, data: x.data.map(value => 1e-140 * value)},
      {...x, data: x.data.map(value => 1e140 * value)},
    ]) {
      const {weights} = exactAffinities(other, 10).graph;
      weights.forEach((weight, e) => expect(weight).toBeCloseTo(graph.weights[e]!, 10));
    }
  });

  test('of points at one place, and of more duplicates than the perplexity', () => {
    const same = exactAffinities({rows: 6, cols: 2, data: new Float64Array(12)}, 2);
    expect([...same.graph.weights]).toEqual(new Array(15).fill(1 / 30));
    // Ten points at each of two places: only those at its own are near a point.
    const two: Matrix = {rows: 20, cols: 1, data: Float64Array.from({length: 20}, (_, i) => i % 2)};
    const {graph} = exactAffinities(two, 4);
    expect(total(graph.weights)).toBeCloseTo(1, 12);
    for (let i = 0; i < 20; i++)
      for (let e = graph.starts[i]!; e < graph.starts[i + 1]!; e++)
        expect(graph.weights[e]).toBeCloseTo((graph.ends[e]! - i) % 2 === 0 ? 1 / 180 : 0, 12);
  });
});

describe('Barnes-Hut', () => {
  const layouts: Record<string, (n: number) => Float64Array> = {
    'normal points': n => normals(3, 2 * n),
    'far apart': n => normals(4, 2 * n).map(value => 1e6 * value),
    'the start of a run': n => start(n),
    'all at one place': n => new Float64Array(2 * n).fill(0.3),
    'on a line': n => Float64Array.from({length: 2 * n}, (_, c) => (c % 2 === 0 ? c / 7 : 0)),
    'a tight pair among points far away': n =>
      normals(5, 2 * n).map((value, c) => (c < 4 ? 1e-9 * c : 1e4 * value)),
  };
  const forces = (repulsion: typeof exactRepulsion, y: Float64Array) => {
    const out = new Float64Array(y.length);
    const sum = repulsion(y, out);
    return {sum, out, norm: Math.hypot(...out)};
  };

  test.each(Object.entries(layouts))('with theta 0 is exact: %s', (_, make) => {
    for (const n of [1, 2, 5, 150]) {
      const y = make(n);
      const [tree, all] = [forces(barnesHut(n, 0), y), forces(exactRepulsion, y)];
      expect(Math.abs(tree.sum - all.sum)).toBeLessThanOrEqual(1e-12 * n * (1 + all.sum));
      tree.out.forEach((force, c) =>
        expect(Math.abs(force - all.out[c]!)).toBeLessThanOrEqual(1e-12 * (1 + all.norm)),
      );
    }
  });

  test('with theta 0.5 is within a few percent, and nearer with a smaller theta', () => {
    const y = normals(6, 4000).map(value => 20 * value);
    const all = forces(exactRepulsion, y);
    const errors = [0.2, 0.5, 0.9].map(theta => {
      const {out} = forces(barnesHut(2000, theta), y);
      return Math.hypot(...out.map((force, c) => force - all.out[c]!)) / all.norm;
    });
    expect(errors).toEqual([...errors].sort((a, b) => a - b));
    expect(errors[1]).toBeLessThan(0.03);
    expect(errors[0]).toBeGreaterThan(0);
  });

  test('is used again on points that have moved', () => {
    const repulsion = barnesHut(300, 0.5);
    const one = normals(7, 600);
    const before = forces(repulsion, one);
    forces(repulsion, normals(8, 600));
    expect(forces(repulsion, one)).toEqual(before);
  });

  test('any few points', () => {
    const points = fc.array(fc.integer({min: -3, max: 3}), {minLength: 2, maxLength: 60});
    fc.assert(
      fc.property(points, values => {
        const y = Float64Array.from(values.slice(0, 2 * Math.floor(values.length / 2)));
        const [tree, all] = [forces(barnesHut(y.length / 2, 0), y), forces(exactRepulsion, y)];
        expect(tree.sum).toBeCloseTo(all.sum, 9);
        tree.out.forEach((force, c) => expect(force).toBeCloseTo(all.out[c]!, 9));
      }),
    );
  });
});

describe('the descent', () => {
  const x = lin(9, 200, 3, 6);
  const {graph} = exactAffinities(x, 20);

  test('the gradient is that of the divergence, by differences', () => {
    const y = normals(10, 400);
    const {gradient} = tsneGradient(graph, y);
    for (const c of [0, 1, 57, 399]) {
      const at = (step: number): number =>
        divergence(
          graph,
          y.map((value, i) => (i === c ? value + step : value)),
        );
      expect((at(1e-5) - at(-1e-5)) / 2e-5).toBeCloseTo(gradient[c]!, 7);
    }
  });

  test('comes down, and is the same every time', async () => {
    const run = () => tsne(graph, start(200), {...OPTIONS, iterations: 500, exaggerationIterations: 100});
    const {y, divergence: reached} = await run();
    expect(reached).toBeLessThan(0.5 * divergence(graph, start(200)));
    expect(await run()).toEqual({y, divergence: reached});
  });

  test('says how far it is, and stops when it is told to', async () => {
    const abort = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number): void => {
      seen.push(done);
      if (done === 3) abort.abort(new Error('enough'));
    };
    await expect(tsne(graph, start(200), {...OPTIONS, signal: abort.signal, onProgress})).rejects.toThrow(
      'enough',
    );
    expect(seen).toEqual([0, 1, 2, 3]);
  });
});

test('what is apart in the data is apart in the plane', async () => {
  // Three clusters of 60 points in 10 dimensions.
  const [u, far] = [mulberry32(11), 20];
  const data = Float64Array.from(
    {length: 1800},
    (_, i) => u() + (i % 10 === Math.floor(i / 10) % 3 ? far : 0),
  );
  const {graph} = exactAffinities({rows: 180, cols: 10, data}, 15);
  const {y} = await tsne(graph, start(180), {...OPTIONS, iterations: 400, exaggerationIterations: 100});
  const table = await nearestNeighbors({rows: 180, cols: 2, data: y}, 20);
  table.indices.forEach((other, at) => expect(other % 3).toBe(Math.floor(at / 20) % 3));
});
