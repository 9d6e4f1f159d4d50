import {buildModel} from '../onnx/build.js';
import type {NodeSpec} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import type {Evaluation} from './lbfgs.js';
import {floatType} from './matrix.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {ELEMENT, floatTensor, rowBlocks} from './tensors.js';
import {dot} from './vector.js';

/** A linear softmax classifier to be fitted: `min mean log loss + decay / 2 |W|^2`. */
export interface SoftmaxProblem {
  readonly x: Matrix;
  /** Subtracted from the rows. */
  readonly centre: Float64Array;
  /** Class of each row, 0-based. */
  readonly labels: Int32Array;
  readonly classes: number;
  readonly decay: number;
}

/** Relative rounding error of a sum over the rows. */
const ROUNDING = {float32: 2 ** -21, float64: 2 ** -49} as const;

/**
 * Opens the value and gradient of a problem at a point (the weights, class by class, then the intercepts) on ONNX Runtime, in blocks
 * of rows that are summed in float64. The labels enter by their sums alone: with S_c the sum of the rows of class c and n_c their
 * number,
 *
 *     sum of log losses = sum_i logsumexp(W x_i + b) - sum_c (W_c . S_c + b_c n_c)
 */
export async function openSoftmaxLoss(
  problem: SoftmaxProblem,
  precision: FloatType,
  threads: number | undefined,
) {
  const {x, classes, decay} = problem;
  const {rows, cols} = x;
  const stored = floatType(x.data);
  const session = await openSession(softmaxModel(stored, precision), {threads});
  const targets = classSums(problem);
  const size = classes * cols;
  const centre =
    stored === 'float32' && precision === 'float32' ? Float32Array.from(problem.centre) : problem.centre;
  const blocks = rowBlocks(rows, cols);

  async function evaluate(point: Float64Array): Promise<Evaluation> {
    const parameters = precision === 'float32' ? Float32Array.from(point) : point;
    const gradient = new Float64Array(point.length);
    let normalizer = 0;
    for (const [start, end] of blocks) {
      const {normalizers, weightSums, classSums} = await session.run({
        x: floatTensor(x.data.subarray(start * cols, end * cols), end - start, cols),
        centre: floatTensor(centre, cols),
        weights: floatTensor(parameters.subarray(0, size), classes, cols),
        intercepts: floatTensor(parameters.subarray(size), classes),
      });
      normalizer += sum(normalizers!.data as FloatArray);
      add(gradient, 0, weightSums!.data as FloatArray);
      add(gradient, size, classSums!.data as FloatArray);
    }
    const target = dot(point, targets);
    const square = dot(point.subarray(0, size), point.subarray(0, size));
    for (let i = 0; i < point.length; i++) {
      gradient[i] = (gradient[i]! - targets[i]!) / rows + (i < size ? decay * point[i]! : 0);
    }
    return {
      value: (normalizer - target) / rows + (decay / 2) * square,
      rounding: (ROUNDING[precision] * (Math.abs(normalizer) + Math.abs(target))) / rows,
      gradient,
    };
  }
  return {evaluate, close: () => session.release()};
}

/** Sums of the rows of every class, then their numbers. */
function classSums({x, centre, labels, classes}: SoftmaxProblem): Float64Array {
  const {rows, cols, data} = x;
  const sums = new Float64Array(classes * (cols + 1));
  for (let i = 0; i < rows; i++) {
    const at = labels[i]! * cols;
    for (let c = 0; c < cols; c++) sums[at + c]! += data[i * cols + c]! - centre[c]!;
    sums[classes * cols + labels[i]!]!++;
  }
  return sums;
}

function softmaxModel(stored: FloatType, precision: FloatType): Uint8Array {
  // The centre is subtracted in the wider of both types, so that a large common offset costs no digits.
  const wide = stored === 'float64' || precision === 'float64' ? 'float64' : 'float32';
  const nodes: NodeSpec[] = [
    ...cast('x', 'wide', stored, wide),
    {
      op: 'Sub',
      inputs: [stored === wide ? 'x' : 'wide', 'centre'],
      outputs: [wide === precision ? 'rows' : 'moved'],
    },
    ...cast('moved', 'rows', wide, precision),
    {op: 'Gemm', inputs: ['rows', 'weights', 'intercepts'], outputs: ['logits'], attributes: {transB: 1}},
    {op: 'ReduceMax', inputs: ['logits'], outputs: ['highest'], attributes: {axes: [1], keepdims: 1}},
    {op: 'Sub', inputs: ['logits', 'highest'], outputs: ['shifted']},
    {op: 'Exp', inputs: ['shifted'], outputs: ['powers']},
    {op: 'ReduceSum', inputs: ['powers', 'one'], outputs: ['total'], attributes: {keepdims: 1}},
    {op: 'Div', inputs: ['powers', 'total'], outputs: ['probabilities']},
    {op: 'Log', inputs: ['total'], outputs: ['log']},
    {op: 'Add', inputs: ['highest', 'log'], outputs: ['normalizers']},
    {op: 'Gemm', inputs: ['probabilities', 'rows'], outputs: ['weightSums'], attributes: {transA: 1}},
    {op: 'ReduceSum', inputs: ['probabilities', 'zero'], outputs: ['classSums'], attributes: {keepdims: 0}},
  ];
  return buildModel({
    inputs: [
      {name: 'x', type: stored, shape: ['n', 'cols']},
      {name: 'centre', type: wide, shape: ['cols']},
      {name: 'weights', type: precision, shape: ['classes', 'cols']},
      {name: 'intercepts', type: precision, shape: ['classes']},
    ],
    nodes,
    initializers: {one: {data: BigInt64Array.of(1n)}, zero: {data: BigInt64Array.of(0n)}},
    outputs: [
      {name: 'normalizers', type: precision, shape: ['n', 1]},
      {name: 'weightSums', type: precision, shape: ['classes', 'cols']},
      {name: 'classSums', type: precision, shape: ['classes']},
    ],
  });
}

function cast(from: string, to: string, type: FloatType, wanted: FloatType): NodeSpec[] {
  return type === wanted
    ? []
    : [{op: 'Cast', inputs: [from], outputs: [to], attributes: {to: ELEMENT[wanted]}}];
}

function sum(values: FloatArray): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function add(target: Float64Array, offset: number, values: FloatArray): void {
  for (let i = 0; i < values.length; i++) target[offset + i]! += values[i]!;
}
