import {buildModel, float} from '../onnx/build.js';
import type {FloatType} from './matrix.js';

/** The scores of `DistanceBound` of some rows against some points: bias - 2 query points^T. */
export function scoresModel(type: FloatType): Uint8Array {
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
