import type {Matrix} from './matrix.js';

/**
 * Share of rows whose label is among the k highest scores of the row. Of equal scores that of the lower class counts as
 * higher. Null if there are no rows.
 *
 * @param scores a row for each sample, a column for each class
 * @param labels class of each row, 0-based
 */
export function topAccuracy(scores: Matrix, labels: Int32Array, k: number): number | null {
  const {rows, cols, data} = scores;
  if (rows === 0) return null;
  let hits = 0;
  for (let i = 0; i < rows; i++) {
    const at = i * cols;
    const label = labels[i]!;
    const own = data[at + label]!;
    let above = 0;
    for (let c = 0; c < cols; c++) if (data[at + c]! > own || (data[at + c] === own && c < label)) above++;
    if (above < k) hits++;
  }
  return hits / rows;
}

/** The class with the highest score of each row; the lowest of those that tie. */
export function argmax({rows, cols, data}: Matrix): Int32Array {
  return Int32Array.from({length: rows}, (_, i) => {
    let best = 0;
    for (let c = 1; c < cols; c++) if (data[i * cols + c]! > data[i * cols + best]!) best = c;
    return best;
  });
}
