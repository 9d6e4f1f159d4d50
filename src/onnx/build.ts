/** Small models written in place: what the kernels compute with, and the nodes that edits add to a graph. */
import {ATTRIBUTE, ELEMENT, encodeModel} from './model.js';
import type {AttributeProto, ElementName, ModelProto, NodeProto, TensorProto, ValueInfo} from './model.js';

/** Data of a constant; its class gives the element type unless `type` says otherwise (float16 and bool). */
export type ConstantData =
  Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Int8Array | Uint16Array;

export interface Constant {
  readonly data: ConstantData;
  /** Default: a vector of all of `data`. `[]` is a scalar. */
  readonly shape?: readonly number[];
  readonly type?: ElementName;
}

/** A number or a list of numbers is an attribute of integers; `float` marks one that is not. */
export type AttributeValue =
  | number
  | readonly number[]
  | string
  | {readonly float: number}
  | {readonly floats: readonly number[]}
  | {readonly tensor: Constant};

/** A float attribute: `alpha: float(1)`. */
export const float = (value: number): {readonly float: number} => ({float: value});

export interface NodeSpec {
  readonly op: string;
  /** '' leaves out an optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly domain?: string;
}

export interface PortSpec {
  readonly name: string;
  readonly type: ElementName;
  /** A string names an axis of any length. Left out: of unknown rank. */
  readonly shape?: readonly (number | string)[];
}

export interface ModelSpec {
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
  readonly nodes: readonly NodeSpec[];
  readonly initializers?: Readonly<Record<string, Constant>>;
  /** Version of the default operator set. Default 17. */
  readonly opset?: number;
}

/** The bytes of a model with this graph. Nodes stand in the order of execution. */
export function buildModel(spec: ModelSpec): Uint8Array {
  const opset = spec.opset ?? 17;
  const model: ModelProto = {
    // The IR version that came with the operator set, so that older runtimes read what they can.
    irVersion: opset >= 23 ? 11 : opset >= 21 ? 10 : opset >= 19 ? 9 : 8,
    producerName: 'strata',
    producerVersion: '',
    opsetImport: [{domain: '', version: opset}],
    metadata: [],
    functions: [],
    graph: {
      name: 'strata',
      node: spec.nodes.map(buildNode),
      initializer: Object.entries(spec.initializers ?? {}).map(([name, value]) => buildTensor(name, value)),
      input: spec.inputs.map(buildPort),
      output: spec.outputs.map(buildPort),
      valueInfo: [],
    },
  };
  return encodeModel(model);
}

/** A node as it stands in a graph. */
export function buildNode(spec: NodeSpec): NodeProto {
  return {
    input: [...spec.inputs],
    output: [...spec.outputs],
    name: '',
    opType: spec.op,
    domain: spec.domain ?? '',
    overload: '',
    attribute: Object.entries(spec.attributes ?? {}).map(([name, value]) => buildAttribute(name, value)),
  };
}

/** A named constant as it stands in a graph: a view of its data. */
export function buildTensor(name: string, {data, shape, type}: Constant): TensorProto {
  const dims = [...(shape ?? [data.length])];
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count !== data.length)
    throw new RangeError(`constant "${name}": ${data.length} values for [${dims.join()}]`);
  return {
    name,
    dims,
    dataType: ELEMENT[type ?? elementOf(data)],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    floatData: [],
    int32Data: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
    stringData: [],
    externalData: [],
  };
}

/** A graph input or output. */
export function buildPort({name, type, shape}: PortSpec): ValueInfo {
  const dim = shape?.map(d => (typeof d === 'number' ? {value: d} : {param: d}));
  return {name, type: {tensorType: {elemType: ELEMENT[type], ...(dim && {shape: {dim}})}}};
}

function elementOf(data: ConstantData): ElementName {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  return 'uint16';
}

function buildAttribute(name: string, value: AttributeValue): AttributeProto {
  const attribute: AttributeProto = {name, floats: [], ints: [], strings: [], tensors: [], graphs: []};
  if (typeof value === 'number') return {...attribute, type: ATTRIBUTE.int, i: BigInt(value)};
  if (typeof value === 'string') return {...attribute, type: ATTRIBUTE.string, s: Buffer.from(value)};
  if ('float' in value) return {...attribute, type: ATTRIBUTE.float, f: value.float};
  if ('floats' in value) return {...attribute, type: ATTRIBUTE.floats, floats: [...value.floats]};
  if ('tensor' in value) return {...attribute, type: ATTRIBUTE.tensor, t: buildTensor('', value.tensor)};
  return {...attribute, type: ATTRIBUTE.ints, ints: value.map(BigInt)};
}
