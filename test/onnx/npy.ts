import {readFileSync} from 'node:fs';
import type {Tensor} from '../../src/onnx/session.js';

/** A .npy file of float32 or int64 in C order. */
export function readNpy(path: string): Tensor {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const dims = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter(s => s.trim() !== '')
    .map(Number);
  const data = bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.byteLength);
  if (header.includes('<i8')) return {type: 'int64', dims, data: new BigInt64Array(data)};
  return {type: 'float32', dims, data: new Float32Array(data)};
}

/** The largest absolute difference; infinite for different lengths. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i]! - b[i]!));
  return max;
}
