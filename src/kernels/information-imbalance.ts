import type {Matrix} from './matrix.js';
import {standardError} from './moments.js';
import type {RankOptions} from './neighbor-ranks.js';
import {neighborRanks} from './neighbor-ranks.js';
import type {Neighbors} from './neighbors.js';
import type {Vectors} from './vectors.js';

export interface InformationImbalance {
  /** 0: distances in A tell those in B; 1: they tell nothing. Null if there are no neighbours. */
  readonly imbalance: number | null;
  /** Of the imbalance, over the points. Null below two of them. */
  readonly standardError: number | null;
}

/**
 * Information imbalance of a representation A to another, B: 2/n times the mean rank that the k nearest neighbours in A have among the
 * neighbours in B (Glielmo, Zeni, Cheng, Csányi, Laio 2022, eq. 1). The mean over the points of 2/n times the mean rank of the k
 * neighbours of each, whence its standard error.
 *
 * @param from table of A, of at least k neighbours; beyond n - 1 there are no more
 * @param to the same n points in B, read block by block
 * @throws E305 if a value is not finite
 */
export async function informationImbalance(
  from: Neighbors,
  to: Matrix | Vectors,
  k: number,
  options: RankOptions = {},
): Promise<InformationImbalance> {
  const ranks = await neighborRanks(from, to, k, options);
  const n = to.rows;
  if (ranks.length === 0) return {imbalance: null, standardError: null};
  const width = ranks.length / n;
  const ofPoints = new Float64Array(n);
  ranks.forEach((rank, at) => (ofPoints[Math.floor(at / width)]! += rank));
  // Sums of ranks are whole numbers: no order of them matters.
  const sum = ofPoints.reduce((total, own) => total + own, 0);
  return {
    imbalance: ((2 / n) * sum) / ranks.length,
    standardError: standardError(ofPoints.map(own => ((2 / n) * own) / width)),
  };
}
