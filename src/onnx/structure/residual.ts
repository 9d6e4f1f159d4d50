/** Residual sums: a tensor that comes back unchanged, or by one projection, to what was computed from it. */
import type {Flow, Vertex} from './flow.js';
import {isLinear, isMixing, original} from './operators.js';

export interface Residual {
  /** The sum. */
  readonly vertex: Vertex;
  /** What both sides were computed from; null: the input of the model. */
  readonly above: Vertex | null;
  /** The sides that compute: one, or several side by side. */
  readonly branches: readonly string[];
  /** Whether the other side is carried over without a product. */
  readonly identity: boolean;
  /** Whether positions read each other on the way. */
  readonly attention: boolean;
}

/**
 * Reads a vertex as a residual sum: two operands of one shape, of which one comes from the common origin by at most
 * one product with weights, the other by more, or by attention.
 */
export function residualAt(flow: Flow, v: Vertex): Residual | null {
  const sides = summands(flow, v);
  if (sides === null) return null;
  const region = flow.region(v.above, v);
  if (![...region].some(x => isLinear(flow, x))) return null;
  const products = shortest(flow, v.above);
  const [a, b] = [products(sides[0]), products(sides[1])];
  if (a === b || Math.min(a, b) > 1) return null;
  const [carried, computed] = a < b ? sides : [sides[1], sides[0]];
  return {
    vertex: v,
    above: v.above,
    branches: [...nested(flow, v, carried), ...parallel(flow, computed, products)],
    identity: Math.min(a, b) === 0,
    attention: [...region].some(isMixing),
  };
}

/** Both operands of a sum of tensors of equal shape that come from the image. */
function summands(flow: Flow, v: Vertex): readonly [string, string] | null {
  const [a, b] = v.data;
  if ((v.op !== 'Add' && v.op !== 'Sum') || a === undefined || b === undefined || v.data.length > 2)
    return null;
  const shape = flow.dims(a);
  if (shape === undefined || shape.join() !== flow.dims(b)?.join()) return null;
  return [a, b];
}

/** The fewest products with weights on a path from `above` to a tensor; infinite if every path mixes positions. */
function shortest(flow: Flow, above: Vertex | null): (name: string) => number {
  const known = new Map<Vertex, number>();
  const to = (name: string): number => {
    const v = flow.producer(name);
    if (v === null || v === above) return 0;
    let cost = known.get(v);
    if (cost === undefined) {
      cost = isMixing(v) ? Infinity : Math.min(...v.data.map(to)) + (isLinear(flow, v) ? 1 : 0);
      known.set(v, cost);
    }
    return cost;
  };
  return to;
}

/** The branches of an earlier sum with the same origin: x + f(x) is carried when g(x) is added. */
function nested(flow: Flow, v: Vertex, carried: string): readonly string[] {
  const inner = flow.producer(original(flow, carried));
  if (inner === null || inner === v.above || inner.above !== v.above) return [];
  return residualAt(flow, inner)?.branches ?? [];
}

/** The two branches of a sum that is added as a whole: x + (f(x) + g(x)), both often reading one normalisation of x. */
function parallel(flow: Flow, computed: string, products: (name: string) => number): readonly string[] {
  const inner = flow.producer(original(flow, computed));
  const sides = inner === null ? null : summands(flow, inner);
  const apart = sides?.every(side => products(side) > 0) === true;
  return apart && products(flow.output(inner!.above)) === 0 ? sides : [computed];
}
