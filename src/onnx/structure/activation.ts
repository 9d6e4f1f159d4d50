/** The nonlinearity between two products with weights, as one operator or spelt out. */
import type {Flow, Vertex} from './flow.js';
import {isNormalisation, isPointwise, isScalar, isView} from './operators.js';

/** Affine unless both operands come from the image. */
const ARITHMETIC = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow']);
/** Halves of a gated unit are cut from one product. */
const CUTS = new Set(['Split', 'Slice', 'Gather']);

export interface Activation {
  /** What the nonlinearity reads. */
  readonly input: string;
  readonly output: string;
  /** The vertex of `output`. */
  readonly vertex: Vertex;
}

/**
 * The first nonlinearity on a stretch of spine that begins after a product with weights. Bias and batch
 * normalisation may come before it. What follows with weights of its own, such as a response normalisation, is no
 * part of it; a factor like the 1/2 of GELU is.
 */
export function activationOn(flow: Flow, spine: readonly Vertex[]): Activation | null {
  const steps = spine.filter(v => !isView(v));
  const start = steps.findIndex(v => isNonlinear(flow, v));
  const before = steps.slice(0, Math.max(start, 0));
  if (start < 0 || !before.every(v => isNormalisation(v) || isAffine(v) || CUTS.has(v.op))) return null;
  const behind = steps.slice(start + 1);
  const stop = behind.findIndex(v => !isNonlinear(flow, v) && !isScaling(flow, v));
  const vertex = steps[stop < 0 ? steps.length - 1 : start + stop]!;
  return {input: flow.output(before.at(-1) ?? steps[start]!.above), output: flow.output(vertex), vertex};
}

/** Ends a stretch of element-wise computation in which not everything is affine. */
function isNonlinear(flow: Flow, v: Vertex): boolean {
  if (!isPointwise(v)) return false;
  if (!ARITHMETIC.has(v.op)) return true;
  if (v.data.length < 2) return ['Pow', 'Max', 'Min'].includes(v.op);
  return [...flow.region(v.above, v)].every(x => isPointwise(x) || isView(x) || CUTS.has(x.op));
}

/** Arithmetic with a constant. */
const isAffine = (v: Vertex): boolean => ARITHMETIC.has(v.op) && v.data.length === 1;

const isScaling = (flow: Flow, v: Vertex): boolean =>
  isAffine(v) && flow.constants(v).every(name => isScalar(flow, name));
