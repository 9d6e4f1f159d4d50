import {addScaled, dot, largestAbsolute} from './vector.js';

/** A smooth function at a point. */
export interface Evaluation {
  readonly value: number;
  /** How far rounding may have moved the value: smaller changes say nothing, the slopes then decide. */
  readonly rounding: number;
  readonly gradient: Float64Array;
}

export interface MinimizeOptions {
  /** Stops when no component of the gradient exceeds this. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Inverse of an approximate Hessian's diagonal: what the steps start from. Only its proportions matter after the first. */
  readonly inverseHessian: Float64Array;
}

/** How a minimisation ended: `stalled` where rounding hides any further descent. */
export interface Minimum extends Evaluation {
  readonly status: 'converged' | 'stalled' | 'iterations';
  readonly point: Float64Array;
  readonly iterations: number;
  readonly evaluations: number;
}

const MEMORY = 10;
const MAX_TRIALS = 30;
/** Constants of the weak Wolfe conditions, and of their form by slopes. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
const FLAT = 0.8;

/**
 * Minimises a function by L-BFGS (Nocedal and Wright, Numerical Optimization, 2006, algorithm 7.5) with a bisecting line
 * search for the weak Wolfe conditions (Lewis and Overton 2013); near the minimum, where the values differ by their rounding
 * only, for the approximate ones of Hager and Zhang 2005, eq. 4.1.
 */
export async function minimize(
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  start: Float64Array,
  {tolerance, maxIterations, inverseHessian}: MinimizeOptions,
): Promise<Minimum> {
  let point = start;
  let current = await evaluate(point);
  let evaluations = 1;
  const pairs: Pair[] = [];
  for (let iterations = 0; ; iterations++) {
    const end = (status: Minimum['status']): Minimum => ({
      status,
      point,
      ...current,
      iterations,
      evaluations,
    });
    if (largestAbsolute(current.gradient) <= tolerance) return end('converged');
    if (iterations === maxIterations) return end('iterations');

    const direction = descent(current.gradient, pairs, inverseHessian);
    const slope = dot(direction, current.gradient);
    let low = 0;
    let high = Infinity;
    let length = 1;
    for (let trial = 0; ; trial++) {
      if (trial === MAX_TRIALS || !(slope < 0)) return end('stalled');
      const next = point.slice();
      addScaled(next, direction, length);
      const found = await evaluate(next);
      evaluations++;
      const newSlope = dot(found.gradient, direction);
      const lower = found.value <= current.value + DECREASE * length * slope;
      const level = found.value <= current.value + current.rounding && newSlope <= -FLAT * slope;
      // A value that is not a number is neither: a step too far.
      if (!lower && !level) high = length;
      else if (newSlope < CURVATURE * slope) low = length;
      else {
        remember(pairs, direction, length, current.gradient, found.gradient);
        point = next;
        current = found;
        break;
      }
      length = high < Infinity ? (low + high) / 2 : 2 * length;
    }
  }
}

/** A step, the change of the gradient over it, and their product, which the curvature condition makes positive. */
interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

function remember(
  pairs: Pair[],
  direction: Float64Array,
  length: number,
  before: Float64Array,
  after: Float64Array,
): void {
  const step = direction.map(value => value * length);
  const change = after.map((value, i) => value - before[i]!);
  pairs.push({step, change, curvature: dot(step, change)});
  if (pairs.length > MEMORY) pairs.shift();
}

/** Minus the gradient times the approximate inverse Hessian (algorithm 7.4). */
function descent(gradient: Float64Array, pairs: readonly Pair[], inverseHessian: Float64Array): Float64Array {
  const q = gradient.map(value => -value);
  const shares: number[] = [];
  for (const {step, change, curvature} of pairs.toReversed()) {
    const share = dot(step, q) / curvature;
    shares.push(share);
    addScaled(q, change, -share);
  }
  const last = pairs.at(-1);
  const scale = last === undefined ? 1 : last.curvature / weightedSquare(last.change, inverseHessian);
  for (let i = 0; i < q.length; i++) q[i]! *= scale * inverseHessian[i]!;
  for (const {step, change, curvature} of pairs)
    addScaled(q, step, shares.pop()! - dot(change, q) / curvature);
  return q;
}

function weightedSquare(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += weights[i]! * values[i]! ** 2;
  return sum;
}
