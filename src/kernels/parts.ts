import type {Frame, Prepared} from './distance-bound.js';
import {DistanceBound} from './distance-bound.js';
import type {Neighbors} from './neighbors.js';
import type {Vectors} from './vectors.js';
import {stretches} from './vectors.js';

/** Rows that stand together among all. */
export interface Part {
  /** The number of the first. */
  readonly first: number;
  readonly bound: DistanceBound;
}

/** All rows, so many at a time, in one frame. */
export async function* partsOf(x: Vectors, most: number, frame: Frame): AsyncGenerator<Part> {
  const {cols} = x;
  for await (const {first, data} of stretches(x, most))
    yield {first, bound: new DistanceBound({rows: data.length / cols, cols, data}, frame)};
}

/** Some of the rows that were prepared: views. */
export const someOf = ({rows, points, bias, base}: Prepared, from: number, to: number): Prepared => ({
  rows: to - from,
  points: points.subarray((points.length / rows) * from, (points.length / rows) * to),
  bias: bias.subarray(from, to),
  base: base.subarray(from, to),
});

/**
 * The neighbours of some rows that are among some points: the places of both, and which of the first `width` neighbours of the row it is.
 *
 * @param table of all rows
 */
export function eachNeighbor(
  rows: {readonly first: number; readonly count: number},
  points: {readonly first: number; readonly count: number},
  {k, indices}: Neighbors,
  width: number,
  tell: (row: number, point: number, which: number) => void,
): void {
  for (let row = 0; row < rows.count; row++)
    for (let which = 0; which < width; which++) {
      const point = indices[(rows.first + row) * k + which]! - points.first;
      if (point >= 0 && point < points.count) tell(row, point, which);
    }
}
