/** The layers of a model, found from the structure of its graph; names of nodes and tensors play no part. */
import {fail} from '../diagnostics/diagnostic.js';
import {readExpanded} from './expand.js';
import {ELEMENT, type Model, type ValueInfo} from './model.js';
import {blocksOf, stagesOf, type Block} from './structure/blocks.js';
import {readBranch, type Branch} from './structure/branch.js';
import {productsBehind} from './structure/depth.js';
import {Flow, type Vertex} from './structure/flow.js';
import {Layouts, type Layout} from './structure/layout.js';
import {normalisationOn} from './structure/normalisation.js';
import {isView, views} from './structure/operators.js';
import {readChain} from './structure/plain.js';
import {prefixTokens} from './structure/prefix.js';
import {readReadout} from './structure/readout.js';
import {residualAt, type Residual} from './structure/residual.js';
import {inferSource, inputsOf, SampleError, type Source} from './structure/source.js';

export interface Layer extends Layout {
  /** Normalised name, or the tensor's own. */
  readonly name: string;
  /** The tensor in the graph. */
  readonly tensor: string;
  /** Share of the convolutions and products with weights that lie before it: 0 the input, 1 the logits. */
  readonly depth: number;
  /** Learned tokens before the patches, along the token axis; null where that cannot be told. */
  readonly prefixTokens: number | null;
}

export interface Port {
  readonly name: string;
  /** Element type. */
  readonly type: string;
  /** Lengths by axis: a name where the model leaves it open, null where it says nothing. */
  readonly dims: readonly (number | string | null)[];
}

export interface Inspection {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The input that the image enters by. */
  readonly source: string;
  /** Version of the default operator set. */
  readonly opset: number;
  /** Samples the model takes at once; null: any number. */
  readonly batch: number | null;
  /** What can be named, in the order of the forward pass. */
  readonly layers: readonly Layer[];
  /** Every floating-point tensor that depends on the image, under its own name, in the order of the forward pass. */
  readonly tensors: readonly Layer[];
  /** What could not be found, and why. */
  readonly notes: readonly string[];
}

/**
 * Finds the layers of a model.
 *
 * `input`; `embed`: what block 0 reads; `blocks.i`: the stream after block i, with `.attn` and `.mlp` (what its branches
 * add, before layer scale; in a CNN `.mlp` is the branch of convolutions), `.attn.probs`, `.mlp.act`, `.ln1`, `.ln2`;
 * `stages.s`; `fc.i`: hidden layers of a classifier; `norm`: the final normalisation; `pooled`; `head`: the logits.
 *
 * @param file how messages call the model
 * @param sample shape of one sample ([channels, height, width]): shapes are given for it, where the model takes any
 * @throws E401 for bytes that are not an ONNX model, E404 if it does not take such a sample
 */
export function inspectModel(bytes: Uint8Array, file = 'model', sample?: readonly number[]): Inspection {
  const model = readExpanded(bytes, file);
  try {
    return inspect(model, inferSource(model, sample));
  } catch (error) {
    if (!(error instanceof SampleError)) throw error;
    const shape = (dims: readonly (number | null)[]): string => `[${dims.map(d => d ?? 'any').join(', ')}]`;
    fail('E404', `${file} takes samples of ${shape(error.wanted)}, not ${shape(sample ?? [])}`, {
      hint: 'choose the preset or the resize and crop that the model was made for',
    });
  }
}

