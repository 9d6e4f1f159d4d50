import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import {topAccuracy} from './accuracy.js';
import {floatType} from './matrix.js';
import type {FloatArray, FloatType, Matrix} from './matrix.js';
import {ELEMENT, floatTensor, rowBlocks} from './tensors.js';

/** A linear classifier: logits = W x + b. A class that is never predicted has intercept -Infinity. */
export interface LinearModel {
  readonly classes: number;
  readonly cols: number;
  /** classes x cols, row-major. */
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
}

/** The logits of every row: rows x classes. */
export async function predictLogits(model: LinearModel, x: Matrix, threads?: number): Promise<Matrix> {
  const {rows, cols} = x;
  const {classes} = model;
  const session = await openSession(logitsModel(floatType(x.data)), {threads});
  const data = new Float64Array(rows * classes);
  try {
    for (const [start, end] of rowBlocks(rows, cols)) {
      const {logits} = await session.run({
        x: floatTensor(x.data.subarray(start * cols, end * cols), end - start, cols),
        weights: floatTensor(model.weights, classes, cols),
        intercepts: floatTensor(model.intercepts, classes),
      });
      data.set(logits!.data as Float64Array, start * classes);
    }
  } finally {
    await session.release();
  }
  return {rows, cols: classes, data};
}

function logitsModel(stored: FloatType): Uint8Array {
  return buildModel({
    inputs: [
      {name: 'x', type: stored, shape: ['n', 'cols']},
      {name: 'weights', type: 'float64', shape: ['classes', 'cols']},
      {name: 'intercepts', type: 'float64', shape: ['classes']},
    ],
    nodes: [
      {op: 'Cast', inputs: ['x'], outputs: ['rows'], attributes: {to: ELEMENT.float64}},
      {op: 'Gemm', inputs: ['rows', 'weights', 'intercepts'], outputs: ['logits'], attributes: {transB: 1}},
    ],
    outputs: [{name: 'logits', type: 'float64', shape: ['n', 'classes']}],
  });
}

export interface ClassifierScores {
  readonly n: number;
  /** Share of rows whose class has the highest logit; of equal ones the lowest class counts. Null without rows. */
  readonly accuracy: number | null;
  /** Share of rows whose class is among the five highest. Null below five classes. */
  readonly top5: number | null;
  /** Mean log loss. Null without rows, or if a row has a class that cannot be predicted. */
  readonly loss: number | null;
}

/** How well logits tell the classes of their rows. */
export function scoreLogits(logits: Matrix, labels: Int32Array): ClassifierScores {
  const {rows, cols, data} = logits;
  let loss = 0;
  for (let i = 0; i < rows; i++) loss += logLoss(data.subarray(i * cols, (i + 1) * cols), labels[i]!);
  return {
    n: rows,
    accuracy: topAccuracy(logits, labels, 1),
    top5: cols < 5 ? null : topAccuracy(logits, labels, 5),
    loss: rows === 0 || loss === Infinity ? null : loss / rows,
  };
}

function logLoss(logits: FloatArray, label: number): number {
  const highest = Math.max(...logits);
  let total = 0;
  for (const value of logits) total += Math.exp(value - highest);
  return highest + Math.log(total) - logits[label]!;
}
