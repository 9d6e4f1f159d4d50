/** Layers of neural networks: convolution, pooling, normalisation, attention, quantisation; and the branch. */
import {graphOf, intOf, intsOf, textOf} from '../attributes.js';
import {ELEMENT} from '../model.js';
import {product} from './arithmetic.js';
import {Unknown, type Call} from './facts.js';
import {ShapeError} from './fold.js';
import {all, axisOf, fact, like, type Rule} from './rule.js';

function windows(call: Call, x: readonly number[], kernel: readonly number[]): number[] {
  const {node} = call;
  const strides = intsOf(node, 'strides') ?? [];
  const dilations = intsOf(node, 'dilations') ?? [];
  const pads = intsOf(node, 'pads') ?? [];
  const auto = textOf(node, 'auto_pad') ?? 'NOTSET';
  const up = intOf(node, 'ceil_mode') === 1;
  return kernel.map((k, i) => {
    const size = x[i + 2]!;
    const stride = strides[i] ?? 1;
    const span = (k - 1) * (dilations[i] ?? 1) + 1;
    if (auto.startsWith('SAME')) return Math.ceil(size / stride);
    const [before, after] = auto === 'VALID' ? [0, 0] : [pads[i] ?? 0, pads[i + kernel.length] ?? 0];
    const room = (size + before + after - span) / stride;
    if (room < 0) throw new ShapeError(`a window of ${span} over ${size}`);
    const last = up ? Math.ceil(room) : Math.floor(room);
    // A window that would start in the padding behind the data is left out.
    return up && last * stride >= size + before ? last : last + 1;
  });
}

/** The shape of a convolution. */
export function convolved(call: Call, x: readonly number[], w: readonly number[]): number[] {
  const group = intOf(call.node, 'group') ?? 1;
  if (x.length !== w.length || x[1] !== w[1]! * group) {
    throw new ShapeError(`weights [${w.join()}] in ${group} groups over [${x.join()}]`);
  }
  return [x[0]!, w[0]!, ...windows(call, x, w.slice(2))];
}

const conv: Rule = call => [fact(call.fact(0).type, convolved(call, call.dims(0), call.dims(1)))];

const convTranspose: Rule = call => {
  const {node} = call;
  const [x, w] = [call.dims(0), call.dims(1)];
  const strides = intsOf(node, 'strides') ?? [];
  const dilations = intsOf(node, 'dilations') ?? [];
  const pads = intsOf(node, 'pads') ?? [];
  const extra = intsOf(node, 'output_padding') ?? [];
  const given = intsOf(node, 'output_shape');
  const auto = textOf(node, 'auto_pad') ?? 'NOTSET';
  const n = w.length - 2;
  const spatial = w.slice(2).map((k, i) => {
    const stride = strides[i] ?? 1;
    if (given) return given[i]!;
    if (auto.startsWith('SAME')) return x[i + 2]! * stride;
    const span = (k - 1) * (dilations[i] ?? 1) + 1;
    return stride * (x[i + 2]! - 1) + (extra[i] ?? 0) + span - (pads[i] ?? 0) - (pads[i + n] ?? 0);
  });
  return [fact(call.fact(0).type, [x[0]!, w[1]! * (intOf(node, 'group') ?? 1), ...spatial])];
};

const pool: Rule = call => {
  const x = call.dims(0);
  const dims = [x[0]!, x[1]!, ...windows(call, x, intsOf(call.node, 'kernel_shape') ?? [])];
  return [fact(call.fact(0).type, dims), fact(ELEMENT.int64, dims)];
};

const globalPool: Rule = call => [
  fact(
    call.fact(0).type,
    call.dims(0).map((d, i) => (i < 2 ? d : 1)),
  ),
];

const layerNorm: Rule = call => {
  const {type, dims} = call.fact(0);
  const axis = axisOf(intOf(call.node, 'axis') ?? -1, dims.length);
  const one = fact(
    ELEMENT.float32,
    dims.map((d, i) => (i < axis ? d : 1)),
  );
  return [fact(type, dims), one, one];
};

