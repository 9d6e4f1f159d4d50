import {buildModel, float} from '../onnx/build.js';
import type {NodeSpec} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import {BLOCK, BlockTridiagonal, TOLERANCE} from './block-tridiagonal.js';
import {mirror} from './gram.js';
import {floatTensor} from './tensors.js';
import {addScaled, dot} from './vector.js';

/** Change of a Ritz value from one look to the next, relative to it, above which the bound is not worked out. */
const SETTLED = 1e-8;
/** Share of a vector that must be left of it for it to count as independent of others. */
const INDEPENDENT = 1e-12;

export interface LargestOptions {
  /** Threads of the products. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/** Whether `largestEigenvalues` is cheaper than all eigenvalues are. */
export const fewOf = (count: number, size: number): boolean => size >= 2048 && count * 8 <= size;

/**
 * The largest eigenvalues of a positive semidefinite symmetric matrix by the block Lanczos method with full reorthogonalisation
 * (Golub and Van Loan, Matrix Computations, 2013, section 10.3.6), from a fixed pseudo-random block: products on ONNX Runtime.
 *
 * A Ritz value t_i is not above the eigenvalue it stands for. With R the residuals of the first g Ritz vectors, and b a bound of
 * what is orthogonal to them, it is below by at most |R|^2 / (t_i - b) (Mathias 1998); b is the next Ritz value and its residual,
 * which holds unless the block is orthogonal to an eigenvector, as almost no block is. The search goes on until each is within
 * 1e-10 of its eigenvalue, or size * 2e-16 of the largest.
 *
 * @param matrix row-major, size x size; only the lower triangle is read
 * @returns `count` values, descending; null if that takes eight vectors for each and 640 in all, or half of all there are, or the matrix has
 *   low rank: then all eigenvalues are sooner found
 */
export async function largestEigenvalues(
  size: number,
  matrix: Float64Array,
  count: number,
  {threads}: LargestOptions = {},
): Promise<Float64Array | null> {
  const most = Math.floor(Math.min(size / 2, Math.max(8 * count, 20 * BLOCK)) / BLOCK);
  if (most * BLOCK < 2 * count) return null;
  const scale = scaleOf(size, matrix);
  if (scale === 0) return new Float64Array(count);
  const whole = matrix.map(value => value / scale);
  mirror(size, whole);
  const a = floatTensor(whole, size, size);
  const basis = new Float64Array(most * BLOCK * size);
  const rounding = size * Number.EPSILON;
  const projected = new BlockTridiagonal(most);
  const step = await openSession(stepModel(), {threads});
  try {
    let first = orthonormal(size, startBlock(size));
    let before: Float64Array | null = null;
    for (let j = 0, next = firstTest(count); first !== null; j++) {
      basis.set(first.vectors, j * BLOCK * size);
      const k = (j + 1) * BLOCK;
      const {rest, along, squares} = await step.run({
        a,
        v: floatTensor(first.vectors, BLOCK, size),
        q: floatTensor(basis.subarray(0, k * size), k, size),
      });
      projected.setDiagonal(j, along!.data as Float64Array);
      const residual = squares!.data as Float64Array;
      const exhausted = traceOf(residual) < rounding ** 2;
      if (k >= next || exhausted) {
        const values = projected.values(j + 1, count);
        if (exhausted || (before !== null && largestChange(before, values) < SETTLED)) {
          const found = projected.found(j + 1, residual, count, rounding);
          if (found !== null) return found.map(value => value * scale);
        }
        before = values;
        next = k + 2 * BLOCK;
      }
      if (j + 1 === most) return null;
      first = orthonormal(size, rest!.data as Float64Array);
      if (first !== null) projected.setBeside(j, first.lower);
    }
    return null;
  } finally {
    await step.release();
  }
}

/** Vectors at which a test may succeed: an eigenvalue is seldom found with fewer than three for each. */
const firstTest = (count: number): number => Math.ceil((3 * count) / BLOCK) * BLOCK;

/** From one set of Ritz values to the next, none of which is lower; relative, where a value is more than rounding. */
const largestChange = (before: Float64Array, values: Float64Array): number =>
  values.reduce(
    (most, value, i) => Math.max(most, (value - before[i]!) / Math.max(value, TOLERANCE * values[0]!)),
    0,
  );

/** The power of two next to the trace, which no eigenvalue exceeds. */
function scaleOf(size: number, matrix: Float64Array): number {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
  return trace > 0 ? 2 ** Math.floor(Math.log2(trace)) : 0;
}

function traceOf(block: Float64Array): number {
  let trace = 0;
  for (let i = 0; i < BLOCK; i++) trace += block[i * BLOCK + i]!;
  return trace;
}

/** The same for every matrix of a size: numbers in [-1, 1) from a linear congruential generator. */
function startBlock(size: number): Float64Array {
  let state = 1;
  return Float64Array.from({length: BLOCK * size}, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/**
 * Rows w as L v with orthonormal rows v, by the modified method of Gram and Schmidt, twice. Null if they are not independent. They
 * may be nearly dependent: images are, where one eigenvalue is far above the others.
 */
function orthonormal(size: number, w: Float64Array): {vectors: Float64Array; lower: Float64Array} | null {
  const vectors = w.slice();
  const lower = new Float64Array(BLOCK * BLOCK);
  const row = (i: number): Float64Array => vectors.subarray(i * size, (i + 1) * size);
  for (let i = 0; i < BLOCK; i++) {
    const v = row(i);
    const before = Math.sqrt(dot(v, v));
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const along = dot(v, row(j));
        addScaled(v, row(j), -along);
        lower[i * BLOCK + j]! += along;
      }
    const norm = Math.sqrt(dot(v, v));
    if (!(norm > INDEPENDENT * before)) return null;
    for (let c = 0; c < size; c++) v[c]! /= norm;
    lower[i * BLOCK + i] = norm;
  }
  return {vectors, lower};
}

const port = (name: string, ...shape: (number | string)[]) => ({name, type: 'float64', shape}) as const;
const gemm = (inputs: string[], output: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({
  op: 'Gemm',
  inputs,
  outputs: [output],
  attributes,
});

/** rest = v A less what of it lies along the basis q (twice, for rounding), along = v A q^T, squares = rest rest^T. */
function stepModel(): Uint8Array {
  const less = {alpha: float(-1)};
  return buildModel({
    inputs: [port('a', 'size', 'size'), port('v', BLOCK, 'size'), port('q', 'k', 'size')],
    nodes: [
      gemm(['v', 'a'], 'image'),
      gemm(['image', 'q'], 'first', {transB: 1}),
      gemm(['first', 'q', 'image'], 'once', less),
      gemm(['once', 'q'], 'second', {transB: 1}),
      gemm(['second', 'q', 'once'], 'rest', less),
      {op: 'Add', inputs: ['first', 'second'], outputs: ['along']},
      gemm(['rest', 'rest'], 'squares', {transB: 1}),
    ],
    outputs: [port('rest', BLOCK, 'size'), port('along', BLOCK, 'k'), port('squares', BLOCK, BLOCK)],
  });
}
