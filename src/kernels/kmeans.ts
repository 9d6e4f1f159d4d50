import type {Matrix} from './matrix.js';
import {renumbered} from './partition.js';

/** What draws: uniform integers in [0, n) and numbers in [0, 1). */
export interface Random {
  int(n: number): number;
  uniform(): number;
}

export interface Clustering {
  /** Cluster of each point, numbered in the order in which they occur first. */
  readonly labels: Int32Array;
  /** Their centres, row-major. */
  readonly centres: Float64Array;
  /** Sum of the squared distances to the centres. */
  readonly inertia: number;
}

/** Passes of one run, at most: far more than any takes. */
const MOST_PASSES = 1000;

/**
 * k-means: the best of several runs of Lloyd's algorithm, each from centres drawn by k-means++ (Arthur and Vassilvitskii 2007).
 *
 * @param k clusters, from 1 to the number of points
 * @param restarts runs. Default 10
 */
export function kmeans(x: Matrix, k: number, random: Random, restarts = 10): Clustering {
  let best: Clustering | undefined;
  for (let run = 0; run < restarts; run++) {
    const found = lloyd(x, drawCentres(x, k, random));
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  return best!;
}

/**
 * Lloyd's algorithm from given centres until nothing changes: every point goes to its nearest centre (of equal ones to the first), every
 * centre to the mean of its points. A centre without points moves to the point farthest from its own; where there are fewer
 * different points than centres there are fewer clusters.
 *
 * @param start centres, row-major, k x cols
 */
export function lloyd(x: Matrix, start: Float64Array): Clustering {
  const {rows, cols} = x;
  const k = start.length / cols;
  const centres = start.slice();
  const labels = new Int32Array(rows).fill(-1);
  const squares = new Float64Array(rows);
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    let changed = false;
    for (let i = 0; i < rows; i++) {
      let nearest = 0;
      squares[i] = Infinity;
      for (let c = 0; c < k; c++) {
        const square = squareTo(x, i, centres, c);
        if (square < squares[i]!) [squares[i], nearest] = [square, c];
      }
      if (labels[i] !== nearest) changed = true;
      labels[i] = nearest;
    }
    if (!changed) break;
    fillEmpty(labels, squares, k);
    moveToMeans(x, labels, centres);
  }
  const {labels: renamed, order} = renumbered(labels);
  return {
    labels: renamed,
    centres: Float64Array.from(order.flatMap(c => [...centres.subarray(c * cols, (c + 1) * cols)])),
    inertia: squares.reduce((sum, square) => sum + square, 0),
  };
}

/** Points, the first uniform, the others with a probability that goes with the squared distance to the nearest drawn before. */
function drawCentres(x: Matrix, k: number, random: Random): Float64Array {
  const {rows, cols, data} = x;
  const centres = new Float64Array(k * cols);
  const squares = new Float64Array(rows).fill(Infinity);
  for (let c = 0, drawn = random.int(rows); c < k; c++, drawn = weighted(squares, random)) {
    centres.set(data.subarray(drawn * cols, (drawn + 1) * cols), c * cols);
    for (let i = 0; i < rows; i++) squares[i] = Math.min(squares[i]!, squareTo(x, i, centres, c));
  }
  return centres;
}

/** An index drawn with these weights; uniform if all are 0. */
function weighted(weights: Float64Array, random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return random.int(weights.length);
  let left = random.uniform() * total;
  const drawn = weights.findIndex(weight => (left -= weight) < 0);
  return drawn >= 0 ? drawn : weights.findLastIndex(weight => weight > 0);
}

function fillEmpty(labels: Int32Array, squares: Float64Array, k: number): void {
  const counts = countsOf(labels, k);
  for (let c = 0; c < k; c++) {
    if (counts[c]! > 0) continue;
    let farthest = 0;
    for (let i = 1; i < labels.length; i++) if (squares[i]! > squares[farthest]!) farthest = i;
    if (squares[farthest] === 0) return;
    counts[labels[farthest]!]!--;
    counts[c]!++;
    labels[farthest] = c;
    squares[farthest] = 0;
  }
}

/** A centre without points stays where it is. */
function moveToMeans({rows, cols, data}: Matrix, labels: Int32Array, centres: Float64Array): void {
  const counts = countsOf(labels, centres.length / cols);
  counts.forEach((count, c) => {
    if (count > 0) centres.fill(0, c * cols, (c + 1) * cols);
  });
  for (let i = 0; i < rows; i++) {
    const at = labels[i]! * cols;
    for (let d = 0; d < cols; d++) centres[at + d]! += data[i * cols + d]! / counts[labels[i]!]!;
  }
}

function countsOf(labels: Int32Array, k: number): Int32Array {
  const counts = new Int32Array(k);
  for (const label of labels) counts[label]!++;
  return counts;
}

function squareTo({cols, data}: Matrix, row: number, centres: Float64Array, c: number): number {
  let sum = 0;
  for (let d = 0; d < cols; d++) sum += (data[row * cols + d]! - centres[c * cols + d]!) ** 2;
  return sum;
}