function inspect(model: Model, source: Source | null): Inspection {
  const notes: string[] = [];
  const common = {
    inputs: inputsOf(model).map(port),
    outputs: model.graph.output.map(port),
    opset: model.opsetImport.find(o => o.domain === '' || o.domain === 'ai.onnx')?.version ?? 1,
  };
  if (source === null) {
    return {...common, source: '', batch: null, layers: [], tensors: [], notes: ['the model has no inputs']};
  }
  notes.push(...source.notes);
  const flow = new Flow(model.graph, source.name, source.facts);
  const layouts = new Layouts(flow, source);
  const unknown = new Set(flow.vertices.filter(v => flow.loses(v)).map(v => v.op));
  if (unknown.size > 0) notes.push(`no shapes are known behind: ${[...unknown].join(', ')}`);
  const found = findLayers(flow, layouts, model, notes);

  const behind = productsBehind(flow);
  const deepest = found.find(([name]) => name === 'head')?.[1] ?? mainOutput(flow, model)?.name;
  const total = deepest === undefined ? 0 : behind(deepest);
  const embed = found.find(([name]) => name === 'embed')?.[1];
  const embedding = embed === undefined ? undefined : layouts.of(embed);
  const tokenAxis = (layout: Layout): number => 3 - layout.batchAxis - (layout.channelAxis ?? 2);
  const prefix =
    embed !== undefined && embedding?.kind === 'tokens'
      ? prefixTokens(flow, embed, tokenAxis(embedding))
      : null;
  if (embedding?.kind === 'tokens' && prefix === null) {
    notes.push('which tokens are patches cannot be told: "mean" takes all of them');
  }
  const layer = (name: string, tensor: string, layout: Layout): Layer => {
    const sameTokens =
      layout.kind === 'tokens' &&
      embedding?.kind === 'tokens' &&
      layout.dims[tokenAxis(layout)] === embedding.dims[tokenAxis(embedding)];
    return {
      ...layout,
      ...(name.endsWith('.probs') && {kind: 'probs', channelAxis: null}),
      name,
      tensor,
      depth: total === 0 ? 0 : Math.min(1, behind(tensor) / total),
      prefixTokens: sameTokens ? prefix : null,
    };
  };
  const layers = found.flatMap(([name, tensor]) => {
    const named = name.endsWith('.probs') ? tensor : canonical(flow, layouts, tensor);
    const layout = layouts.of(named);
    return layout === undefined ? [] : [layer(name, named, layout)];
  });
  const floats = new Set<number>([ELEMENT.float32, ELEMENT.float16, ELEMENT.float64, ELEMENT.bfloat16]);
  const tensors = [source.name, ...flow.vertices.flatMap(v => v.node.output)].flatMap(name => {
    const layout = name === '' || !floats.has(flow.facts.get(name)?.type ?? 0) ? undefined : layouts.of(name);
    return layout === undefined ? [] : [layer(name, name, layout)];
  });
  const order = (l: Layer): number => flow.producer(l.tensor)?.index ?? -1;
  layers.sort((a, b) => order(a) - order(b));
  return {...common, source: source.name, batch: source.batch, layers, tensors, notes};
}

type Named = readonly [name: string, tensor: string];

function findLayers(flow: Flow, layouts: Layouts, model: Model, notes: string[]): Named[] {
  const found: Named[] = [['input', flow.source]];
  const main = mainOutput(flow, model);
  if (main === undefined) {
    notes.push('no output depends on the input');
    return found;
  }
  const {spine, sums} = main;
  const blocks = blocksOf(flow, layouts, sums, spine);
  let last: Vertex | null = null;
  if (blocks.length > 0) {
    found.push(...residualLayers(flow, layouts, blocks, notes));
    last = blocks.at(-1)!.end;
  } else {
    const chain = readChain(flow, layouts, spine);
    if (chain === null || chain.blocks.length === 0) {
      notes.push('no blocks: neither residual sums nor a chain of convolutions leads to an output');
    } else {
      if (chain.embed !== null) found.push(['embed', chain.embed]);
      else notes.push('no embed: what the first block reads is inside a fused node');
      chain.blocks.forEach((tensor, i) => found.push([`blocks.${i}`, tensor]));
      chain.stages.forEach((tensor, s) => found.push([`stages.${s}`, tensor]));
      chain.dense.forEach((tensor, i) => found.push([`fc.${i}`, tensor]));
      last = flow.producer(chain.blocks.at(-1)!);
    }
  }
  const end = last === null ? undefined : layouts.of(canonical(flow, layouts, flow.output(last)));
  const width = end?.dims[end.channelAxis ?? 0] ?? undefined;
  const readout = readReadout(flow, layouts, last, main.name, width);
  if (readout.norm !== null) found.push(['norm', readout.norm]);
  if (readout.pooled !== null) found.push(['pooled', readout.pooled]);
  if (readout.head !== null) found.push(['head', readout.head]);
  return found;
}

