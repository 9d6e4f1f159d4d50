/** Operators that move, cut, join and make tensors without computing on their elements. */
import {floatOf, floatsOf, intOf, intsOf, tensorOf, textOf} from '../attributes.js';
import {ELEMENT} from '../model.js';
import {factOf, known, MAX_KNOWN, Unknown, type Call, type Fact} from './facts.js';
import {broadcast, concat, count, cut, expand, gather, ShapeError, transpose} from './fold.js';
import {all, axes, axisOf, fact, like, type Rule} from './rule.js';

const reshaped = (call: Call, dims: readonly number[]): Fact => ({...call.fact(0), dims});

const reshape: Rule = call => {
  const dims = call.dims(0);
  const wanted = call.has(1) ? call.value(1).data : (intsOf(call.node, 'shape') ?? []);
  const zero = intOf(call.node, 'allowzero') === 1;
  const out = wanted.map((d, i) => (d === 0 && !zero ? dims[i]! : d));
  const hole = out.indexOf(-1);
  const rest = out.reduce((product, d) => (d === -1 ? product : product * d), 1);
  if (hole >= 0) out[hole] = rest === 0 ? 0 : count(dims) / rest;
  if (!out.every(Number.isInteger) || count(out) !== count(dims)) {
    throw new ShapeError(`[${dims.join()}] as [${wanted.join()}]`);
  }
  return [reshaped(call, out)];
};

const flatten: Rule = call => {
  const dims = call.dims(0);
  const axis = intOf(call.node, 'axis') ?? 1;
  const at = axis < 0 ? axis + dims.length : axis;
  return [reshaped(call, [count(dims.slice(0, at)), count(dims.slice(at))])];
};

const squeeze: Rule = call => {
  const dims = call.dims(0);
  const gone = axes(call, 1)?.map(a => axisOf(a, dims.length)) ?? [...dims.keys()].filter(i => dims[i] === 1);
  if (gone.some(a => dims[a] !== 1))
    throw new ShapeError(`axes ${gone.join()} of [${dims.join()}] are not 1`);
  return [
    reshaped(
      call,
      dims.filter((_, i) => !gone.includes(i)),
    ),
  ];
};

const unsqueeze: Rule = call => {
  const dims = [...call.dims(0)];
  const added = axes(call, 1) ?? [];
  const rank = dims.length + added.length;
  for (const axis of added.map(a => axisOf(a, rank)).sort((a, b) => a - b)) dims.splice(axis, 0, 1);
  return [reshaped(call, dims)];
};

const transposed: Rule = call => {
  const {type, dims} = call.fact(0);
  const perm = intsOf(call.node, 'perm') ?? [...dims.keys()].reverse();
  if (perm.length !== dims.length) throw new ShapeError(`axes ${perm.join()} of [${dims.join()}]`);
  const value = call.maybe(0);
  if (value) return [known(type, transpose(value, perm))];
  return [
    fact(
      type,
      perm.map(p => dims[p]!),
    ),
  ];
};

const concatenated: Rule = call => {
  const facts = call.all();
  const [first] = facts;
  const axis = axisOf(intOf(call.node, 'axis') ?? 1, first!.dims.length);
  if (
    facts.some(
      f => f.dims.length !== first!.dims.length || f.dims.some((d, i) => i !== axis && d !== first!.dims[i]),
    )
  ) {
    throw new ShapeError(`shapes ${facts.map(f => `[${f.dims.join()}]`).join(' and ')} do not join`);
  }
  const values = facts.map((_, i) => call.maybe(i));
  if (values.every(v => v !== undefined)) return [known(first!.type, concat(values, axis))];
  const size = facts.reduce((sum, f) => sum + f.dims[axis]!, 0);
  return [fact(first!.type, first!.dims.with(axis, size))];
};

const split: Rule = call => {
  const {node} = call;
  const {type, dims} = call.fact(0);
  const axis = axisOf(intOf(node, 'axis') ?? 0, dims.length);
  const parts = intOf(node, 'num_outputs') ?? node.output.length;
  const even = Math.ceil(dims[axis]! / parts);
  const sizes = call.has(1)
    ? call.value(1).data
    : (intsOf(node, 'split') ?? node.output.map((_, i) => Math.min(even, dims[axis]! - i * even)));
  const value = call.maybe(0);
  let start = 0;
  return sizes.map(size => {
    const part = value ? known(type, cut(value, axis, start, size, 1)) : fact(type, dims.with(axis, size));
    start += size;
    return part;
  });
};

