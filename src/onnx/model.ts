/**
 * ONNX models as plain objects: what Strata reads or edits is named, everything else (documentation, metadata,
 * quantisation, fields newer than this file) rides along in `unknown` and is written back.
 * Source: onnx/onnx.proto of the ONNX specification (IR version 3 to 13).
 */
import {fail} from '../diagnostics/diagnostic.js';
import {
  byteStrings,
  floats,
  int64s,
  ints,
  messages,
  optionalBytes,
  optionalFloat,
  optionalInt,
  optionalInt64,
  optionalMessage,
  optionalText,
  packed,
  schema,
  text,
  texts,
  type Message,
  type Schema,
} from './schema.js';
import {Reader, WireError, Writer} from './wire.js';

/** Element types, by the number the format gives them. */
export const ELEMENT = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;
export type ElementName = keyof typeof ELEMENT;

/** Kinds of attribute, by number. */
export const ATTRIBUTE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

export interface KeyValue extends Message {
  key: string;
  value: string;
}

/** A constant. The data are in exactly one of the fields below, or outside the file. */
export interface TensorProto extends Message {
  name: string;
  dims: number[];
  /** Element type: a value of ELEMENT. */
  dataType?: number | undefined;
  /** Little-endian elements. */
  rawData?: Uint8Array | undefined;
  /** Packed 32-bit floats, int32 varints, int64 varints, 64-bit floats, uint64 varints: as on the wire. */
  floatData: Uint8Array[];
  int32Data: Uint8Array[];
  int64Data: Uint8Array[];
  doubleData: Uint8Array[];
  uint64Data: Uint8Array[];
  stringData: Uint8Array[];
  /** `location`, `offset`, `length` when `dataLocation` is 1. */
  externalData: KeyValue[];
  /** 1: the data are in a file beside the model. */
  dataLocation?: number | undefined;
}

export interface AttributeProto extends Message {
  name: string;
  /** A value of ATTRIBUTE. */
  type?: number | undefined;
  f?: number | undefined;
  i?: bigint | undefined;
  s?: Uint8Array | undefined;
  t?: TensorProto | undefined;
  g?: GraphProto | undefined;
  floats: number[];
  ints: bigint[];
  strings: Uint8Array[];
  tensors: TensorProto[];
  graphs: GraphProto[];
  /** Inside a function: the function's attribute that stands here. */
  refAttrName?: string | undefined;
}

export interface NodeProto extends Message {
  /** Tensor names; '' for an optional input left out. */
  input: string[];
  output: string[];
  name: string;
  opType: string;
  domain: string;
  overload: string;
  attribute: AttributeProto[];
}

/** An axis: a length, a name standing for any length, or neither. */
export interface Dimension extends Message {
  value?: number | undefined;
  param?: string | undefined;
}

export interface TensorShape extends Message {
  dim: Dimension[];
}

export interface TensorType extends Message {
  elemType?: number | undefined;
  shape?: TensorShape | undefined;
}

export interface TypeProto extends Message {
  tensorType?: TensorType | undefined;
}

export interface ValueInfo extends Message {
  name: string;
  type?: TypeProto | undefined;
}

export interface GraphProto extends Message {
  name: string;
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfo[];
  output: ValueInfo[];
  valueInfo: ValueInfo[];
}

export interface OperatorSet extends Message {
  domain: string;
  version?: number | undefined;
}

/** A model-local operator, given by the nodes it stands for. */
export interface FunctionProto extends Message {
  name: string;
  domain: string;
  overload: string;
  input: string[];
  output: string[];
  attribute: string[];
  attributeProto: AttributeProto[];
  node: NodeProto[];
  opsetImport: OperatorSet[];
}

export interface ModelProto extends Message {
  irVersion?: number | undefined;
  opsetImport: OperatorSet[];
  producerName: string;
  producerVersion: string;
  graph?: GraphProto | undefined;
  metadata: KeyValue[];
  functions: FunctionProto[];
}

const keyValue: Schema<KeyValue> = schema(() => ({key: text(1), value: text(2)}));

const tensor: Schema<TensorProto> = schema(() => ({
  dims: ints(1),
  dataType: optionalInt(2),
  floatData: packed(4),
  int32Data: packed(5),
  stringData: byteStrings(6),
  int64Data: packed(7),
  name: text(8),
  rawData: optionalBytes(9),
  doubleData: packed(10),
  uint64Data: packed(11),
  externalData: messages(13, () => keyValue),
  dataLocation: optionalInt(14),
}));

