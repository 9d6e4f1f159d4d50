import type {Frame, Prepared} from './distance-bound.js';
import {DistanceBound} from './distance-bound.js';
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
