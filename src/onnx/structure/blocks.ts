/** The blocks of a residual network: which sums belong together, where each block begins and ends. */
import {activationOn} from './activation.js';
import type {Flow, Vertex} from './flow.js';
import type {Layout, Layouts} from './layout.js';
import {isLinear, isNormalisation, isPointwise, isReduction, isView} from './operators.js';
import type {Residual} from './residual.js';

export interface Block {
  readonly sums: readonly Residual[];
  /** The stream after the block. */
  readonly output: string;
  /** The vertex of `output`. */
  readonly end: Vertex;
}

/** Cuts the residual sums along a spine into blocks. */
export function blocksOf(
  flow: Flow,
  layouts: Layouts,
  sums: readonly Residual[],
  spine: readonly Vertex[],
): Block[] {
  const groups = grouped(flow, layouts, sums);
  const tail = tailPattern(flow, groups);
  return groups.map(group => {
    const sum = group.at(-1)!.vertex;
    const after = spine.slice(spine.indexOf(sum) + 1);
    const end = follow(flow, after, tail) ?? sum;
    return {sums: group, output: flow.output(end), end};
  });
}

/** Attention opens a block and what is added after it belongs to it; without attention every sum is a block. */
function grouped(flow: Flow, layouts: Layouts, sums: readonly Residual[]): Residual[][] {
  const rank = (r: Residual): number => flow.dims(flow.output(r.vertex))?.length ?? 0;
  const size = (r: Residual): string => extent(layouts.of(flow.output(r.vertex)));
  const first = sums.find(r => r.attention);
  if (first === undefined) return alternating(flow, sums);
  const groups: Residual[][] = [];
  for (const sum of sums) {
    const open = groups.at(-1)?.[0];
    const joins = open?.attention === true && !sum.attention && size(open) === size(sum);
    if (joins) groups.at(-1)!.push(sum);
    else groups.push([sum]);
  }
  // A convolutional stem before tokens, and a pooling head behind them, are no blocks of the stream.
  const start = groups.findIndex(g => g[0]!.attention || rank(g[0]!) === rank(first));
  const end = groups.findLastIndex(g => g[0]!.attention);
  return groups.slice(start, end + 1);
}

/** Two kinds of sum in turn over tokens (mixing positions, mixing channels) make one block. */
function alternating(flow: Flow, sums: readonly Residual[]): Residual[][] {
  const kinds = sums.map(r =>
    r.branches
      .map(b =>
        flow
          .spine(r.above, flow.producer(b))
          .map(v => v.op)
          .join(),
      )
      .join('|'),
  );
  const tokens = sums.every(r => flow.dims(flow.output(r.vertex))?.length === 3);
  const inTurn = kinds.every((k, i) => i < 2 || k === kinds[i - 2]) && kinds[0] !== kinds[1];
  if (!tokens || !inTurn || sums.length < 4 || sums.length % 2 === 1) return sums.map(r => [r]);
  return sums.filter((_, i) => i % 2 === 0).map((r, i) => [r, sums[2 * i + 1]!]);
}

/**
 * What each block does to its last sum before handing it on (the ReLU of a ResNet, the norm of a post-norm
 * transformer): the shortest such sequence of operators between two blocks of one stage. Null where no two blocks
 * follow each other directly.
 */
function tailPattern(flow: Flow, groups: readonly Residual[][]): readonly string[] | null {
  let shortest: readonly string[] | null = null;
  groups.slice(1).forEach((group, i) => {
    const {above, identity} = group[0]!;
    const sum = groups[i]!.at(-1)!.vertex;
    const direct = [...flow.region(sum, above)].every(
      v => isView(v) || isPointwise(v) || isNormalisation(v) || (isReduction(v) && !isLinear(flow, v)),
    );
    if (!identity || !direct) return;
    const ops = flow.spine(sum, above).flatMap(v => (isView(v) ? [] : [v.op]));
    if (shortest === null || ops.length < shortest.length) shortest = ops;
  });
  return shortest;
}

/** The vertex that ends the tail of a block, `after` being the spine behind its last sum; null: the sum itself. */
function follow(flow: Flow, after: readonly Vertex[], tail: readonly string[] | null): Vertex | null {
  const steps = after.filter(v => !isView(v));
  if (tail === null) {
    const [next] = steps;
    return next && isPointwise(next) ? (activationOn(flow, [next])?.vertex ?? null) : null;
  }
  return tail.every((op, i) => steps[i]?.op === op) ? (steps[tail.length - 1] ?? null) : null;
}

/** Channels and positions of a tensor, in whatever order of axes. */
function extent(layout: Layout | undefined): string {
  if (layout === undefined) return '';
  const elements = layout.dims.reduce<number>((product, d) => product * (d ?? 1), layout.groups);
  return `${layout.dims[layout.channelAxis ?? -1] ?? ''} of ${elements}`;
}

/** A stage ends with the last block before the stream changes its extent; a stream of tokens of one extent has none. */
export function stagesOf(layouts: Layouts, outputs: readonly string[]): string[] {
  const extents = outputs.map(o => extent(layouts.of(o)));
  const ends = outputs.filter((_, i) => extents[i] !== extents[i + 1]);
  return ends.length > 1 || layouts.of(outputs[0] ?? '')?.kind === 'map' ? ends : [];
}