const attribute: Schema<AttributeProto> = schema(() => ({
  name: text(1),
  f: optionalFloat(2),
  i: optionalInt64(3),
  s: optionalBytes(4),
  t: optionalMessage(5, () => tensor),
  g: optionalMessage(6, () => graph),
  floats: floats(7),
  ints: int64s(8),
  strings: byteStrings(9),
  tensors: messages(10, () => tensor),
  graphs: messages(11, () => graph),
  type: optionalInt(20),
  refAttrName: optionalText(21),
}));

const node: Schema<NodeProto> = schema(() => ({
  input: texts(1),
  output: texts(2),
  name: text(3),
  opType: text(4),
  attribute: messages(5, () => attribute),
  domain: text(7),
  overload: text(8),
}));

const dimension: Schema<Dimension> = schema(() => ({value: optionalInt(1), param: optionalText(2)}));
const tensorShape: Schema<TensorShape> = schema(() => ({dim: messages(1, () => dimension)}));
const tensorType: Schema<TensorType> = schema(() => ({
  elemType: optionalInt(1),
  shape: optionalMessage(2, () => tensorShape),
}));
const type: Schema<TypeProto> = schema(() => ({tensorType: optionalMessage(1, () => tensorType)}));
const valueInfo: Schema<ValueInfo> = schema(() => ({name: text(1), type: optionalMessage(2, () => type)}));

const graph: Schema<GraphProto> = schema(() => ({
  node: messages(1, () => node),
  name: text(2),
  initializer: messages(5, () => tensor),
  input: messages(11, () => valueInfo),
  output: messages(12, () => valueInfo),
  valueInfo: messages(13, () => valueInfo),
}));

const operatorSet: Schema<OperatorSet> = schema(() => ({domain: text(1), version: optionalInt(2)}));

const functionProto: Schema<FunctionProto> = schema(() => ({
  name: text(1),
  input: texts(4),
  output: texts(5),
  attribute: texts(6),
  node: messages(7, () => node),
  opsetImport: messages(9, () => operatorSet),
  domain: text(10),
  attributeProto: messages(11, () => attribute),
  overload: text(13),
}));

const model: Schema<ModelProto> = schema(() => ({
  irVersion: optionalInt(1),
  producerName: text(2),
  producerVersion: text(3),
  graph: optionalMessage(7, () => graph),
  opsetImport: messages(8, () => operatorSet),
  metadata: messages(14, () => keyValue),
  functions: messages(25, () => functionProto),
}));

/** A model that has a graph. */
export type Model = ModelProto & {graph: GraphProto};

/**
 * Reads a model. Initializer data are views of `bytes`, which must not change while the model is in use.
 *
 * @param file how messages call it
 * @throws E401 for bytes that are not an ONNX model
 */
export function decodeModel(bytes: Uint8Array, file = 'model'): Model {
  const reader = new Reader(bytes);
  let decoded: ModelProto;
  try {
    decoded = model.decode(reader);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    fail('E401', `${file}: not an ONNX model, or damaged: ${error.message} at byte ${error.offset}`, {
      hint: whatItMayBe(bytes),
    });
  }
  const {graph: main} = decoded;
  if (main === undefined || main.output.length === 0) {
    fail('E401', `${file}: not an ONNX model: no graph with outputs in its ${bytes.byteLength} bytes`, {
      hint: whatItMayBe(bytes),
    });
  }
  return {...decoded, graph: main};
}

/** The bytes of a model: one copy of its weights. */
export function encodeModel(value: ModelProto): Uint8Array {
  const writer = new Writer();
  model.encode(writer, value);
  return writer.bytes();
}

/** A guess at what was given instead of a model, from how it begins. */
function whatItMayBe(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  if (bytes.byteLength === 0) return 'the file is empty';
  if (start.startsWith('version https://git-lfs'))
    return 'this is a Git LFS pointer: fetch the file itself with "git lfs pull"';
  if (start.startsWith('PK'))
    return 'this is a zip archive, as PyTorch checkpoints are: export it to ONNX first';
  if (/^\s*</.test(start)) return 'this is an HTML or XML page: the download was not the model';
  if (start.slice(4, 8) === 'ORTM') return 'this is an ORT-format model: give the ONNX file it was made from';
  return 'give a complete file as written by an ONNX exporter';
}
