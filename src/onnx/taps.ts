/** Layers read out of a model: each is pooled inside the graph and becomes an output, all in one pass. */
import {fail} from '../diagnostics/diagnostic.js';
import {buildNode, buildPort, buildTensor, type AttributeValue, type Constant} from './build.js';
import {readExpanded} from './expand.js';
import type {Layer} from './inspect.js';
import {encodeModel, type NodeProto, type TensorProto} from './model.js';
import {withOutputs} from './prune.js';

/**
 * How a layer becomes vectors. Of tokens [b,t,d]: `cls` takes the first, `token:k` the k-th (from 0), `mean` and `max`
 * are over the patch tokens (learned tokens in front are left out), `flatten` joins all tokens, `tokens` keeps them
 * all. Of a map [b,c,h,w]: `mean` and `max` are over space, `flatten` is in the order c,h,w, `tokens` gives the h·w
 * positions row by row, `token:k` one of them. A vector stays what it is.
 */
export type Pooling = 'cls' | 'mean' | 'max' | 'flatten' | 'tokens' | `token:${number}`;

/** An output of the tapped model: float32 [b, dim], or [b, tokens, dim] when tokens are kept. */
export interface Tap {
  readonly layer: Layer;
  /** Name of the output. */
  readonly output: string;
  /** Vectors per sample. */
  readonly tokens: number;
  /** Length of a vector. */
  readonly dim: number;
}

export interface Tapped {
  /** The edited model: its outputs are the taps, in the order of the layers. */
  readonly model: Uint8Array;
  readonly taps: readonly Tap[];
}

/**
 * Adds taps to a model and leaves out what they do not need.
 *
 * ONNX Runtime joins nodes into one where nobody else reads what is between, and the joined node rounds differently: what
 * else is tapped can show in the last bits of a layer. `kept` are layers that are read in any case, a little of each.
 *
 * @throws E501 for a pooling that a layer does not allow
 */
export function tapLayers(
  bytes: Uint8Array,
  layers: readonly Layer[],
  pooling: Pooling,
  file = 'model',
  kept: readonly Layer[] = [],
): Tapped {
  const model = readExpanded(bytes, file);
  const {graph} = model;
  const opset = model.opsetImport.find(o => o.domain === '' || o.domain === 'ai.onnx')?.version ?? 1;
  const taken = new Set([...graph.node.flatMap(n => n.output), ...graph.input.map(i => i.name)]);
  for (const tensor of graph.initializer) taken.add(tensor.name);
  const taps = layers.map((layer): Tap & {edit: Edit} => {
    const output = taken.has(layer.name) ? `${layer.name}:${pooling}` : layer.name;
    const edit = new Edit(`tap/${output}`, opset);
    return {...pool(edit, layer, pooling, file), layer, output, edit};
  });
  for (const {edit, output} of taps) {
    edit.finish(output);
    graph.node.push(...edit.nodes);
    graph.initializer.push(...edit.constants);
  }
  const others = kept.filter(k => !layers.some(l => l.tensor === k.tensor));
  const extra = others.map(({tensor}, i) => {
    const output = `kept/${i}`;
    const edit = new Edit(output, opset).start(tensor).gather(0);
    edit.finish(output);
    graph.node.push(...edit.nodes);
    graph.initializer.push(...edit.constants);
    return output;
  });
  const outputs = [...taps.map(t => t.output), ...extra].map(name => buildPort({name, type: 'float32'}));
  return {
    model: encodeModel(withOutputs(model, outputs)),
    taps: taps.map(({layer, output, tokens, dim}) => ({layer, output, tokens, dim})),
  };
}

/** Nodes in a row, each reading what the last one gave. */
class Edit {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  private at = '';

  constructor(
    private readonly prefix: string,
    private readonly opset: number,
  ) {}

  start(tensor: string): this {
    this.at = tensor;
    return this.add('Cast', [], {to: 1});
  }

  finish(output: string): void {
    this.nodes.at(-1)!.output = [output];
  }

  transpose(perm: readonly number[]): this {
    return perm.every((p, i) => p === i) ? this : this.add('Transpose', [], {perm});
  }

  reshape(dims: readonly number[]): this {
    return this.add('Reshape', [this.constant(dims)]);
  }

  flatten(): this {
    return this.add('Flatten', [], {axis: 1});
  }

