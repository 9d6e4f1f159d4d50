/** The layers of a model, found from the structure of its graph; names of nodes and tensors play no part. */
import {fail} from '../diagnostics/diagnostic.js';
import {readExpanded} from './expand.js';
import {ELEMENT, type Model, type ValueInfo} from './model.js';
import {productsBehind} from './structure/depth.js';
import {findLayers} from './structure/find.js';
import {Flow} from './structure/flow.js';
import {Layouts, type Layout} from './structure/layout.js';
import {prefixTokens} from './structure/prefix.js';
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
  const common = {
    inputs: inputsOf(model).map(port),
    outputs: model.graph.output.map(port),
    opset: model.opsetImport.find(o => o.domain === '' || o.domain === 'ai.onnx')?.version ?? 1,
  };
  const none = {source: source?.name ?? '', batch: source?.batch ?? null, layers: [], tensors: []};
  if (source === null) return {...common, ...none, notes: ['the model has no inputs']};
  const flow = new Flow(model.graph, source.name, source.facts);
  const layouts = new Layouts(flow, source);
  const found = findLayers(flow, layouts, model.graph);
  if (found === null) return {...common, ...none, notes: [...source.notes, 'no output depends on the input']};
  const notes = [...source.notes, ...found.notes];
  const unknown = new Set(flow.vertices.filter(v => flow.loses(v)).map(v => v.op));
  if (unknown.size > 0) notes.push(`no shapes are known behind: ${[...unknown].join(', ')}`);

  const places = found.names.flatMap(([name, tensor]) => {
    const probs = name.endsWith('.probs');
    const named = probs ? tensor : layouts.named(tensor);
    const layout = layouts.of(named);
    if (layout === undefined) return [];
    return [
      {
        name,
        tensor: named,
        layout: probs ? ({...layout, kind: 'probs', channelAxis: null} as const) : layout,
      },
    ];
  });
  const embed = places.find(p => p.name === 'embed' && p.layout.kind === 'tokens');
  const prefix = embed === undefined ? null : prefixTokens(flow, embed.tensor, tokenAxis(embed.layout));
  if (embed !== undefined && prefix === null) {
    notes.push('which tokens are patches cannot be told: "mean" takes all of them');
  }
  const behind = productsBehind(flow);
  const total = Math.max(1, behind(found.end));
  const layer = (name: string, tensor: string, layout: Layout): Layer => ({
    ...layout,
    name,
    tensor,
    depth: Math.min(1, behind(tensor) / total),
    prefixTokens: embed !== undefined && tokensOf(layout) === tokensOf(embed.layout) ? prefix : null,
  });
  const layers = places.map(p => layer(p.name, p.tensor, p.layout));
  const tensors = [source.name, ...flow.vertices.flatMap(v => v.node.output)].flatMap(name => {
    const layout = FLOATS.has(flow.facts.get(name)?.type) ? layouts.of(name) : undefined;
    return layout === undefined ? [] : [layer(name, name, layout)];
  });
  const order = (l: Layer): number => flow.producer(l.tensor)?.index ?? -1;
  layers.sort((a, b) => order(a) - order(b));
  return {...common, source: source.name, batch: source.batch, layers, tensors, notes};
}

const FLOATS = new Set<number | undefined>([
  ELEMENT.float32,
  ELEMENT.float16,
  ELEMENT.float64,
  ELEMENT.bfloat16,
]);

/** Of tokens: the axis that is neither batch nor channels. */
const tokenAxis = (layout: Layout): number => 3 - layout.batchAxis - layout.channelAxis!;

/** The number of tokens; undefined for what has none. */
const tokensOf = (layout: Layout): number | null | undefined =>
  layout.kind === 'tokens' ? layout.dims[tokenAxis(layout)] : undefined;

function port({name, type}: ValueInfo): Port {
  const tensor = type?.tensorType;
  const element = Object.entries(ELEMENT).find(([, number]) => number === tensor?.elemType)?.[0] ?? 'unknown';
  const dims = tensor?.shape?.dim.map(d => d.value ?? d.param ?? null) ?? [];
  return {name, type: element, dims};
}
