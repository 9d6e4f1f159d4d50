/** What the axes of a tensor stand for. */
import {intOf, intsOf} from '../attributes.js';
import {isLinear, isNormalisation, isPool, isView, views} from './operators.js';
import type {Flow, Vertex} from './flow.js';
import type {Source} from './source.js';

/**
 * `tokens`: batch, positions, channels; `map`: batch, channels, height, width; `vector`: batch, channels, in any order
 * of axes; `probs`: batch, heads, queries, keys; `other`: anything else that has the batch in front.
 */
export type LayerKind = 'tokens' | 'map' | 'vector' | 'probs' | 'other';

/** A tensor with its axes named. */
export interface Layout {
  readonly kind: LayerKind;
  /** Lengths by axis; the batch axis is null. */
  readonly dims: readonly (number | null)[];
  readonly batchAxis: number;
  /** Entries of the batch axis for each sample: 1, unless windows or heads are folded into it. */
  readonly groups: number;
  /** Null for `probs` and `other`. */
  readonly channelAxis: number | null;
}

export class Layouts {
  private readonly channels = new Map<string, number | null>();

  constructor(
    private readonly flow: Flow,
    private readonly source: Source,
  ) {}

  /** Undefined for a tensor of unknown shape, or without a batch axis. */
  of(name: string): Layout | undefined {
    const dims = this.flow.dims(name);
    const batch = this.batchAxis(name);
    if (dims === undefined || batch === undefined) return undefined;
    const {axis: batchAxis, groups} = batch;
    const open = dims.map((d, i) => (i === batchAxis ? null : d));
    const ranked = (['other', 'other', 'vector', 'tokens', 'map'] as const)[dims.length] ?? 'other';
    const kind = groups > 1 || (ranked === 'map' && batchAxis > 0) ? 'other' : ranked;
    if (kind === 'other' && batchAxis > 0) return undefined;
    const channelAxis = kind === 'other' ? null : this.channelAxis(name, dims.length, batchAxis);
    return {kind, dims: open, batchAxis, groups, channelAxis};
  }

  /**
   * A view of a tensor whose axes can be named, or the tensor itself: first the tensors it is a view of, then its views.
   */
  named(name: string): string {
    const good = (x: string): boolean => (this.of(x)?.kind ?? 'other') !== 'other';
    if (good(name)) return name;
    const before = views(this.flow, name).find(good);
    if (before !== undefined) return before;
    const queue = [name];
    for (let x = queue.shift(); x !== undefined; x = queue.shift()) {
      for (const v of this.flow.consumers(x)) {
        if (!isView(v)) continue;
        if (good(this.flow.output(v))) return this.flow.output(v);
        queue.push(this.flow.output(v));
      }
    }
    return name;
  }

  /** The axis with one entry per sample; else the first, if it has the same number for each. */
  private batchAxis(name: string): {axis: number; groups: number} | undefined {
    const dims = this.flow.dims(name);
    const more = this.source.more.get(name)?.dims;
    if (dims === undefined || more === undefined) return undefined;
    const {size, batch} = this.source;
    const grows = (d: number, i: number): boolean => batch !== null || more[i]! * size === d * (size + 1);
    const axis = dims.findIndex((d, i) => d === size && grows(d, i));
    if (axis >= 0) return {axis, groups: 1};
    const [first] = dims;
    return first !== undefined && first % size === 0 && grows(first, 0)
      ? {axis: 0, groups: first / size}
      : undefined;
  }

  private channelAxis(name: string, rank: number, batchAxis: number): number {
    const axis = this.channelAxisBehind(name);
    if (axis !== null && axis < rank && axis !== batchAxis) return axis;
    return rank === 4 ? 1 : batchAxis === rank - 1 ? rank - 2 : rank - 1;
  }

  /** The axis along which weights were summed, followed from the operator that did; null where it is lost. */
  private channelAxisBehind(name: string): number | null {
    const cached = this.channels.get(name);
    if (cached !== undefined) return cached;
    const vertex = this.flow.producer(name);
    const axis = vertex === null ? null : this.channelAxisAfter(vertex, name);
    this.channels.set(name, axis);
    return axis;
  }

  private channelAxisAfter(vertex: Vertex, name: string): number | null {
    const {flow} = this;
    const {node, op} = vertex;
    const rank = flow.dims(name)?.length ?? 0;
    if (op.includes('Conv') || isPool(vertex)) return 1;
    if (isNormalisation(vertex)) {
      const last = op.startsWith('Layer') || op.startsWith('RMS') || op.startsWith('Simplified');
      return last && (intOf(node, 'axis') ?? -1) === -1 ? rank - 1 : 1;
    }
    if (isLinear(flow, vertex)) return rank - 1;
    const input = vertex.data.find(x => flow.dims(x)?.length === flow.dims(vertex.data[0]!)?.length)!;
    const before = this.channelAxisBehind(input);
    const dims = flow.dims(input) ?? [];
    if (before === null) return null;
    switch (op) {
      case 'Transpose': {
        const at = intsOf(node, 'perm')?.indexOf(before) ?? -1;
        return at < 0 ? null : at;
      }
      case 'Reshape':
      case 'Flatten':
      case 'Squeeze':
      case 'Unsqueeze':
        return kept(dims, flow.dims(name) ?? [], before);
      default:
        return dims.length === rank ? before : kept(dims, flow.dims(name) ?? [], before);
    }
  }
}

/** Where an axis went in a reshape that leaves it whole: the same length, the same number of elements behind it. */
function kept(from: readonly number[], to: readonly number[], axis: number): number | null {
  const behind = (dims: readonly number[], at: number): number =>
    dims.slice(at + 1).reduce((product, d) => product * d, 1);
  const wanted = behind(from, axis);
  const at = to.findIndex((d, i) => d === from[axis] && behind(to, i) === wanted);
  return at < 0 ? null : at;
}
