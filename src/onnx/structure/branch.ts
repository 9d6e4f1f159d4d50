/** The inside of a residual branch: its normalisation, its attention or nonlinearity, and what it gives. */
import {floatOf} from '../attributes.js';
import {activationOn} from './activation.js';
import type {Flow, Vertex} from './flow.js';
import type {Layouts} from './layout.js';
import {normalisationOn} from './normalisation.js';
import {hasActivation, isLinear, isMixing, isPointwise, isView, original} from './operators.js';

export interface Branch {
  readonly attention: boolean;
  /** What it gives, before any layer scale. */
  readonly output: string;
  /** Its first normalisation. */
  readonly norm: string | null;
  /** Softmax over the keys, where it is a tensor of its own. */
  readonly probs: string | null;
  /** After the nonlinearity that its last product reads. */
  readonly activation: string | null;
}

export function readBranch(flow: Flow, layouts: Layouts, above: Vertex | null, end: string): Branch {
  const spine = flow.spine(above, flow.producer(end));
  const mixing = spine.findLast(isMixing);
  const norm = normalisationOn(flow, spine);
  return {
    attention: mixing !== undefined,
    output: unscaled(flow, layouts, end),
    norm: norm < 0 ? null : flow.output(spine[norm]!),
    probs: mixing === undefined ? null : probabilities(flow, mixing),
    activation: mixing === undefined ? lastActivation(flow, spine) : null,
  };
}

/** Follows a branch back over layer scale to the product it scales, and as far as the tensor has axes of its own. */
function unscaled(flow: Flow, layouts: Layouts, end: string): string {
  let best = end;
  let name = end;
  for (let v = flow.producer(name); v !== null && (isView(v) || isScale(v)); v = flow.producer(name)) {
    name = v.data[0]!;
    const layout = layouts.of(name);
    if (isScale(v) || layout?.kind === 'tokens' || layout?.kind === 'map') best = name;
  }
  return best;
}

/** Multiplied by learned or fixed numbers. */
const isScale = (v: Vertex): boolean => v.op === 'Mul' && v.data.length === 1;

/** The softmax that a product of two tensors weighs one of them with. */
function probabilities(flow: Flow, mixing: Vertex): string | null {
  for (const name of mixing.data) {
    for (let at = name; ;) {
      const v = flow.producer(at);
      if (v?.op === 'Softmax') return flow.output(v);
      // Masked rows are replaced, attention dropout scales; else the softmax is not what this operand is.
      const next = v && (isView(v) || v.op === 'Where' || (v.op === 'Mul' && v.data.length === 1)) ? v : null;
      if (next === null) break;
      at = next.data.find(x => behind(flow, x)) ?? next.data[0]!;
    }
  }
  return null;
}

/** Whether a tensor is a softmax, or a view of one: of the operands of Where, the one to follow. */
const behind = (flow: Flow, name: string): boolean => flow.producer(original(flow, name))?.op === 'Softmax';

function lastActivation(flow: Flow, spine: readonly Vertex[]): string | null {
  const products = spine.filter(v => isLinear(flow, v));
  const last = products.at(-1);
  // A factor of the nonlinearity may have been moved into the product that reads it.
  if (last === undefined || (floatOf(last.node, 'alpha') ?? 1) !== 1) return null;
  const before = products.at(-2);
  const between = flow.spine(before ?? spine[0]?.above ?? null, last).slice(0, -1);
  const found = activationOn(flow, between);
  if (found !== null) return found.output;
  if (before !== undefined && hasActivation(before)) return flow.output(before);
  // A gated unit with two products side by side: what the last product reads is one times the other.
  const read = original(flow, last.data[0]!);
  const gate = flow.producer(read);
  if (gate?.op !== 'Mul' || gate.data.length < 2) return null;
  const inside = [...flow.region(gate.above, gate)];
  return inside.every(v => isPointwise(v) || isView(v) || isLinear(flow, v)) ? read : null;
}
