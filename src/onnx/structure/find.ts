/** Puts names on the tensors of a network: what the parts of its structure are called. */
import type {GraphProto} from '../model.js';
import {blocksOf, stagesOf, type Block} from './blocks.js';
import {readBranch, type Branch} from './branch.js';
import type {Flow, Vertex} from './flow.js';
import type {Layouts} from './layout.js';
import {normalisationOn} from './normalisation.js';
import {isLinear} from './operators.js';
import {readChain} from './plain.js';
import {readReadout} from './readout.js';
import {residualAt, type Residual} from './residual.js';

export interface Found {
  /** Normalised name and tensor. */
  readonly names: readonly (readonly [name: string, tensor: string])[];
  /** The tensor that all of the network leads to. */
  readonly end: string;
  readonly notes: readonly string[];
}

/** Finds the layers of a network; null if nothing that comes from the input is an output. */
export function findLayers(flow: Flow, layouts: Layouts, graph: GraphProto): Found | null {
  const main = mainPath(flow, graph);
  if (main === undefined) return null;
  const names: [string, string][] = [['input', flow.source]];
  const notes: string[] = [];
  const {spine, sums} = main;
  const blocks = blocksOf(flow, layouts, sums, spine);
  const last =
    blocks.length > 0
      ? nameBlocks(flow, layouts, blocks, names, notes)
      : nameChain(flow, layouts, spine, names, notes);
  const end = last === null ? undefined : layouts.of(layouts.named(flow.output(last)));
  const width = end?.dims[end.channelAxis ?? 0] ?? undefined;
  const readout = readReadout(flow, layouts, last, main.end, width);
  for (const name of ['norm', 'pooled', 'head'] as const) {
    if (readout[name] !== null) names.push([name, readout[name]]);
  }
  return {names, end: readout.head ?? main.end, notes};
}

/** Names the blocks of a residual network; gives the vertex that ends the last. */
function nameBlocks(
  flow: Flow,
  layouts: Layouts,
  blocks: readonly Block[],
  names: [string, string][],
  notes: string[],
): Vertex {
  names.push(['embed', flow.output(blocks[0]!.sums[0]!.above)]);
  let hidden = 0;
  blocks.forEach((block, i) => {
    const name = `blocks.${i}`;
    const branches = block.sums.flatMap(s => s.branches.map(b => readBranch(flow, layouts, s.above, b)));
    const attention = branches.find(b => b.attention);
    const mlp = branches.find(b => !b.attention);
    branchNorms(flow, block, branches).forEach((norm, n) => {
      if (norm !== null) names.push([`${name}.ln${n + 1}`, norm]);
    });
    if (attention) names.push([`${name}.attn`, attention.output]);
    if (attention?.probs) names.push([`${name}.attn.probs`, attention.probs]);
    if (attention?.probs === null) hidden++;
    if (mlp?.activation) names.push([`${name}.mlp.act`, mlp.activation]);
    if (mlp) names.push([`${name}.mlp`, mlp.output]);
    names.push([name, block.output]);
    const next = blocks[i + 1];
    const between = next === undefined ? [] : flow.spine(block.end, next.sums[0]!.above);
    const products = between.filter(v => isLinear(flow, v)).length;
    if (products > 1)
      notes.push(`${products} convolutions or products between blocks.${i} and blocks.${i + 1}`);
  });
  if (hidden > 0) {
    notes.push(`attention probabilities of ${hidden} blocks are inside fused nodes and cannot be read`);
  }
  const outputs = blocks.map(b => layouts.named(b.output));
  stagesOf(layouts, outputs).forEach((tensor, s) => names.push([`stages.${s}`, tensor]));
  return blocks.at(-1)!.end;
}

/** Names the layers of a network without residual sums; gives the vertex that ends its last block. */
function nameChain(
  flow: Flow,
  layouts: Layouts,
  spine: readonly Vertex[],
  names: [string, string][],
  notes: string[],
): Vertex | null {
  const chain = readChain(flow, layouts, spine);
  const last = chain?.blocks.at(-1);
  if (chain === null || last === undefined) {
    notes.push('no blocks: neither residual sums nor a chain of convolutions leads to an output');
    return null;
  }
  if (chain.embed !== null) names.push(['embed', chain.embed]);
  else notes.push('no embed: what the first block reads is inside a fused node');
  chain.blocks.forEach((tensor, i) => names.push([`blocks.${i}`, tensor]));
  chain.stages.forEach((tensor, s) => names.push([`stages.${s}`, tensor]));
  chain.dense.forEach((tensor, i) => names.push([`fc.${i}`, tensor]));
  return flow.producer(last);
}

/** The normalisation of each branch; where none has one, those that the sums go through (post-norm). */
function branchNorms(flow: Flow, block: Block, branches: readonly Branch[]): (string | null)[] {
  if (branches.some(b => b.norm !== null)) return branches.slice(0, 2).map(b => b.norm);
  return block.sums.slice(0, 2).map((sum, i) => {
    const after = flow.spine(sum.vertex, block.sums[i + 1]?.above ?? block.end);
    const at = normalisationOn(flow, after);
    return at < 0 ? null : flow.output(after[at]!);
  });
}

interface Path {
  readonly end: string;
  /** All that the flow to the end passes. */
  readonly spine: readonly Vertex[];
  /** The residual sums on it. */
  readonly sums: readonly Residual[];
}

/**
 * The path to the output behind the most residual sums; among equals to a vector, then to the first. Where the outputs
 * join features of several depths, no output is behind all of the sums: then the path ends with the deepest sum.
 */
function mainPath(flow: Flow, graph: GraphProto): Path | undefined {
  const sums = new Map<Vertex, Residual>();
  for (const v of flow.vertices) {
    const sum = residualAt(flow, v);
    if (sum !== null) sums.set(v, sum);
  }
  const outputs = graph.output.map(o => o.name).filter(name => flow.isData(name));
  const paths = [...outputs, ...[...sums.keys()].map(v => flow.output(v))].map((end): Path => {
    const spine = flow.spine(null, flow.producer(end));
    return {end, spine, sums: spine.flatMap(v => sums.get(v) ?? [])};
  });
  if (outputs.length === 0) return undefined;
  const most = Math.max(...paths.map(p => p.sums.length));
  const deepest = paths.filter(p => p.sums.length === most);
  return deepest.find(p => outputs.includes(p.end) && flow.dims(p.end)?.length === 2) ?? deepest[0];
}
