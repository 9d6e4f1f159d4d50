import type {Matrix} from '../../src/kernels/matrix.js';

interface Near {
  readonly index: number;
  readonly distance: number;
}

/** Nearest neighbours by their definition: all distances by direct differences in float64, ordered by (distance, index). */
export function bruteForce(x: Matrix, k: number, queries?: readonly number[]): Near[][] {
  const width = Math.max(0, Math.min(k, x.rows - 1));
  const data = Float64Array.from(x.data);
  return (queries ?? Array.from({length: x.rows}, (_, i) => i)).map(i =>
    nearest(data.subarray(i * x.cols, (i + 1) * x.cols), data, width, i),
  );
}

/** The same among other points. */
export function bruteForcePoints(rows: Matrix, points: Matrix, k: number): Near[][] {
  const data = Float64Array.from(points.data);
  return Array.from({length: rows.rows}, (_, i) =>
    nearest(Float64Array.from(rows.data.subarray(i * rows.cols, (i + 1) * rows.cols)), data, k),
  );
}

/** Of numbers in float64, whatever the matrix holds: one loop for all of them is much faster. */
function nearest(row: Float64Array, points: Float64Array, k: number, self?: number): Near[] {
  const cols = row.length;
  const found: Near[] = [];
  for (let index = 0, at = 0; at < points.length; index++, at += cols) {
    if (index === self) continue;
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += (row[c]! - points[at + c]!) ** 2;
    found.push({index, distance: Math.sqrt(sum)});
  }
  return found.sort((a, b) => a.distance - b.distance || a.index - b.index).slice(0, k);
}
