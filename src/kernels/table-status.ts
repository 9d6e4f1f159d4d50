import type {Neighbors} from './neighbors.js';

/**
 * Whether neighbours say anything. `insufficient`: there are none; `constant`: all points coincide, so that the neighbours are those
 * with the smallest numbers and nothing else.
 */
export type TableStatus = 'ok' | 'insufficient' | 'constant';

/** What is the matter with the first of some tables about which anything is. */
export function tableStatus(...tables: readonly Neighbors[]): TableStatus {
  for (const {n, k, indices, distances} of tables) {
    if (k === 0 || n < 2) return 'insufficient';
    // Where all coincide, the nearest of every other point is point 0, by its number.
    let same = true;
    for (let i = 1; i < n && same; i++) same = indices[i * k] === 0 && distances[i * k] === 0;
    if (same) return 'constant';
  }
  return 'ok';
}
