/** Networks without residual sums: a chain of convolutions (VGG, AlexNet), or of modules that end in a Concat. */
import {intOf} from '../attributes.js';
import {activationOn} from './activation.js';
import type {Flow, Vertex} from './flow.js';
import type {Layouts} from './layout.js';
import {hasActivation, isLinear, isPool, isReduction, isView} from './operators.js';

export interface Chain {
  /** What the first block reads; null where it is inside a fused node. */
  readonly embed: string | null;
  readonly blocks: readonly string[];
  /** After the pooling that ends a resolution; its last block where no pooling does. */
  readonly stages: readonly string[];
  /** Hidden layers of the classifier. */
  readonly dense: readonly string[];
}

interface Unit {
  readonly output: string;
  readonly end: Vertex;
}

export function readChain(flow: Flow, layouts: Layouts, spine: readonly Vertex[]): Chain | null {
  const isMap = (v: Vertex): boolean => layouts.of(flow.output(v))?.kind === 'map';
  const modules = spine.filter(v => isMap(v) && joinsBranches(flow, layouts, v));
  const products = spine.filter(v => isLinear(flow, v));
  const convolutions = products.filter(isMap);
  const last = convolutions.at(-1);
  const first = convolutions[0];
  if (first === undefined || last === undefined) return null;
  const dense = products.filter(v => v.index > last.index).slice(0, -1);
  // The classifier of an all-convolutional network is no block.
  const isHead = last === products.at(-1) && convolutions.length > 1;
  const units =
    modules.length > 1
      ? modules.map(v => afterwards(flow, spine, v))
      : (isHead ? convolutions.slice(0, -1) : convolutions).map(v => afterwards(flow, spine, v));
  const embed =
    modules.length > 1 ? beforeModules(flow, spine, modules) : nonlinearityInput(flow, spine, first);
  return {
    embed,
    blocks: units.map(u => u.output),
    stages: stageEnds(flow, spine, units),
    dense: dense.map(v => afterwards(flow, spine, v).output),
  };
}

/** A Concat of channels that were computed side by side. */
function joinsBranches(flow: Flow, layouts: Layouts, v: Vertex): boolean {
  const {channelAxis, dims} = layouts.of(flow.output(v)) ?? {};
  const axis = intOf(v.node, 'axis') ?? 1;
  if (v.op !== 'Concat' || dims === undefined || (axis + dims.length) % dims.length !== channelAxis)
    return false;
  return v.data.length > 1 && [...flow.region(v.above, v)].some(x => isLinear(flow, x));
}

/** The spine behind a vertex, up to the next product, pooling or Concat. */
function stretch(flow: Flow, spine: readonly Vertex[], v: Vertex): Vertex[] {
  const after = spine.slice(spine.indexOf(v) + 1);
  const end = after.findIndex(x => isLinear(flow, x) || isPool(x) || isReduction(x) || x.op === 'Concat');
  return end < 0 ? after : after.slice(0, end);
}

/** A product or module with the nonlinearity that follows it. */
function afterwards(flow: Flow, spine: readonly Vertex[], v: Vertex): Unit {
  const rest = stretch(flow, spine, v);
  const activation = activationOn(flow, rest);
  if (activation !== null) return {output: activation.output, end: activation.vertex};
  const bias = rest.find(x => !isView(x));
  const end = v.op !== 'Concat' && bias?.op === 'Add' ? bias : v;
  return {output: flow.output(end), end};
}

function nonlinearityInput(flow: Flow, spine: readonly Vertex[], v: Vertex): string | null {
  if (hasActivation(v)) return null;
  return activationOn(flow, stretch(flow, spine, v))?.input ?? flow.output(v);
}

/** What the first module reads: before as many products of the spine as lie between two modules. */
function beforeModules(flow: Flow, spine: readonly Vertex[], modules: readonly Vertex[]): string {
  const squeezes = (from: Vertex | null, to: Vertex | null): Vertex[] =>
    flow.spine(from, to).filter(v => isLinear(flow, v));
  const own = Math.min(...modules.slice(1).map((m, i) => squeezes(modules[i]!, m.above).length));
  const [first] = modules;
  const stem = squeezes(null, first!.above);
  const squeeze = own > 0 ? stem.at(-own) : undefined;
  return squeeze ? squeeze.data[0]! : flow.output(first!.above);
}

/** Averaging over all of space makes the vector for the classifier, not a coarser map. */
const isGlobal = (v: Vertex, size: string): boolean =>
  v.op.startsWith('Global') || (v.op === 'AveragePool' && size === '1,1');

function stageEnds(flow: Flow, spine: readonly Vertex[], units: readonly Unit[]): string[] {
  const size = (name: string): string => flow.dims(name)?.slice(2).join() ?? '';
  return units.flatMap((unit, i) => {
    const next = units[i + 1];
    const after = spine.slice(spine.indexOf(unit.end) + 1, next ? spine.indexOf(next.end) : undefined);
    const product = after.findIndex(v => isLinear(flow, v));
    const pool = (product < 0 ? after : after.slice(0, product)).find(
      v => isPool(v) && !isGlobal(v, size(flow.output(v))) && size(flow.output(v)) !== size(v.data[0]!),
    );
    if (pool) return [flow.output(pool)];
    return next === undefined || size(next.output) !== size(unit.output) ? [unit.output] : [];
  });
}
