import {minimize} from './lbfgs.js';
import type {MinimizeOptions} from './lbfgs.js';
import type {LinearModel} from './linear-model.js';
import {columnMeans} from './column-statistics.js';
import type {FloatType, Matrix} from './matrix.js';
import {openSoftmaxLoss} from './softmax-loss.js';
import type {SoftmaxProblem} from './softmax-loss.js';
import {dot, largestAbsolute} from './vector.js';

/** A class that no training row had has intercept -Infinity; the others sum to 0. */
export interface LogisticFit extends LinearModel {
  /** C sum of log losses + |W|^2 / 2 at the end. */
  readonly objective: number;
  /** Largest component of the gradient of `objective / (C n)` at the end. */
  readonly maxGradient: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** Whether the gradient reached the tolerance. */
  readonly converged: boolean;
}

export interface LogisticOptions {
  /** Weight of the losses against the penalty. Default 0.316 (Radford et al. 2021, section 3.2). */
  readonly C?: number | undefined;
  /** Largest component of the gradient of the mean loss, penalty included, to stop at. Default 1e-5. */
  readonly tolerance?: number | undefined;
  /** Default 1000. */
  readonly maxIterations?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Evaluations of the objective so far: how many it will take is not known. */
  readonly onProgress?: ((evaluations: number) => void) | undefined;
}

/** Products of rows, columns and classes from which it pays to begin in float32. */
const LARGE = 2 ** 26;

/**
 * Multinomial logistic regression with an L2 penalty on the weights, not on the intercepts:
 * min C sum_i -log softmax(W x_i + b)[y_i] + |W|^2 / 2, by L-BFGS. Large problems are brought close to the minimum in
 * float32; the end, and what is returned, is float64.
 *
 * @param labels class of each row, 0-based
 */
export async function fitLogistic(
  x: Matrix,
  labels: Int32Array,
  classes: number,
  options: LogisticOptions = {},
): Promise<LogisticFit> {
  const {C = 0.316, tolerance = 1e-5, maxIterations = 1000, threads, signal, onProgress} = options;
  const present = [...new Set(labels)].sort((a, b) => a - b);
  const place = new Int32Array(classes);
  present.forEach((label, i) => (place[label] = i));
  const problem: SoftmaxProblem = {
    x,
    // Without a common offset the weights and the intercepts hardly interact. Float32 holds it, so that both precisions agree on it.
    centre: columnMeans(x).map(Math.fround),
    labels: labels.map(label => place[label]!),
    classes: present.length,
    decay: 1 / (C * x.rows),
  };
  const inverseHessian = inverseCurvature(problem);
  let evaluations = 0;
  const run = async (
    precision: FloatType,
    start: Float64Array,
    stop: Pick<MinimizeOptions, 'tolerance' | 'maxIterations'>,
  ) => {
    const loss = await openSoftmaxLoss(problem, precision, threads);
    try {
      const evaluate = (point: Float64Array) => {
        signal?.throwIfAborted();
        evaluations++;
        onProgress?.(evaluations);
        return loss.evaluate(point);
      };
      return await minimize(evaluate, start, {...stop, inverseHessian});
    } finally {
      await loss.close();
    }
  };

  let start: Float64Array = new Float64Array(present.length * (x.cols + 1));
  let before = 0;
  if (x.rows * x.cols * present.length >= LARGE) {
    // A little below the tolerance, so that the rounding of float32 does not leave the last step to float64.
    const near = await run('float32', start, {tolerance: 0.9 * tolerance, maxIterations});
    start = near.point;
    before = near.iterations;
  }
  const minimum = await run('float64', start, {tolerance, maxIterations: maxIterations - before});
  return {
    ...unfold(minimum.point, problem, present, classes),
    objective: minimum.value * C * x.rows,
    maxGradient: largestAbsolute(minimum.gradient),
    iterations: before + minimum.iterations,
    evaluations,
    converged: minimum.status === 'converged',
  };
}

/** Inverse of the diagonal of the Hessian at zero: all probabilities are 1 / classes there. */
function inverseCurvature({x, centre, classes, decay}: SoftmaxProblem): Float64Array {
  const {rows, cols, data} = x;
  const variances = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++) variances[c]! += (data[i * cols + c]! - centre[c]!) ** 2 / rows;
  }
  const share = (1 / classes) * (1 - 1 / classes) || 1;
  return Float64Array.from({length: classes * (cols + 1)}, (_, i) =>
    i < classes * cols ? 1 / (share * variances[i % cols]! + decay) : 1 / share,
  );
}

/** The minimum as a model of the rows as they were, for all classes. */
function unfold(
  point: Float64Array,
  {x, centre, classes: present}: SoftmaxProblem,
  labels: readonly number[],
  classes: number,
): LinearModel {
  const {cols} = x;
  const weights = new Float64Array(classes * cols);
  const intercepts = new Float64Array(classes).fill(-Infinity);
  const size = present * cols;
  labels.forEach((label, i) => {
    const row = point.subarray(i * cols, (i + 1) * cols);
    weights.set(row, label * cols);
    intercepts[label] = point[size + i]! - dot(row, centre);
  });
  const mean = labels.reduce((sum, label) => sum + intercepts[label]!, 0) / labels.length;
  return {classes, cols, weights, intercepts: intercepts.map(value => value - mean)};
}