  gather(index: number): this {
    return this.add('Gather', [this.constant([index], [])], {axis: 1});
  }

  /** Drops the first entries of axis 1. */
  skip(count: number): this {
    if (count === 0) return this;
    if (this.opset < 10) return this.add('Slice', [], {axes: [1], starts: [count], ends: [2 ** 31 - 1]});
    return this.add('Slice', [this.constant([count]), this.constant([2 ** 31 - 1]), this.constant([1])]);
  }

  /** The mean or maximum over axes, which go. */
  reduce(op: 'ReduceMean' | 'ReduceMax', axes: readonly number[]): this {
    if (this.opset < 18) return this.add(op, [], {axes, keepdims: 0});
    return this.add(op, [this.constant(axes)], {keepdims: 0});
  }

  private add(
    op: string,
    constants: readonly string[],
    attributes: Record<string, AttributeValue> = {},
  ): this {
    const output = `${this.prefix}/${this.nodes.length}`;
    this.nodes.push(buildNode({op, inputs: [this.at, ...constants], outputs: [output], attributes}));
    this.at = output;
    return this;
  }

  private constant(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const name = `${this.prefix}/constant/${this.constants.length}`;
    const constant: Constant = {data: BigInt64Array.from(values, BigInt), shape};
    this.constants.push(buildTensor(name, constant));
    return name;
  }
}

/** Writes the nodes that pool a layer; gives what comes out of them per sample. */
function pool(edit: Edit, layer: Layer, pooling: Pooling, file: string): {tokens: number; dim: number} {
  const {kind, dims, batchAxis, channelAxis, groups, tensor} = layer;
  const size = dims.reduce<number>((product, d) => product * (d ?? 1), groups);
  edit.start(tensor);
  if (kind === 'vector') {
    edit.transpose([batchAxis, 1 - batchAxis]);
    return {tokens: 1, dim: size};
  }
  if (kind === 'probs' || kind === 'other') {
    if (pooling !== 'flatten') {
      const what =
        kind === 'probs' ? 'attention probabilities' : `a tensor [${dims.map(d => d ?? 'batch').join()}]`;
      fail('E501', `${file}: "${layer.name}" is ${what}: it cannot be pooled by "${pooling}"`, {
        hint: 'use pool: flatten',
      });
    }
    if (groups === 1) edit.flatten();
    else edit.reshape([-1, size]);
    return {tokens: 1, dim: size};
  }
  const channels = channelAxis!;
  const positions = [...dims.keys()].filter(i => i !== batchAxis && i !== channels);
  const dim = dims[channels]!;
  const tokens = size / dim;
  const map = kind === 'map';
  if (pooling === 'flatten') {
    edit.transpose(map ? [batchAxis, channels, ...positions] : [batchAxis, ...positions, channels]).flatten();
    return {tokens: 1, dim: size};
  }
  edit.transpose([batchAxis, ...positions, channels]);
  if (pooling === 'mean' || pooling === 'max') {
    edit.skip(map ? 0 : (layer.prefixTokens ?? 0));
    edit.reduce(pooling === 'mean' ? 'ReduceMean' : 'ReduceMax', map ? [1, 2] : [1]);
    return {tokens: 1, dim};
  }
  if (map && pooling !== 'cls') edit.reshape([0, -1, dim]);
  if (pooling === 'tokens') return {tokens, dim};
  edit.gather(position(layer, pooling, tokens, file));
  return {tokens: 1, dim};
}

/** The token that `cls` or `token:k` takes. */
function position(layer: Layer, pooling: 'cls' | `token:${number}`, tokens: number, file: string): number {
  if (pooling === 'cls') {
    if (layer.kind === 'map') {
      fail('E501', `${file}: "${layer.name}" is a map of ${tokens} positions and has no class token`, {
        hint: 'use pool: mean (over space), max, flatten or tokens',
      });
    }
    if (layer.prefixTokens === 0) {
      fail('E501', `${file}: "${layer.name}" has no class token: all its ${tokens} tokens are patches`, {
        hint: 'use pool: mean (over the patches), max, flatten, tokens or token:k',
      });
    }
    return 0;
  }
  const index = Number(pooling.slice('token:'.length));
  if (!Number.isInteger(index) || index < 0 || index >= tokens) {
    fail('E501', `${file}: "${layer.name}" has no ${pooling}: its tokens are 0 to ${tokens - 1}`);
  }
  return index;
}
