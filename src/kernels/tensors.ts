import type {Tensor} from '../onnx/session.js';
import type {FloatArray} from './matrix.js';

/** What the `to` of a Cast node says. */
export const ELEMENT = {float32: 1, int32: 6, float64: 11} as const;

export function floatTensor(data: FloatArray, ...dims: number[]): Tensor {
  return data instanceof Float32Array ? {type: 'float32', dims, data} : {type: 'float64', dims, data};
}

/** Numbers of one block of rows. */
const TILE = 2 ** 22;

/** Stretches of rows, in order, that a session is given at once. */
export function rowBlocks(rows: number, cols: number): (readonly [start: number, end: number])[] {
  const step = Math.max(1, Math.floor(TILE / cols));
  return Array.from(
    {length: Math.ceil(rows / step)},
    (_, b) => [b * step, Math.min((b + 1) * step, rows)] as const,
  );
}
