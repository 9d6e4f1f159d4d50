import type {Matrix} from '../../src/kernels/matrix.js';

/** Nearest neighbours by their definition: all distances by direct differences in float64, ordered by (distance, index). */
export function bruteForce({rows, cols, data}: Matrix, k: number, queries?: readonly number[]) {
  const width = Math.max(0, Math.min(k, rows - 1));
  return (queries ?? Array.from({length: rows}, (_, i) => i)).map(i => {
    const others: {index: number; distance: number}[] = [];
    for (let j = 0; j < rows; j++) {
      if (j === i) continue;
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += (data[i * cols + c]! - data[j * cols + c]!) ** 2;
      others.push({index: j, distance: Math.sqrt(sum)});
    }
    others.sort((a, b) => a.distance - b.distance || a.index - b.index);
    return others.slice(0, width);
  });
}

/** The same among other points. */
export function bruteForcePoints(rows: Matrix, points: Matrix, k: number) {
  const {cols} = points;
  return Array.from({length: rows.rows}, (_, i) => {
    const found = Array.from({length: points.rows}, (_, j) => {
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += (rows.data[i * cols + c]! - points.data[j * cols + c]!) ** 2;
      return {index: j, distance: Math.sqrt(sum)};
    });
    return found.sort((a, b) => a.distance - b.distance || a.index - b.index).slice(0, k);
  });
}
