/** What kinds of operator there are, as far as the structure of a network goes. */
import {textOf} from '../attributes.js';
import type {Flow, Vertex} from './flow.js';

/** Same elements in another shape, order of axes or precision. */
const VIEWS = new Set([
  'Identity',
  'Cast',
  'CastLike',
  'Dropout',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
]);

/** Products with weights, and the index of the weights among the inputs. */
const PRODUCTS = new Set([
  'Conv',
  'ConvTranspose',
  'ConvInteger',
  'QLinearConv',
  'FusedConv',
  'MatMul',
  'MatMulInteger',
  'QLinearMatMul',
  'FusedMatMul',
  'MatMulNBits',
  'Gemm',
  'FusedGemm',
  'Einsum',
]);

const FUSED_ATTENTION = new Set(['Attention', 'MultiHeadAttention', 'GroupQueryAttention']);

const NORMALISATIONS = new Set([
  'LayerNormalization',
  'SimplifiedLayerNormalization',
  'RMSNormalization',
  'GroupNormalization',
  'GroupNorm',
  'InstanceNormalization',
  'BatchNormalization',
]);

/** One element in, one element out. */
const POINTWISE = new Set([
  ...[
    'Relu',
    'LeakyRelu',
    'PRelu',
    'Elu',
    'Selu',
    'Celu',
    'ThresholdedRelu',
    'Clip',
    'Gelu',
    'FastGelu',
    'BiasGelu',
  ],
  ...[
    'QuickGelu',
    'Sigmoid',
    'HardSigmoid',
    'HardSwish',
    'Swish',
    'Mish',
    'Tanh',
    'Erf',
    'Softplus',
    'Softsign',
  ],
  ...['Exp', 'Log', 'Sqrt', 'Pow', 'Abs', 'Neg', 'Reciprocal', 'Max', 'Min', 'Add', 'Sub', 'Mul', 'Div'],
]);

const POOLS = new Set([
  'MaxPool',
  'AveragePool',
  'LpPool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'GlobalLpPool',
]);

export const isView = (v: Vertex): boolean => VIEWS.has(v.op);
export const isPool = (v: Vertex): boolean => POOLS.has(v.op);
export const isReduction = (v: Vertex): boolean => v.op.startsWith('Reduce');
export const isNormalisation = (v: Vertex): boolean => NORMALISATIONS.has(v.op);
export const isPointwise = (v: Vertex): boolean => POINTWISE.has(v.op);

/** A matrix product or convolution with weights. */
export function isLinear(flow: Flow, v: Vertex): boolean {
  // ONNX Runtime's own Attention carries the weights of query, key and value.
  if (v.op === 'Attention' && v.node.domain === 'com.microsoft') return true;
  return PRODUCTS.has(v.op) && v.data.length === 1 && flow.constants(v).some(name => rank(flow, name) >= 2);
}

/** A product that was fused with the nonlinearity after it. */
export const hasActivation = (v: Vertex): boolean =>
  (v.op === 'FusedConv' || v.op === 'FusedGemm') && (textOf(v.node, 'activation') ?? '') !== '';

/** Lets positions read each other by the data: a product of two tensors that both come from the image. */
export function isMixing(v: Vertex): boolean {
  return FUSED_ATTENTION.has(v.op) || (PRODUCTS.has(v.op) && v.data.length > 1);
}

/** An operand of element-wise arithmetic that is the same for every element. */
export function isScalar(flow: Flow, name: string): boolean {
  const dims = flow.dims(name);
  return dims !== undefined && dims.every(d => d === 1);
}

function rank(flow: Flow, name: string): number {
  // A weight whose shape is not known is still a weight.
  return flow.dims(name)?.length ?? 2;
}

/** The tensor that `name` is a view of, and each view on the way: `name` first, the original last. */
export function views(flow: Flow, name: string): string[] {
  const chain = [name];
  for (let v = flow.producer(name); v !== null && isView(v); v = flow.producer(v.data[0]!))
    chain.push(v.data[0]!);
  return chain;
}

export const original = (flow: Flow, name: string): string => views(flow, name).at(-1)!;
