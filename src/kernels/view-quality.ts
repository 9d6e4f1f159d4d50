import type {Matrix} from './matrix.js';
import type {RankOptions} from './neighbor-ranks.js';
import {neighborRanks} from './neighbor-ranks.js';
import type {Neighbors} from './neighbors.js';
import {nearestNeighbors} from './neighbors.js';

/** How well a view keeps neighbourhoods: 1 for those of the data, about 0.5 for a random view. */
export interface ViewQuality {
  /** Whether neighbours in the view are neighbours in the data. */
  readonly trustworthiness: number;
  /** Whether neighbours in the data are neighbours in the view. */
  readonly continuity: number;
}

/**
 * Trustworthiness and continuity of a view (Venna and Kaski 2001, eq. 1 and 2): one less 2 / (n k (2n - 3k - 1)) times the sum, over
 * the k nearest neighbours in one of the two spaces, of how far their rank in the other is beyond k. Ranks are exact.
 *
 * @param x the data, n rows
 * @param table their neighbours, at least k
 * @param view the same rows in the view
 * @returns null unless 1 <= k < n / 2: then the sum has no such bound
 */
export async function viewQuality(
  x: Matrix,
  table: Neighbors,
  view: Matrix,
  k: number,
  options: RankOptions = {},
): Promise<ViewQuality | null> {
  const n = x.rows;
  if (k < 1 || 2 * k >= n) return null;
  const kept = (ranks: Int32Array): number => {
    const beyond = ranks.reduce((sum, rank) => sum + Math.max(0, rank - k), 0);
    return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * beyond;
  };
  const inView = await nearestNeighbors(view, k, options);
  return {
    trustworthiness: kept(await neighborRanks(inView, x, k, options)),
    continuity: kept(await neighborRanks(table, view, k, options)),
  };
}
