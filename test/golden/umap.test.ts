import {expect, test} from 'vitest';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {similarityCurve} from '../../src/kernels/umap-curve.js';
import {fuzzyGraph} from '../../src/kernels/umap-graph.js';
import {expectClose} from './close.js';
import {fromRows, golden} from './golden.js';

interface Graph {
  readonly input: {readonly points: number[][]; readonly n_neighbors: number};
  readonly expected: {
    readonly rho: readonly number[];
    readonly sigma: readonly number[];
    readonly graph_row0: readonly number[];
    readonly graph_sum: number;
    readonly graph_nonzeros: number;
  };
  readonly tolerance: {readonly abs: number};
}
interface Curves {
  readonly expected: Readonly<Record<string, readonly [a: number, b: number]>>;
  readonly tolerance: {readonly abs: number};
}
const [fuzzy, curves] = golden('umap') as unknown as [Graph, Curves];

test('the fuzzy graph', async () => {
  const {input, expected, tolerance} = fuzzy;
  const x = fromRows(input.points);
  // The points themselves are among the neighbours that are asked for.
  const {graph, rho, sigma} = fuzzyGraph(await nearestNeighbors(x, input.n_neighbors + 3), input.n_neighbors);
  rho.forEach((value, i) => expectClose(value, expected.rho[i]!, tolerance));
  sigma.forEach((value, i) => expectClose(value, expected.sigma[i]!, tolerance));
  const row = new Array<number>(x.rows).fill(0);
  for (let e = 0; e < graph.starts[1]!; e++) row[graph.ends[e]!] = graph.weights[e]!;
  row.forEach((value, j) => expectClose(value, expected.graph_row0[j]!, tolerance));
  // Each pair once here, twice there.
  expect(2 * graph.weights.length).toBe(expected.graph_nonzeros);
  expectClose(2 * graph.weights.reduce((sum, weight) => sum + weight, 0), expected.graph_sum, tolerance);
});

test.each(Object.entries(curves.expected))('the curve of %s', (name, [a, b]) => {
  const [, minDist, spread] = /^min_dist=(.+),spread=(.+)$/.exec(name)!;
  const curve = similarityCurve(Number(minDist), Number(spread));
  expectClose(curve.a, a, curves.tolerance);
  expectClose(curve.b, b, curves.tolerance);
});
