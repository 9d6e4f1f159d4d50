import {afterAll, expect, test} from 'vitest';
import {npy} from '../rig/npz.js';
import {expectClose} from './close.js';
import {golden, lin} from './golden.js';
import {GoldenRuns} from './golden-runs.js';

/** The same points in float32, at many scales and far from the origin, to the tables of one run. */

interface Case {
  readonly input: {readonly scale: number; readonly offset: number};
  readonly expected: {
    readonly float64_direct_differences: Readonly<Record<'id' | 'n_valid' | 'mean_r1' | 'mean_r2', number>>;
  };
  readonly tolerance: {readonly float64_id_rel: number};
}
const cases = golden('precision_float32') as Case[];

const runs = new GoldenRuns();
afterAll(() => runs.remove());

test('float32 numbers far from the origin cost no digits', {timeout: 60_000}, async () => {
  const {rows, cols, data: values} = lin(2468, 800, 6, 256);
  const stages: Record<string, string> = {};
  cases.forEach(({input: {scale, offset}}, i) => {
    runs.write(`x${i}.npy`, npy([rows, cols], Float32Array.from(values, value => value * scale + offset)));
    stages[`x${i}`] = `{stage: load, source: matrix, path: x${i}.npy}`;
    stages[`id${i}`] = `{stage: metric, metric: twonn, from: x${i}}`;
  });
  const found = await runs.run(stages);
  cases.forEach(({expected, tolerance}, i) => {
    const {id, n_valid: valid, scale} = found[`id${i}`]![0]!;
    const {id: wanted, n_valid: count, mean_r1: r1, mean_r2: r2} = expected.float64_direct_differences;
    expectClose(id!, wanted, {rel: tolerance.float64_id_rel});
    expect(valid).toBe(count);
    expectClose(scale!, (r1 + r2) / 2, {rel: tolerance.float64_id_rel});
  });
});
