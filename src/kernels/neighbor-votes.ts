import type {Matrix} from './matrix.js';
import type {NeighborOptions} from './neighbors.js';
import {nearestPoints} from './neighbors.js';

export interface VoteOptions extends Omit<NeighborOptions, 'distance'> {
  readonly k: number;
  readonly distance: 'euclidean' | 'cosine';
  /** A neighbour with cosine c weighs exp(c / temperature); null: every neighbour weighs 1. */
  readonly temperature: number | null;
}

/**
 * What the k nearest training rows of every test row say of its class: test rows x classes, the sum of the weights of the neighbours
 * of each class (weights: Wu, Xiong, Yu, Lin 2018, eq. 12).
 *
 * @param labels class of each training row, 0-based
 * @throws E305 if a value is not finite
 */
export async function neighborVotes(
  train: Matrix,
  labels: Int32Array,
  classes: number,
  test: Matrix,
  {k, temperature, ...options}: VoteOptions,
): Promise<Matrix> {
  const {n, k: held, indices, distances} = await nearestPoints(test, train, k, options);
  const [lengths, trainLengths] = [unitLengths(test), unitLengths(train)];
  const data = new Float64Array(n * classes);
  for (let i = 0; i < n; i++)
    for (let at = i * held; at < (i + 1) * held; at++) {
      const neighbor = indices[at]!;
      // Of unit vectors and zeros: 2 a . b = |a|^2 + |b|^2 - |a - b|^2.
      const cosine = (lengths[i]! + trainLengths[neighbor]! - distances[at]! ** 2) / 2;
      data[i * classes + labels[neighbor]!]! += temperature === null ? 1 : Math.exp(cosine / temperature);
    }
  return {rows: n, cols: classes, data};
}

/** The length of each row once it is brought to 1: 0 for a row of zeros. */
function unitLengths({rows, cols, data}: Matrix): Uint8Array {
  return Uint8Array.from({length: rows}, (_, i) =>
    data.subarray(i * cols, (i + 1) * cols).some(value => value !== 0) ? 1 : 0,
  );
}
