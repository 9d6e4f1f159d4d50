import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import type {Matrix} from './matrix.js';
import {floatTensor} from './tensors.js';

/** A matrix in float64. */
export interface Matrix64 extends Matrix {
  readonly data: Float64Array;
}

export interface ProductOptions {
  /** Whether the transpose of the first, of the second takes its place. Default false. */
  readonly transposeA?: boolean | undefined;
  readonly transposeB?: boolean | undefined;
  /** Threads. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/** A B, in float64 on the CPU. */
export async function product(
  a: Matrix64,
  b: Matrix64,
  {transposeA = false, transposeB = false, threads}: ProductOptions = {},
): Promise<Matrix64> {
  const rows = transposeA ? a.cols : a.rows;
  const cols = transposeB ? b.rows : b.cols;
  if (rows * cols * a.data.length === 0) return {rows, cols, data: new Float64Array(rows * cols)};
  const session = await openSession(model(transposeA, transposeB), {threads});
  try {
    const {c} = await session.run({
      a: floatTensor(a.data, a.rows, a.cols),
      b: floatTensor(b.data, b.rows, b.cols),
    });
    return {rows, cols, data: c!.data as Float64Array};
  } finally {
    await session.release();
  }
}

function model(transposeA: boolean, transposeB: boolean): Uint8Array {
  const port = (name: string) => ({name, type: 'float64', shape: [`${name}.rows`, `${name}.cols`]}) as const;
  return buildModel({
    inputs: [port('a'), port('b')],
    nodes: [
      {
        op: 'Gemm',
        inputs: ['a', 'b'],
        outputs: ['c'],
        attributes: {transA: Number(transposeA), transB: Number(transposeB)},
      },
    ],
    outputs: [port('c')],
  });
}
