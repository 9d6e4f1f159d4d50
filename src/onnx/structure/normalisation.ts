/** Normalisation, as one operator or spelt out: x minus its mean, over the root of its mean square. */
import type {Flow, Vertex} from './flow.js';
import {isLinear, isMixing, isNormalisation, isReduction, isView} from './operators.js';

const ROOTS = new Set(['Sqrt', 'Pow', 'Rsqrt', 'ReduceL2', 'Reciprocal']);

/**
 * The first normalisation on a stretch of spine: the index of its last vertex, gain and offset included; -1 if none.
 *
 * @param batch whether batch normalisation counts: at run time it is a fixed affine map
 */
export function normalisationOn(flow: Flow, spine: readonly Vertex[], batch = false): number {
  const at = spine.findIndex(
    v => (v.op === 'BatchNormalization' ? batch : isNormalisation(v)) || dividesByNorm(flow, v),
  );
  if (at < 0) return at;
  let end = at;
  for (const op of ['Mul', 'Add']) {
    const next = spine.findIndex((v, i) => i > end && !isView(v));
    if (next >= 0 && spine[next]!.op === op && isVector(flow, spine[next]!)) end = next;
  }
  return end;
}

/** Arithmetic with one learned number per channel, which later axes may follow. */
function isVector(flow: Flow, v: Vertex): boolean {
  const dims = v.data.length === 1 ? flow.dims(flow.constants(v)[0] ?? '') : undefined;
  return dims !== undefined && dims.filter(d => d !== 1).length === 1;
}

/** x / f(x) where f takes a mean over an axis and a root, and no products; or x / f(x) - mean / f(x), in any order. */
function dividesByNorm(flow: Flow, v: Vertex): boolean {
  if (!['Div', 'Mul', 'Add', 'Sub'].includes(v.op) || v.data.length < 2) return false;
  const inside = [...flow.region(v.above, v)];
  return (
    inside.some(isReduction) &&
    inside.some(x => ROOTS.has(x.op)) &&
    !inside.some(x => isLinear(flow, x) || isMixing(x) || x.op === 'Softmax')
  );
}
