import type {Matrix} from '../../src/kernels/matrix.js';
import type {Vectors} from '../../src/kernels/vectors.js';

/** The rows of a matrix as they come from a file: so many at a time, in an array that the next block overwrites. */
export function inBlocks({rows, cols, data}: Matrix, most: number): Vectors {
  return {
    rows,
    cols,
    *blocks() {
      const block = data.slice(0, most * cols);
      for (let at = 0; at < data.length; at += block.length) {
        const part = data.subarray(at, at + block.length);
        block.set(part);
        yield block.subarray(0, part.length);
      }
    },
  };
}
