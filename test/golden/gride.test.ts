import {expect, test} from 'vitest';
import {gride} from '../../src/kernels/gride.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {expectClose} from './close.js';
import {golden, matrix} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: {readonly csv: string; readonly range_max: number};
  readonly expected: Readonly<Record<'n1' | 'n2' | 'id' | 'err' | 'mean_scale', readonly number[]>>;
  readonly tolerance: {readonly id_abs: number; readonly err_rel: number; readonly scale_rel: number};
}

test.each((golden('gride') as Case[]).map(c => [c.name, c] as const))(
  'Gride of %s',
  async (_, {input, expected, tolerance}) => {
    const table = await nearestNeighbors(matrix(input), input.range_max);
    const estimates = gride(table, {rangeMax: input.range_max});
    expect(estimates.map(e => e.n1)).toEqual(expected.n1);
    expect(estimates.map(e => e.n2)).toEqual(expected.n2);
    estimates.forEach(({status, dimension, error, scale}, i) => {
      expect(status).toBe('ok');
      expectClose(dimension, expected.id[i]!, {abs: tolerance.id_abs});
      expectClose(error, expected.err[i]!, {rel: tolerance.err_rel});
      expectClose(scale, expected.mean_scale[i]!, {rel: tolerance.scale_rel});
    });
  },
);
