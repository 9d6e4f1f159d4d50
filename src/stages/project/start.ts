import type {Matrix} from '../../kernels/matrix.js';
import {principalPlane} from '../../kernels/principal-plane.js';
import type {Context} from '../define.js';
import {normal} from '../rng.js';

/** Standard deviation of the noise on a start, relative to that of the first axis. */
const NOISE = 0.01;

/**
 * Where an iterative layout starts: the first two principal components, scaled so that the first has the standard deviation `spread`, with a
 * little noise, without which equal samples could not part, nor samples on a line leave it. Null if all samples are equal.
 */
export async function principalStart(
  x: Matrix,
  spread: number,
  {rng, threads}: Context,
): Promise<Float64Array | null> {
  const plane = await principalPlane(x, threads);
  if (plane === null) return null;
  let squares = 0;
  for (let i = 0; i < plane.y.length; i += 2) squares += plane.y[i]! ** 2;
  const scale = spread / Math.sqrt(squares / x.rows);
  return plane.y.map(value => scale * value + NOISE * spread * normal(rng));
}
