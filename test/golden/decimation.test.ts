import {describe, expect, test} from 'vitest';
import {disjointBlocks, stridedBlocks} from '../../src/kernels/decimation.js';
import {takeRows} from '../../src/kernels/take-rows.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {moments} from '../../src/kernels/moments.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {firstTwoDistances, twonnLikelihood, twonnRegression} from '../../src/kernels/twonn.js';
import {expectClose} from './close.js';
import {golden, matrix, rowsBetween} from './golden.js';

interface Scale {
  readonly blocks: number;
  readonly points_per_block: number;
  readonly id_per_block: readonly number[];
  readonly id_mean: number;
  readonly id_std_ddof0: number;
  readonly id_sem_ddof0: number;
  readonly mle_mean: number;
  readonly scale_mean_r1_r2: number;
}
interface Case<Expected> {
  readonly name: string;
  readonly input: {readonly csv: string};
  readonly expected: Expected;
  readonly tolerance: {readonly rel: number};
}

const mean = (values: ArrayLike<number>): number => moments(values).mean!;

async function measure(x: Matrix, subsets: readonly Int32Array[]) {
  const ids: number[] = [];
  const mles: number[] = [];
  const scales: number[] = [];
  for (const rows of subsets) {
    const [r1, r2] = firstTwoDistances(await nearestNeighbors(takeRows(x, rows), 2));
    ids.push(twonnRegression(r1, r2).dimension!);
    mles.push(twonnLikelihood(r1, r2).dimension!);
    scales.push(mean([mean(r1), mean(r2)]));
  }
  return {ids, mles, scales};
}

const cases = golden('decimation') as Case<never>[];
const strided = cases.filter(c => c.name.endsWith('strided disjoint blocks')) as Case<readonly Scale[]>[];
test('there are three', () => expect(strided).toHaveLength(3));

test.each(strided.map(c => [c.name, c] as const))('%s', async (_, {input, expected, tolerance}) => {
  const x = matrix(input);
  for (const scale of expected) {
    const blocks = stridedBlocks(scale.blocks, Math.floor(x.rows / scale.blocks));
    expect(blocks.map(b => b.length)).toEqual(Array(scale.blocks).fill(scale.points_per_block));
    const {ids, mles, scales} = await measure(x, blocks);
    scale.id_per_block.forEach((id, b) => expectClose(ids[b]!, id, tolerance));
    const summary = moments(ids);
    expectClose(summary.mean, scale.id_mean, tolerance);
    expectClose(summary.std, scale.id_std_ddof0, {...tolerance, abs: 1e-12});
    expectClose(summary.std! / Math.sqrt(scale.blocks), scale.id_sem_ddof0, {...tolerance, abs: 1e-12});
    expectClose(mean(mles), scale.mle_mean, tolerance);
    expectClose(mean(scales), scale.scale_mean_r1_r2, tolerance);
  }
});

describe('block analysis', () => {
  test('with the identity for a permutation', async () => {
    const {input, expected, tolerance} = cases.find(c =>
      c.name.includes('block_analysis'),
    ) as unknown as Case<{
      dim: number[];
      std: number[];
      n_points: number[];
    }>;
    const x = rowsBetween(matrix(input), 0, 599);
    const order = Int32Array.from({length: 600}, (_, i) => i);
    for (let count = 1; count <= 20; count++) {
      const blocks = disjointBlocks(order, count, Math.floor(600 / count));
      expect(blocks[0]!.length).toBe(expected.n_points[count - 1]);
      const {mean: dimension, std} = moments((await measure(x, blocks)).ids);
      expectClose(dimension, expected.dim[count - 1]!, tolerance);
      expectClose(std, expected.std[count - 1]!, {...tolerance, abs: 1e-12});
    }
  });
});
