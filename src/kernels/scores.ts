import {buildModel, float} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import type {Session} from '../onnx/session.js';
import type {Prepared} from './distance-bound.js';
import type {FloatArray, FloatType} from './matrix.js';
import {floatTensor} from './tensors.js';

/** The scores of `DistanceBound` of some rows with some points: bias - 2 query points^T, on the CPU. */
export class Scores {
  private room: FloatArray;

  private constructor(
    private readonly session: Session,
    type: FloatType,
  ) {
    this.room = type === 'float32' ? new Float32Array(0) : new Float64Array(0);
  }

  /** @param threads of the products. Default: one per physical core */
  static async open(type: FloatType, threads: number | undefined): Promise<Scores> {
    return new Scores(await openSession(scoresModel(type), {threads}), type);
  }

  /** @returns row-major, queries x points; the next are written in the same place, as fresh memory takes longer than the products */
  async of(query: Prepared, points: Prepared): Promise<FloatArray> {
    const [rows, cols] = [query.rows, points.points.length / points.rows];
    const size = rows * points.rows;
    if (this.room.length < size)
      this.room = this.room instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
    const scores = this.room.subarray(0, size);
    await this.session.run(
      {
        query: floatTensor(query.points, rows, cols),
        points: floatTensor(points.points, points.rows, cols),
        bias: floatTensor(points.bias, points.rows),
      },
      {scores: floatTensor(scores, rows, points.rows)},
    );
    return scores;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

function scoresModel(type: FloatType): Uint8Array {
  return buildModel({
    inputs: [
      {name: 'query', type, shape: ['queries', 'cols']},
      {name: 'points', type, shape: ['points', 'cols']},
      {name: 'bias', type, shape: ['points']},
    ],
    nodes: [
      {
        op: 'Gemm',
        inputs: ['query', 'points', 'bias'],
        outputs: ['scores'],
        attributes: {alpha: float(-2), transB: 1},
      },
    ],
    outputs: [{name: 'scores', type, shape: ['queries', 'points']}],
  });
}