const attention: Rule = call => {
  const {node} = call;
  const {type, dims: q} = call.fact(0);
  // In ONNX Runtime's own domain: input and packed weights.
  if (node.domain === 'com.microsoft') {
    const width = call.dims(1)[1]! / 3;
    return [fact(type, [...q.slice(0, -1), width])];
  }
  const [k, v] = [call.dims(1), call.dims(2)];
  if (q.length === 4)
    return [
      fact(type, [q[0]!, q[1]!, q[2]!, v[3]!]),
      undefined,
      undefined,
      fact(type, [q[0]!, q[1]!, q[2]!, k[2]!]),
    ];
  const [heads, shared] = [intOf(node, 'q_num_heads')!, intOf(node, 'kv_num_heads')!];
  return [
    fact(type, [q[0]!, q[1]!, (v[2]! / shared) * heads]),
    undefined,
    undefined,
    fact(type, [q[0]!, heads, q[1]!, k[1]!]),
  ];
};

const multiHeadAttention: Rule = call => {
  const {type, dims} = call.fact(0);
  if (dims.length !== 3) throw new Unknown();
  return [fact(type, call.has(2) ? [...dims.slice(0, 2), call.dims(2).at(-1)!] : dims)];
};

const skipLayerNorm: Rule = call => {
  const x = fact(call.fact(0).type, call.dims(0));
  return [x, undefined, undefined, x];
};

const quantised: Rule = call => [fact(call.has(2) ? call.fact(2).type : ELEMENT.uint8, call.dims(0))];

const dequantised: Rule = call => [fact(call.fact(1).type, call.dims(0))];

const dynamicQuantised: Rule = call => [
  fact(ELEMENT.uint8, call.dims(0)),
  fact(ELEMENT.float32, []),
  fact(ELEMENT.uint8, []),
];

/** Inputs: x, its scale and zero point, w, its scale and zero point, scale and zero point of the output. */
const quantisedMatmul: Rule = call => [fact(call.fact(7).type, product(call.dims(0), call.dims(3)))];
const quantisedConv: Rule = call => [fact(call.fact(7).type, convolved(call, call.dims(0), call.dims(3)))];

const branch: Rule = call => {
  const [then, otherwise] = [graphOf(call.node, 'then_branch'), graphOf(call.node, 'else_branch')];
  if (!then || !otherwise) throw new Unknown();
  const condition = call.maybe(0)?.data[0];
  if (condition !== undefined) return call.inner(condition === 0 ? otherwise : then);
  const [a, b] = [call.inner(then), call.inner(otherwise)];
  return a.map((x, i) =>
    x && b[i] && x.dims.join() === b[i].dims.join() ? fact(x.type, x.dims) : undefined,
  );
};

export const NETWORK: Readonly<Record<string, Rule>> = {
  ...all(
    like,
    'BatchNormalization InstanceNormalization GroupNormalization GroupNorm LRN LpNormalization ' +
      'MeanVarianceNormalization RotaryEmbedding',
  ),
  ...all(conv, 'Conv ConvInteger FusedConv'),
  ...all(pool, 'MaxPool AveragePool LpPool'),
  ...all(globalPool, 'GlobalAveragePool GlobalMaxPool GlobalLpPool'),
  ...all(layerNorm, 'LayerNormalization RMSNormalization SimplifiedLayerNormalization'),
  ...all(skipLayerNorm, 'SkipLayerNormalization SkipSimplifiedLayerNormalization'),
  ConvTranspose: convTranspose,
  Dropout: call => [like(call)[0], fact(ELEMENT.bool, call.dims(0))],
  Attention: attention,
  MultiHeadAttention: multiHeadAttention,
  QuantizeLinear: quantised,
  DequantizeLinear: dequantised,
  DynamicQuantizeLinear: dynamicQuantised,
  QLinearMatMul: quantisedMatmul,
  QLinearConv: quantisedConv,
  If: branch,
};