function residualLayers(flow: Flow, layouts: Layouts, blocks: readonly Block[], notes: string[]): Named[] {
  const found: Named[] = [['embed', flow.output(blocks[0]!.sums[0]!.above)]];
  let hidden = 0;
  blocks.forEach((block, i) => {
    const name = `blocks.${i}`;
    const branches = block.sums.flatMap(sum =>
      sum.branches.map(b => readBranch(flow, layouts, sum.above, b)),
    );
    const attention = branches.find(b => b.attention);
    const mlp = branches.find(b => !b.attention);
    branchNorms(flow, block, branches).forEach(
      (norm, n) => norm !== null && found.push([`${name}.ln${n + 1}`, norm]),
    );
    if (attention) found.push([`${name}.attn`, attention.output]);
    if (attention?.probs) found.push([`${name}.attn.probs`, attention.probs]);
    if (attention?.probs === null) hidden++;
    if (mlp?.activation) found.push([`${name}.mlp.act`, mlp.activation]);
    if (mlp) found.push([`${name}.mlp`, mlp.output]);
    found.push([name, block.output]);
  });
  if (hidden > 0)
    notes.push(`attention probabilities of ${hidden} blocks are inside fused nodes and cannot be read`);
  stagesOf(
    layouts,
    blocks.map(b => canonical(flow, layouts, b.output)),
  ).forEach((tensor, s) => found.push([`stages.${s}`, tensor]));
  return found;
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

interface Main {
  readonly name: string;
  /** All that the flow to this output passes. */
  readonly spine: readonly Vertex[];
  /** The residual sums on it. */
  readonly sums: readonly Residual[];
}

/** The output behind the most residual sums; among equals a vector, then the first. */
function mainOutput(flow: Flow, model: Model): Main | undefined {
  const sums = new Map(
    flow.vertices.flatMap(v => {
      const sum = residualAt(flow, v);
      return sum === null ? [] : [[v, sum] as const];
    }),
  );
  const mains = model.graph.output
    .filter(o => flow.isData(o.name))
    .map(({name}) => {
      const spine = flow.spine(null, flow.producer(name));
      return {name, spine, sums: spine.flatMap(v => sums.get(v) ?? [])};
    });
  const most = Math.max(...mains.map(m => m.sums.length));
  const candidates = mains.filter(m => m.sums.length === most);
  return candidates.find(m => flow.dims(m.name)?.length === 2) ?? candidates[0];
}

/** A view of the tensor whose axes can be named, or the tensor itself: first those before it, then those after it. */
function canonical(flow: Flow, layouts: Layouts, name: string): string {
  const named = (x: string): boolean => {
    const kind = layouts.of(x)?.kind;
    return kind !== undefined && kind !== 'other';
  };
  if (named(name)) return name;
  const before = views(flow, name).find(named);
  if (before !== undefined) return before;
  const queue = [name];
  for (let x = queue.shift(); x !== undefined; x = queue.shift()) {
    for (const v of flow.consumers(x)) {
      if (!isView(v)) continue;
      if (named(flow.output(v))) return flow.output(v);
      queue.push(flow.output(v));
    }
  }
  return name;
}

function port({name, type}: ValueInfo): Port {
  const tensor = type?.tensorType;
  const element = Object.entries(ELEMENT).find(([, number]) => number === tensor?.elemType)?.[0] ?? 'unknown';
  const dims = tensor?.shape?.dim.map(d => d.value ?? d.param ?? null) ?? [];
  return {name, type: element, dims};
}
