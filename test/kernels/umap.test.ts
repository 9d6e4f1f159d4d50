import {describe, expect, test} from 'vitest';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {powerTable} from '../../src/kernels/power-table.js';
import {similarityCurve} from '../../src/kernels/umap-curve.js';
import {fuzzyGraph} from '../../src/kernels/umap-graph.js';
import {umapLayout} from '../../src/kernels/umap-layout.js';
import {createRng} from '../../src/stages/rng.js';
import {lin, mulberry32, normals} from '../golden/golden.js';

describe('the fuzzy graph', () => {
  test('weights are in (0, 1], and those of one direction sum to log2 k', async () => {
    const x = lin(1, 200, 3, 6);
    const table = await nearestNeighbors(x, 20);
    const {graph, rho, sigma} = fuzzyGraph(table, 15);
    for (const weight of graph.weights) {
      expect(weight).toBeGreaterThan(0);
      expect(weight).toBeLessThanOrEqual(1);
    }
    for (let i = 0; i < 200; i++) {
      const row = [...table.distances.subarray(i * 20, i * 20 + 14)];
      const sum = row.reduce((s, d) => s + Math.exp(-Math.max(0, d - rho[i]!) / sigma[i]!), 0);
      expect(sum).toBeCloseTo(Math.log2(15), 9);
      expect(rho[i]).toBe(row[0]);
    }
  });

  test('duplicates weigh 1, and the nearest that is none as well', async () => {
    // 0, 0, 0, 1, 2, 4, 8, 16, 32
    const data = Float64Array.of(0, 0, 0, 1, 2, 4, 8, 16, 32);
    const {graph, rho, sigma} = fuzzyGraph(await nearestNeighbors({rows: 9, cols: 1, data}, 8), 5);
    expect([...rho.subarray(0, 4)]).toEqual([1, 1, 1, 1]);
    const [end] = graph.starts.subarray(1);
    const weights = new Map(
      Array.from(graph.ends.subarray(0, end), (other, e) => [other, graph.weights[e]!]),
    );
    expect([1, 2, 3].map(other => weights.get(other))).toEqual([1, 1, 1]);
    expect(weights.get(4)).toBeLessThan(1);
    expect(sigma.every(width => width > 0)).toBe(true);
  });

  test('of points at one place', async () => {
    const same = {rows: 8, cols: 2, data: new Float64Array(16).fill(3)};
    const {graph, rho} = fuzzyGraph(await nearestNeighbors(same, 7), 4);
    expect([...rho]).toEqual(new Array(8).fill(0));
    expect(new Set(graph.weights)).toEqual(new Set([1]));
  });
});

test('the curve is flat up to the distance asked for and falls beyond it', () => {
  for (const minDist of [0, 0.1, 0.5, 0.99]) {
    const {a, b} = similarityCurve(minDist);
    const at = (d: number): number => 1 / (1 + a * d ** (2 * b));
    expect(at(minDist / 2)).toBeGreaterThan(0.85);
    expect(at(minDist + 1)).toBeCloseTo(Math.exp(-1), 0.5);
    expect(at(3)).toBeLessThan(0.15);
  }
  // Distances in another unit.
  const [one, ten] = [similarityCurve(0.1, 1), similarityCurve(1, 10)];
  expect(ten.b).toBeCloseTo(one.b, 6);
  expect(ten.a).toBeCloseTo(one.a * 10 ** (-2 * one.b), 6);
});

test('powers from a table', () => {
  for (const exponent of [0.5, 0.895, 1.33, 2]) {
    const power = powerTable(exponent);
    const bound = Math.abs(exponent * (exponent - 1)) * 2 ** -17 + exponent * 2 ** -23;
    for (let i = -2600; i <= 2600; i++) {
      const x = 1.01 ** i * 1.003;
      expect(Math.abs(power(x) / x ** exponent - 1)).toBeLessThan(bound);
    }
  }
});

describe('the layout', () => {
  const curve = similarityCurve(0.1);
  const start = normals(2, 360).map(value => 4 * value);
  // Three clusters of 60 points in 10 dimensions.
  const u = mulberry32(3);
  const data = Float64Array.from(
    {length: 1800},
    (_, i) => u() + (i % 10 === Math.floor(i / 10) % 3 ? 20 : 0),
  );
  const graph = async () => fuzzyGraph(await nearestNeighbors({rows: 180, cols: 10, data}, 14), 15).graph;

  test('what is apart in the data is apart in the plane', async () => {
    const y = await umapLayout(await graph(), start, curve, {epochs: 300, random: createRng(4)});
    const table = await nearestNeighbors({rows: 180, cols: 2, data: y}, 20);
    table.indices.forEach((other, at) => expect(other % 3).toBe(Math.floor(at / 20) % 3));
  });

  test('is that of its seed', async () => {
    const run = async (seed: number) =>
      umapLayout(await graph(), start, curve, {epochs: 20, random: createRng(seed)});
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  test('says how far it is, and stops when it is told to', async () => {
    const abort = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number): void => {
      seen.push(done);
      if (done === 2) abort.abort(new Error('enough'));
    };
    const options = {epochs: 50, random: createRng(1), signal: abort.signal, onProgress};
    await expect(umapLayout(await graph(), start, curve, options)).rejects.toThrow('enough');
    expect(seen).toEqual([0, 1, 2]);
  });
});
