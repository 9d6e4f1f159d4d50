/** What a node's attributes and a model's constants say, as JavaScript values. */
import {ELEMENT, type AttributeProto, type GraphProto, type NodeProto, type TensorProto} from './model.js';
import {Reader} from './wire.js';

function find(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find(a => a.name === name);
}

/** An integer attribute; values beyond ±2^53, which stand for "to the end", are clamped. */
export function intOf(node: NodeProto, name: string): number | undefined {
  const value = find(node, name)?.i;
  return value === undefined ? undefined : clamp(value);
}

export function intsOf(node: NodeProto, name: string): number[] | undefined {
  return find(node, name)?.ints.map(clamp);
}

export const floatOf = (node: NodeProto, name: string): number | undefined => find(node, name)?.f;

export function floatsOf(node: NodeProto, name: string): number[] | undefined {
  return find(node, name)?.floats;
}

export function textOf(node: NodeProto, name: string): string | undefined {
  const value = find(node, name)?.s;
  return value && Buffer.from(value).toString('utf8');
}

export const tensorOf = (node: NodeProto, name: string): TensorProto | undefined => find(node, name)?.t;
export const graphOf = (node: NodeProto, name: string): GraphProto | undefined => find(node, name)?.g;

/** Every graph that a node carries: the branches of If, the body of Loop and Scan. */
export const graphsOf = (node: NodeProto): GraphProto[] =>
  node.attribute.flatMap(a => (a.g ? [a.g, ...a.graphs] : a.graphs));

/** Elements of a constant as doubles; undefined for text, for types JavaScript lacks, and for data in another file. */
export function valuesOf(tensor: TensorProto): number[] | undefined {
  if (tensor.dataLocation === 1) return undefined;
  const {dataType = 0, rawData} = tensor;
  if (rawData !== undefined) return rawValues(dataType, rawData);
  switch (dataType) {
    case ELEMENT.float32:
      return rawValues(ELEMENT.float32, Buffer.concat(tensor.floatData));
    case ELEMENT.float64:
      return rawValues(ELEMENT.float64, Buffer.concat(tensor.doubleData));
    case ELEMENT.int64:
      return varints(tensor.int64Data);
    case ELEMENT.uint32:
    case ELEMENT.uint64:
      return varints(tensor.uint64Data);
    case ELEMENT.float16:
      return varints(tensor.int32Data).map(halfToNumber);
    case ELEMENT.int32:
    case ELEMENT.int16:
    case ELEMENT.int8:
    case ELEMENT.uint16:
    case ELEMENT.uint8:
    case ELEMENT.bool:
      return varints(tensor.int32Data);
    default:
      return undefined;
  }
}

function varints(pieces: readonly Uint8Array[]): number[] {
  const out: number[] = [];
  for (const piece of pieces) {
    const reader = new Reader(piece);
    while (reader.pos < reader.end) out.push(clamp(reader.int64()));
  }
  return out;
}

/** Bytes an element takes and how it is read. */
const RAW: Readonly<Record<number, readonly [number, (view: DataView, at: number) => number] | undefined>> = {
  [ELEMENT.float32]: [4, (view, at) => view.getFloat32(at, true)],
  [ELEMENT.float64]: [8, (view, at) => view.getFloat64(at, true)],
  [ELEMENT.float16]: [2, (view, at) => halfToNumber(view.getUint16(at, true))],
  [ELEMENT.int64]: [8, (view, at) => clamp(view.getBigInt64(at, true))],
  [ELEMENT.uint64]: [8, (view, at) => clamp(view.getBigUint64(at, true))],
  [ELEMENT.int32]: [4, (view, at) => view.getInt32(at, true)],
  [ELEMENT.uint32]: [4, (view, at) => view.getUint32(at, true)],
  [ELEMENT.int16]: [2, (view, at) => view.getInt16(at, true)],
  [ELEMENT.uint16]: [2, (view, at) => view.getUint16(at, true)],
  [ELEMENT.int8]: [1, (view, at) => view.getInt8(at)],
  [ELEMENT.uint8]: [1, (view, at) => view.getUint8(at)],
  [ELEMENT.bool]: [1, (view, at) => view.getUint8(at)],
};

function rawValues(type: number, bytes: Uint8Array): number[] | undefined {
  const entry = RAW[type];
  if (entry === undefined) return undefined;
  const [size, read] = entry;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({length: Math.floor(bytes.byteLength / size)}, (_, i) => read(view, i * size));
}

function clamp(value: bigint): number {
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > limit ? limit : value < -limit ? -limit : value);
}

/** IEEE 754 binary16 by its bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
