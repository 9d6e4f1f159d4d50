import {pause} from './pause.js';
import {powerTable} from './power-table.js';
import type {SymmetricGraph} from './symmetric-graph.js';
import type {Curve} from './umap-curve.js';

export interface LayoutOptions {
  readonly epochs: number;
  /** Integers in [0, n), n below 2^32. */
  readonly random: {int(n: number): number};
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Points that one is pushed away from for each that it is drawn to. */
const NEGATIVE = 5;
/** No coordinate moves farther in one step, at the full rate. */
const MOST = 4;
/** Keeps the push finite at distance 0. */
const SOFTENING = 0.001;

/**
 * The layout of UMAP (McInnes, Healy and Melville 2018, algorithm 5): stochastic gradient descent on the cross-entropy between the
 * weights and the similarities of the curve. An edge is drawn together in a share of the epochs that goes with its weight; each
 * time, one of its ends is pushed away from 5 points drawn at random. The rate falls from 1 to 0.
 *
 * @param start points of the plane before the first epoch, x before y of each
 * @returns the points after the last
 */
export async function umapLayout(
  graph: SymmetricGraph,
  start: Float64Array,
  {a, b}: Curve,
  {epochs, random, signal, onProgress}: LayoutOptions,
): Promise<Float64Array> {
  const {n} = graph;
  const y = start.slice();
  const {heads, tails, periods} = directedEdges(graph, epochs);
  const power = powerTable(b);
  const due = periods.slice();
  const dueAway = periods.map(period => period / NEGATIVE);
  for (let epoch = 0; epoch < epochs; epoch++) {
    await pause(signal);
    onProgress?.(epoch, epochs);
    const rate = 1 - epoch / epochs;
    for (let e = 0; e < heads.length; e++) {
      if (due[e]! > epoch) continue;
      const i = 2 * heads[e]!;
      const j = 2 * tails[e]!;
      let px = y[i]!;
      let py = y[i + 1]!;
      const dx = px - y[j]!;
      const dy = py - y[j + 1]!;
      const square = dx * dx + dy * dy;
      if (square > 0) {
        const toB = power(square);
        const pull = (-2 * a * b * toB) / (square * (1 + a * toB));
        const mx = rate * clipped(pull * dx);
        const my = rate * clipped(pull * dy);
        px += mx;
        py += my;
        y[j]! -= mx;
        y[j + 1]! -= my;
      }
      due[e]! += periods[e]!;

      const every = periods[e]! / NEGATIVE;
      const times = Math.floor((epoch - dueAway[e]!) / every);
      for (let t = 0; t < times; t++) {
        const k = 2 * random.int(n);
        const ex = px - y[k]!;
        const ey = py - y[k + 1]!;
        const away = ex * ex + ey * ey;
        // Itself, or a point at the same place, for which there is no direction.
        if (away === 0) continue;
        const push = (2 * b) / ((SOFTENING + away) * (1 + a * power(away)));
        px += rate * clipped(push * ex);
        py += rate * clipped(push * ey);
      }
      dueAway[e]! += times * every;
      y[i] = px;
      y[i + 1] = py;
    }
  }
  return y;
}

const clipped = (move: number): number => (move > MOST ? MOST : move < -MOST ? -MOST : move);

/** Every edge from both of its ends, by the first, and how many epochs pass between its turns; those that never have one are left out. */
function directedEdges({n, starts, ends, weights}: SymmetricGraph, epochs: number) {
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  const degrees = new Int32Array(n + 1);
  const each = (visit: (i: number, j: number, weight: number) => void): void => {
    for (let i = 0; i < n; i++)
      for (let e = starts[i]!; e < starts[i + 1]!; e++)
        if (weights[e]! * epochs >= largest) visit(i, ends[e]!, weights[e]!);
  };
  each((i, j) => {
    degrees[i + 1]!++;
    degrees[j + 1]!++;
  });
  for (let i = 0; i < n; i++) degrees[i + 1]! += degrees[i]!;
  const count = degrees[n]!;
  const heads = new Int32Array(count);
  const tails = new Int32Array(count);
  const periods = new Float64Array(count);
  each((i, j, weight) => {
    for (const [head, tail] of [
      [i, j],
      [j, i],
    ] as const) {
      const at = degrees[head]!++;
      heads[at] = head;
      tails[at] = tail;
      periods[at] = largest / weight;
    }
  });
  return {heads, tails, periods};
}