const slice: Rule = call => {
  const {node} = call;
  const {type} = call.fact(0);
  let dims = call.dims(0);
  const starts = call.has(1) ? call.value(1).data : (intsOf(node, 'starts') ?? []);
  const ends = call.has(2) ? call.value(2).data : (intsOf(node, 'ends') ?? []);
  const along = axes(call, 3) ?? starts.map((_, i) => i);
  const steps = call.has(4) ? call.value(4).data : [];
  let value = call.maybe(0);
  along.forEach((a, i) => {
    const axis = axisOf(a, dims.length);
    const size = dims[axis]!;
    const step = steps[i] ?? 1;
    const wrap = (x: number): number => (x < 0 ? x + size : x);
    const within = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
    const start = step > 0 ? within(wrap(starts[i]!), 0, size) : within(wrap(starts[i]!), 0, size - 1);
    const end = step > 0 ? within(wrap(ends[i]!), 0, size) : within(wrap(ends[i]!), -1, size - 1);
    const length = Math.max(0, Math.ceil((end - start) / step));
    dims = dims.with(axis, length);
    value = value && cut(value, axis, start, length, step);
  });
  return [value ? known(type, value) : fact(type, dims)];
};

const gathered: Rule = call => {
  const {type, dims} = call.fact(0);
  const axis = axisOf(intOf(call.node, 'axis') ?? 0, dims.length);
  const indices = call.maybe(1);
  const size = dims[axis]!;
  if (indices?.data.some(i => i < -size || i >= size)) throw new ShapeError(`index beyond ${size}`);
  const value = call.maybe(0);
  if (value && indices) return [known(type, gather(value, axis, indices))];
  return [fact(type, [...dims.slice(0, axis), ...call.dims(1), ...dims.slice(axis + 1)])];
};

const gatherND: Rule = call => {
  const [dims, indices] = [call.dims(0), call.dims(1)];
  const batch = intOf(call.node, 'batch_dims') ?? 0;
  return [fact(call.fact(0).type, [...indices.slice(0, -1), ...dims.slice(batch + indices.at(-1)!)])];
};

const expanded: Rule = call => {
  const dims = broadcast([call.dims(0), call.value(1).data]);
  const value = call.maybe(0);
  return [
    value && count(dims) <= MAX_KNOWN
      ? known(call.fact(0).type, expand(value, dims))
      : fact(call.fact(0).type, dims),
  ];
};

const tile: Rule = call => {
  const repeats = call.value(1).data;
  return [
    fact(
      call.fact(0).type,
      call.dims(0).map((d, i) => d * repeats[i]!),
    ),
  ];
};

const pad: Rule = call => {
  const dims = [...call.dims(0)];
  const pads = call.has(1)
    ? call.value(1).data
    : (intsOf(call.node, 'pads') ?? intsOf(call.node, 'paddings') ?? []);
  const along = call.has(3) ? call.value(3).data.map(a => axisOf(a, dims.length)) : [...dims.keys()];
  along.forEach((axis, i) => (dims[axis]! += pads[i]! + pads[i + along.length]!));
  return [fact(call.fact(0).type, dims)];
};

const resize: Rule = call => {
  const {node} = call;
  if ((textOf(node, 'keep_aspect_ratio_policy') ?? 'stretch') !== 'stretch') throw new Unknown();
  const dims = call.dims(0);
  const along = intsOf(node, 'axes')?.map(a => axisOf(a, dims.length)) ?? [...dims.keys()];
  const sizes = call.has(3) ? call.value(3).data : undefined;
  const factors = call.has(2) ? 2 : 1;
  const scales = sizes ? [] : (floatsOf(node, 'scales') ?? call.value(factors).data);
  const out = [...dims];
  along.forEach((axis, i) => (out[axis] = sizes?.[i] ?? Math.floor(dims[axis]! * scales[i]!)));
  return [fact(call.fact(0).type, out)];
};

