import {describe, expect, test} from 'vitest';
import type {Matrix} from '../../src/kernels/matrix.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {principalPlane} from '../../src/kernels/principal-plane.js';
import type {SymmetricGraph} from '../../src/kernels/symmetric-graph.js';
import {exactAffinities, neighborAffinities} from '../../src/kernels/tsne-affinities.js';
import {divergence, tsne, tsneGradient} from '../../src/kernels/tsne.js';
import {viewQuality} from '../../src/kernels/view-quality.js';
import {expectClose} from './close.js';
import {fromRows, golden, matrix} from './golden.js';

interface Blocks {
  readonly input: {readonly points: number[][]; readonly perplexity: number; readonly Y: number[][]};
  readonly expected: {
    readonly 'beta_(1/(2 sigma^2))': readonly number[];
    readonly P_row0: readonly number[];
    readonly P_sum: number;
    readonly KL_at_Y: number;
    readonly gradient_at_Y: readonly (readonly [number, number])[];
    readonly trustworthiness_k5_of_Y: number;
  };
  readonly tolerance: {readonly P_abs: number; readonly KL_rel: number; readonly gradient_abs: number};
}
interface Run {
  readonly input: {
    readonly iterations: number;
    readonly learning_rate: number;
    readonly early_exaggeration: number;
    readonly exaggeration_iterations: number;
  };
  readonly expected: {
    readonly 'KL_history_[iteration,KL]': readonly (readonly [number, number])[];
  };
  readonly tolerance: {readonly KL_abs_first_two: number; readonly KL_final_abs: number};
}
interface Plane {
  readonly input: {readonly csv: string; readonly k: number};
  readonly expected: {
    readonly trustworthiness: number;
    readonly continuity: number;
    readonly pc_explained_ratio: readonly number[];
    readonly abs_first_row: readonly number[];
  };
  readonly tolerance: {readonly abs: number};
}
const [blocks, run, plane] = golden('tsne') as unknown as [Blocks, Run, Plane];

const x = fromRows(blocks.input.points);
const y = Float64Array.from(blocks.input.Y.flat());
const {graph, betas} = exactAffinities(x, blocks.input.perplexity);

/** p_ij for all ordered pairs. */
function whole({n, starts, ends, weights}: SymmetricGraph): number[][] {
  const p = Array.from({length: n}, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++)
    for (let e = starts[i]!; e < starts[i + 1]!; e++) p[i]![ends[e]!] = p[ends[e]!]![i] = weights[e]!;
  return p;
}
const quality = async (view: Float64Array, data: Matrix, k: number) =>
  (await viewQuality(data, await nearestNeighbors(data, k), {rows: data.rows, cols: 2, data: view}, k))!;

test('joint probabilities', async () => {
  const {expected, tolerance} = blocks;
  const abs = tolerance.P_abs;
  const p = whole(graph);
  p[0]!.forEach((value, j) => expectClose(value, expected.P_row0[j]!, {abs}));
  expectClose(p.flat().reduce((sum, value) => sum + value, 0), expected.P_sum, {abs});
  betas.forEach((beta, i) => expectClose(beta, expected['beta_(1/(2 sigma^2))'][i]!, {rel: abs}));
  // All other points as the nearest neighbours are the same.
  const near = neighborAffinities(await nearestNeighbors(x, 29), 29, blocks.input.perplexity);
  whole(near.graph).forEach((row, i) => row.forEach((value, j) => expectClose(value, p[i]![j]!, {abs: 1e-15})));
});

test('divergence, gradient and trustworthiness of given points', async () => {
  const {expected, tolerance} = blocks;
  expectClose(divergence(graph, y), expected.KL_at_Y, {rel: tolerance.KL_rel});
  const {gradient} = tsneGradient(graph, y);
  expected.gradient_at_Y.flat().forEach((value, c) => expectClose(gradient[c]!, value, {abs: tolerance.gradient_abs}));
  expectClose((await quality(y, x, 5)).trustworthiness, expected.trustworthiness_k5_of_Y, {abs: 1e-12});
});

describe('a run of t-SNE', () => {
  const {input, expected, tolerance} = run;
  const history = expected['KL_history_[iteration,KL]'];
  const after = async (iterations: number, factor = 0.01): Promise<number> => {
    const {learning_rate: learningRate, early_exaggeration: earlyExaggeration} = input;
    const {exaggeration_iterations: exaggerationIterations} = input;
    const options = {iterations, learningRate, earlyExaggeration, exaggerationIterations, theta: 0};
    return (await tsne(graph, y.map(value => factor * value), options)).divergence;
  };

  test('its first steps', async () => {
    for (const [step, kl] of history.slice(0, 2))
      expectClose(await after(step + 1), kl, {abs: tolerance.KL_abs_first_two});
  });

  // With so large a step for 30 points the exaggerated part of the run is chaotic: the file's last value is that of one order of
  // additions, and no other program can be asked for it.
  test('its end is another for a start that differs in the last bit', async () => {
    const ends = [0.01, 0.01 * (1 + Number.EPSILON)].map(factor => after(input.iterations, factor));
    const [one, other] = await Promise.all(ends);
    expect(Math.abs(one! - other!)).toBeGreaterThan(tolerance.KL_final_abs);
    for (const kl of [one!, other!]) expect(kl).toBeLessThan(history[0]![1]);
  });
});

test('trustworthiness and continuity of the first two principal components', async () => {
  const {input, expected, tolerance} = plane;
  const data = matrix(input);
  const {y: view, explained} = (await principalPlane(data))!;
  const {trustworthiness, continuity} = await quality(view, data, input.k);
  expectClose(trustworthiness, expected.trustworthiness, tolerance);
  expectClose(continuity, expected.continuity, tolerance);
  explained.forEach((share, axis) => expectClose(share, expected.pc_explained_ratio[axis]!, tolerance));
  expected.abs_first_row.forEach((value, axis) => expectClose(Math.abs(view[axis]!), value, tolerance));
});
