/** Which positions of a token stream stand for the image, and which were learned and put before it. */
import {intOf, intsOf} from '../attributes.js';
import type {Flow, Vertex} from './flow.js';
import {isLinear, isNormalisation, isPointwise, isReduction} from './operators.js';

/**
 * The number of learned tokens (class, distillation, registers) in front of the patches: positions along `axis` that
 * do not depend on the image. Null where the graph does not tell.
 */
export function prefixTokens(flow: Flow, name: string, axis: number): number | null {
  const image = dependence(flow, name, axis);
  if (image === null) return null;
  const first = image.indexOf(true);
  return first >= 0 && image.slice(first).every(Boolean) ? first : null;
}

/** For each position along an axis, whether it depends on the image. */
function dependence(flow: Flow, name: string, axis: number): readonly boolean[] | null {
  const dims = flow.dims(name);
  const length = dims?.[axis];
  if (dims === undefined || length === undefined) return null;
  if (!flow.isData(name)) return new Array<boolean>(length).fill(false);
  const v = flow.producer(name);
  if (v === null || isImage(flow, v)) return new Array<boolean>(length).fill(true);
  const {op, node} = v;
  const input = node.input[0]!;
  const rank = dims.length;
  switch (op) {
    case 'Concat': {
      const parts = node.input.map(x => dependence(flow, x, axis));
      if (parts.some(p => p === null)) return null;
      const along = ((intOf(node, 'axis') ?? 1) + rank) % rank;
      if (along === axis) return parts.flatMap(p => p!);
      return parts[0]!.map((_, i) => parts.some(p => p![i]));
    }
    case 'Gather':
      // Embeddings looked up by ids.
      if (!flow.isData(input)) return new Array<boolean>(length).fill(true);
      return cut(flow, v, name, axis);
    case 'Slice':
    case 'Split':
      return cut(flow, v, name, axis);
    case 'Transpose':
      return dependence(flow, input, intsOf(node, 'perm')?.[axis] ?? rank - 1 - axis);
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Reshape':
    case 'Expand':
      return reshaped(flow, input, dims, axis);
    default:
      if (isNormalisation(v) || isLinear(flow, v))
        return axis < rank - 1 ? dependence(flow, v.data[0]!, axis) : null;
      // The mean of each token, within a normalisation.
      if (isReduction(v) && flow.dims(input)?.length === rank && flow.dims(input)?.[axis] === length) {
        return dependence(flow, input, axis);
      }
      return isPointwise(v) || KEEPS.has(op) ? combined(flow, v, rank, axis) : null;
  }
}

const KEEPS = new Set(['Identity', 'Cast', 'Dropout', 'Where']);

/** Convolution and pooling of the image, and products with it: every element depends on it. */
function isImage(flow: Flow, v: Vertex): boolean {
  if (v.op.includes('Conv') || v.op.includes('Pool')) return true;
  const from = flow.producer(v.data[0]!);
  const passes = [
    'Reshape',
    'Flatten',
    'Transpose',
    'Identity',
    'Cast',
    'Squeeze',
    'Unsqueeze',
    'Relu',
  ].includes(v.op);
  return (passes || isLinear(flow, v)) && v.data.length === 1 && (from === null || isImage(flow, from));
}

/** Element-wise: a position depends on the image if it does in any operand. */
function combined(flow: Flow, v: Vertex, rank: number, axis: number): readonly boolean[] | null {
  const parts = v.data.map(x => dependence(flow, x, axis - rank + (flow.dims(x)?.length ?? rank)));
  if (parts.some(p => p === null)) return null;
  const length = Math.max(...parts.map(p => p!.length));
  return Array.from({length}, (_, i) => parts.some(p => p![p!.length === 1 ? 0 : i]));
}

/** The axis of the same length with as many elements before it, where a reshape leaves it whole. */
function reshaped(
  flow: Flow,
  input: string,
  dims: readonly number[],
  axis: number,
): readonly boolean[] | null {
  const from = flow.dims(input) ?? [];
  const before = (d: readonly number[], i: number): number => d.slice(0, i).reduce((a, b) => a * b, 1);
  const at = from.findIndex((d, i) => d === dims[axis] && before(from, i) === before(dims, axis));
  return at < 0 ? null : dependence(flow, input, at);
}

function cut(flow: Flow, v: Vertex, name: string, axis: number): readonly boolean[] | null {
  const {node, op} = v;
  const input = node.input[0]!;
  const from = flow.dims(input) ?? [];
  const fold = (list: readonly number[] | undefined, i: number): readonly number[] | undefined =>
    list ?? (node.input[i] ? flow.facts.get(node.input[i])?.data : undefined);
  const along = (a: number): number => (a < 0 ? a + from.length : a);
  if (op === 'Gather') {
    const at = along(intOf(node, 'axis') ?? 0);
    const indices = flow.facts.get(node.input[1] ?? '');
    const added = (indices?.dims.length ?? 1) - 1;
    if (axis < at || axis > at + added) return dependence(flow, input, axis < at ? axis : axis - added);
    const image = dependence(flow, input, at);
    return image && indices?.data && added === 0 ? indices.data.map(i => image.at(i) ?? true) : null;
  }
  const image = dependence(flow, input, axis);
  if (image === null) return null;
  if (op === 'Split') {
    if (along(intOf(node, 'axis') ?? 0) !== axis) return image;
    const parts = node.output.slice(0, node.output.indexOf(name)).map(x => flow.dims(x)?.[axis] ?? 0);
    const start = parts.reduce((sum, n) => sum + n, 0);
    return image.slice(start, start + (flow.dims(name)?.[axis] ?? 0));
  }
  const starts = fold(intsOf(node, 'starts'), 1);
  const at = (fold(intsOf(node, 'axes'), 3) ?? starts?.map((_, i) => i) ?? []).map(along).indexOf(axis);
  if (at < 0) return image;
  const [start, end, step] = [
    starts?.[at],
    fold(intsOf(node, 'ends'), 2)?.[at],
    fold(undefined, 4)?.[at] ?? 1,
  ];
  return start === undefined || end === undefined || step !== 1 ? null : image.slice(start, end);
}
