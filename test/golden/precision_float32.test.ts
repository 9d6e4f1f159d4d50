import {describe, expect, test} from 'vitest';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {firstTwoDistances, twonnRegression} from '../../src/kernels/twonn.js';
import {golden, lin} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {readonly scale: number; readonly offset: number};
  readonly expected: {
    readonly float64_direct_differences: {id: number; n_valid: number; mean_r1: number; mean_r2: number};
  };
  readonly tolerance: {readonly float64_id_rel: number};
}

describe.each((golden('precision_float32') as Case[]).map(c => [c.name, c] as const))(
  'float32 data, %s',
  (_, c) => {
    test('an offset costs no digits', async () => {
      const {rows, cols, data} = lin(2468, 800, 6, 256);
      const {scale, offset} = c.input;
      const x = {rows, cols, data: Float32Array.from(data, value => value * scale + offset)};
      const [r1, r2] = firstTwoDistances(await nearestNeighbors(x, 2));
      const {dimension, nValid} = twonnRegression(r1, r2);
      const expected = c.expected.float64_direct_differences;
      const close = (actual: number, wanted: number) =>
        expect(Math.abs(actual / wanted - 1)).toBeLessThanOrEqual(c.tolerance.float64_id_rel);
      close(dimension!, expected.id);
      expect(nValid).toBe(expected.n_valid);
      close(r1.reduce((sum, r) => sum + r, 0) / rows, expected.mean_r1);
      close(r2.reduce((sum, r) => sum + r, 0) / rows, expected.mean_r2);
    });
  },
);