const depthToSpace: Rule = call => {
  const [n, c, h, w] = call.dims(0) as [number, number, number, number];
  const b = intOf(call.node, 'blocksize') ?? 1;
  const dims =
    call.node.opType === 'DepthToSpace' ? [n, c / b / b, h * b, w * b] : [n, c * b * b, h / b, w / b];
  return [fact(call.fact(0).type, dims)];
};

const shape: Rule = call => {
  const dims = call.dims(0);
  const data = dims.slice(intOf(call.node, 'start') ?? 0, intOf(call.node, 'end') ?? dims.length);
  return [known(ELEMENT.int64, {dims: [data.length], data})];
};

const size: Rule = call => [known(ELEMENT.int64, {dims: [], data: [count(call.dims(0))]})];

const constant: Rule = ({node}) => {
  const tensor = tensorOf(node, 'value');
  if (tensor) return [factOf(tensor)];
  const [int, float] = [intOf(node, 'value_int'), floatOf(node, 'value_float')];
  if (int !== undefined) return [known(ELEMENT.int64, {dims: [], data: [int]})];
  if (float !== undefined) return [known(ELEMENT.float32, {dims: [], data: [float]})];
  const [ints, floats] = [intsOf(node, 'value_ints'), floatsOf(node, 'value_floats')];
  if (ints?.length) return [known(ELEMENT.int64, {dims: [ints.length], data: ints})];
  if (floats?.length) return [known(ELEMENT.float32, {dims: [floats.length], data: floats})];
  throw new Unknown();
};

const constantOfShape: Rule = call => {
  const dims = [...call.value(0).data];
  const tensor = tensorOf(call.node, 'value');
  const fill = tensor ? factOf(tensor) : {type: ELEMENT.float32, dims: [1], data: [0]};
  if (count(dims) > MAX_KNOWN || fill.data === undefined) return [fact(fill.type, dims)];
  return [known(fill.type, {dims, data: new Array<number>(count(dims)).fill(fill.data[0] ?? 0)})];
};

const range: Rule = call => {
  const [start = 0, limit = 0, delta = 1] = [0, 1, 2].map(i => call.value(i).data[0]!);
  const length = Math.max(0, Math.ceil((limit - start) / delta));
  if (length > MAX_KNOWN) return [fact(call.fact(0).type, [length])];
  return [
    known(call.fact(0).type, {dims: [length], data: Array.from({length}, (_, i) => start + i * delta)}),
  ];
};

const oneHot: Rule = call => {
  const indices = call.dims(0);
  const axis = axisOf(intOf(call.node, 'axis') ?? -1, indices.length + 1);
  return [fact(call.fact(2).type, indices.toSpliced(axis, 0, call.value(1).data[0]!))];
};

const scatterND: Rule = call => {
  const [value, indices, updates] = [call.maybe(0), call.maybe(1), call.maybe(2)];
  if (!value || !indices || !updates || indices.dims.at(-1) !== value.dims.length) return like(call);
  const data = [...value.data];
  const strides = value.dims.map((_, i) => count(value.dims.slice(i + 1)));
  updates.data.forEach((x, i) => {
    const at = strides.reduce((sum, s, j) => {
      const index = indices.data[i * strides.length + j]!;
      return sum + s * (index < 0 ? index + value.dims[j]! : index);
    }, 0);
    data[at] = x;
  });
  return [known(call.fact(0).type, {dims: value.dims, data})];
};

export const LAYOUT: Readonly<Record<string, Rule>> = {
  ...all(like, 'Trilu ScatterElements Scatter'),
  ...all(depthToSpace, 'DepthToSpace SpaceToDepth'),
  ...all(resize, 'Resize Upsample'),
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transposed,
  Concat: concatenated,
  Split: split,
  Slice: slice,
  Gather: gathered,
  GatherElements: call => [fact(call.fact(0).type, call.dims(1))],
  GatherND: gatherND,
  ScatterND: scatterND,
  Expand: expanded,
  Tile: tile,
  Pad: pad,
  Shape: shape,
  Size: size,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  OneHot: oneHot,
  EyeLike: call => [fact(intOf(call.node, 'dtype') ?? call.fact(0).type, call.dims(0))],
};
