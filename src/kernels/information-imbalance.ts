import type {Matrix} from './matrix.js';
import type {RankOptions} from './neighbor-ranks.js';
import {neighborRanks} from './neighbor-ranks.js';
import type {Neighbors} from './neighbors.js';

/**
 * Information imbalance of a representation A to another, B: 2/n times the mean rank that the k nearest neighbours in A have among the
 * neighbours in B (Glielmo, Zeni, Cheng, Csányi, Laio 2022, eq. 1). 0: distances in A tell those in B; 1: they tell nothing.
 *
 * @param from table of A, of at least k neighbours; beyond n - 1 there are no more
 * @param to the same n points in B
 * @returns null if there are no neighbours
 * @throws E305 if a value is not finite
 */
export async function informationImbalance(
  from: Neighbors,
  to: Matrix,
  k: number,
  options: RankOptions = {},
): Promise<number | null> {
  const ranks = await neighborRanks(from, to, k, options);
  if (ranks.length === 0) return null;
  const sum = ranks.reduce((total, rank) => total + rank, 0);
  return ((2 / to.rows) * sum) / ranks.length;
}
