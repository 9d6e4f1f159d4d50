import type {Reflected} from './tridiagonalise.js';

/** The reflections of a matrix's reduction to a tridiagonal one, kept to turn vectors of that into vectors of the matrix. */
export class Reflections {
  private readonly all: {readonly v: Float64Array; readonly tau: number}[] = [];

  /** Takes those that `tridiagonalise` tells of, in order. */
  readonly add: Reflected = (v, tau) => {
    this.all.push({v: v.slice(), tau});
  };

  /** Applies them to a vector in place, the last first. */
  apply(vector: Float64Array): void {
    for (let r = this.all.length - 1; r >= 0; r--) {
      const {v, tau} = this.all[r]!;
      let along = 0;
      for (let i = 0; i < v.length; i++) along += v[i]! * vector[i]!;
      along *= tau;
      for (let i = 0; i < v.length; i++) vector[i]! -= along * v[i]!;
    }
  }
}
