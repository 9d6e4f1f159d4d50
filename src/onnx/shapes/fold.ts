/** Arithmetic on small constants: what exporters write to compute the shape of one tensor from that of another. */
import {ELEMENT} from '../model.js';

/** A constant small enough to be worth knowing: a shape, an index, a scale. */
export interface Value {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Shapes that contradict each other: no such tensor exists. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** The common shape of tensors combined element by element. */
export function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map(s => s.length));
  return Array.from({length: rank}, (_, i) => {
    let size = 1;
    for (const shape of shapes) {
      const dim = shape[shape.length - rank + i] ?? 1;
      if (dim === 1) continue;
      if (size !== 1 && size !== dim) {
        throw new ShapeError(`shapes ${shapes.map(s => `[${s.join()}]`).join(' and ')} do not broadcast`);
      }
      size = dim;
    }
    return size;
  });
}

/** Strides of a row-major tensor seen as `dims`; 0 along axes it is repeated on. */
function stridesIn(shape: readonly number[], dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(0);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1) strides[dims.length - shape.length + i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Gathers elements: for each index of `dims` in order, the element at `offset + Σ index·stride`. */
export function walk({data}: Value, dims: readonly number[], strides: readonly number[], offset = 0): Value {
  const out: number[] = [];
  const step = (axis: number, at: number): void => {
    if (axis === dims.length) out.push(data[at] ?? 0);
    else for (let i = 0; i < dims[axis]!; i++) step(axis + 1, at + i * strides[axis]!);
  };
  step(0, offset);
  return {dims, data: out};
}

export const expand = (value: Value, dims: readonly number[]): Value =>
  walk(value, dims, stridesIn(value.dims, dims));

/** `f` element by element, after broadcasting. */
export function map(values: readonly Value[], f: (...x: number[]) => number): Value {
  const dims = broadcast(values.map(v => v.dims));
  const full = values.map(v => expand(v, dims).data);
  return {dims, data: Array.from({length: count(dims)}, (_, i) => f(...full.map(d => d[i]!)))};
}

const strides = (dims: readonly number[]): number[] => dims.map((_, i) => count(dims.slice(i + 1)));

export function transpose(value: Value, perm: readonly number[]): Value {
  const own = strides(value.dims);
  return walk(
    value,
    perm.map(p => value.dims[p]!),
    perm.map(p => own[p]!),
  );
}

/** One axis cut from `start`, `size` elements, every `step`th. */
export function cut(value: Value, axis: number, start: number, size: number, step: number): Value {
  const own = strides(value.dims);
  return walk(
    value,
    value.dims.map((d, i) => (i === axis ? size : d)),
    own.map((s, i) => (i === axis ? s * step : s)),
    start * (own[axis] ?? 0),
  );
}

export function gather(value: Value, axis: number, indices: Value): Value {
  const before = count(value.dims.slice(0, axis));
  const size = value.dims[axis] ?? 1;
  const after = count(value.dims.slice(axis + 1));
  const data: number[] = [];
  for (let i = 0; i < before; i++) {
    for (const index of indices.data) {
      const at = (i * size + (index < 0 ? index + size : index)) * after;
      for (let j = 0; j < after; j++) data.push(value.data[at + j] ?? 0);
    }
  }
  return {dims: [...value.dims.slice(0, axis), ...indices.dims, ...value.dims.slice(axis + 1)], data};
}

export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values;
  const dims = [...(first?.dims ?? [])];
  dims[axis] = values.reduce((sum, v) => sum + v.dims[axis]!, 0);
  const data: number[] = [];
  for (let i = 0; i < count(dims.slice(0, axis)); i++) {
    for (const v of values) {
      const run = count(v.dims.slice(axis));
      for (let j = 0; j < run; j++) data.push(v.data[i * run + j]!);
    }
  }
  return {dims, data};
}

/** Reduces every axis, or one. */
export function reduce(value: Value, axis: number | undefined, f: (x: number[]) => number): number[] {
  if (axis === undefined) return [f([...value.data])];
  const size = value.dims[axis] ?? 1;
  const last = transpose(value, [...value.dims.keys()].filter(i => i !== axis).concat(axis));
  return Array.from({length: value.data.length / size}, (_, i) =>
    f(last.data.slice(i * size, (i + 1) * size)),
  );
}

const isInteger = (type: number): boolean =>
  type !== ELEMENT.float32 &&
  type !== ELEMENT.float64 &&
  type !== ELEMENT.float16 &&
  type !== ELEMENT.bfloat16;

const bool = (b: boolean): number => (b ? 1 : 0);

/** Element-wise operators on numbers of an element type. */
export const ELEMENTWISE: Readonly<
  Record<string, ((type: number) => (...x: number[]) => number) | undefined>
> = {
  Add: () => (a, b) => a + b,
  Sub: () => (a, b) => a - b,
  Mul: () => (a, b) => a * b,
  Div: type => (isInteger(type) ? (a, b) => Math.trunc(a / b) : (a, b) => a / b),
  Mod: () => (a, b) => a - b * Math.floor(a / b),
  Pow: () => (a, b) => a ** b,
  Max:
    () =>
    (...x) =>
      Math.max(...x),
  Min:
    () =>
    (...x) =>
      Math.min(...x),
  Neg: () => a => -a,
  Abs: () => a => Math.abs(a),
  Sqrt: () => a => Math.sqrt(a),
  Floor: () => a => Math.floor(a),
  Ceil: () => a => Math.ceil(a),
  Identity: () => a => a,
  Equal: () => (a, b) => bool(a === b),
  Less: () => (a, b) => bool(a < b),
  LessOrEqual: () => (a, b) => bool(a <= b),
  Greater: () => (a, b) => bool(a > b),
  GreaterOrEqual: () => (a, b) => bool(a >= b),
  And: () => (a, b) => bool(a !== 0 && b !== 0),
  Or: () => (a, b) => bool(a !== 0 || b !== 0),
  Not: () => a => bool(a === 0),
  Where: () => (c, a, b) => (c !== 0 ? a : b),
};
