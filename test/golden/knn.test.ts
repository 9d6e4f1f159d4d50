import {describe, expect, test} from 'vitest';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {golden, matrix} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {readonly csv: string; readonly k: number};
  readonly expected: {
    readonly rows: readonly number[];
    readonly indices: readonly number[][];
    readonly distances: readonly number[][];
    readonly sum_all_distances_k: number;
    readonly sum_indices_all: number;
    readonly mean_r1: number;
    readonly mean_r2: number;
  };
  readonly tolerance: {readonly distances_rel: number};
}

const sum = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((total, value) => total + value, 0);

describe.each((golden('knn') as Case[]).map(c => [c.name, c] as const))('neighbours of %s', (_, c) => {
  test('are the golden ones', async () => {
    const {rel, ...expected} = {...c.expected, rel: c.tolerance.distances_rel};
    const x = matrix(c.input);
    const {n, k, indices, distances} = await nearestNeighbors(x, c.input.k);
    expect([n, k]).toEqual([x.rows, c.input.k]);
    const close = (actual: number, wanted: number) =>
      expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(rel * wanted);
    expected.rows.forEach((row, i) => {
      expect([...indices.subarray(row * k, (row + 1) * k)]).toEqual(expected.indices[i]);
      expected.distances[i]!.forEach((distance, j) => close(distances[row * k + j]!, distance));
    });
    close(sum(distances), expected.sum_all_distances_k);
    expect(sum(indices)).toBe(expected.sum_indices_all);
    close(sum(distances.filter((_, i) => i % k === 0)) / n, expected.mean_r1);
    close(sum(distances.filter((_, i) => i % k === 1)) / n, expected.mean_r2);
  });
});
