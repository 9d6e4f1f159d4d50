/** Operators that compute element by element, along an axis, or by sums of products. */
import {intOf, textOf} from '../attributes.js';
import {ELEMENT} from '../model.js';
import {known, MAX_KNOWN, Unknown} from './facts.js';
import {broadcast, count, ELEMENTWISE, map, reduce, ShapeError} from './fold.js';
import {all, axes, axisOf, fact, like, type Rule} from './rule.js';

const COMPARE = new Set([
  'Equal',
  'Less',
  'LessOrEqual',
  'Greater',
  'GreaterOrEqual',
  'And',
  'Or',
  'Xor',
  'Not',
]);

const elementwise: Rule = call => {
  const {opType} = call.node;
  const operand = call.fact(opType === 'Where' ? 1 : 0).type;
  const facts = call.all();
  const type = COMPARE.has(opType) ? ELEMENT.bool : operand;
  const dims = broadcast(facts.map(x => x.dims));
  const values = facts.map((_, i) => call.maybe(i));
  const f = ELEMENTWISE[opType]?.(operand);
  const folds = f !== undefined && count(dims) <= MAX_KNOWN && values.every(v => v !== undefined);
  return [folds ? known(type, map(values, f)) : fact(type, dims)];
};

const cast: Rule = call => {
  const type = intOf(call.node, 'to') ?? ELEMENT.float32;
  const value = call.maybe(0);
  if (value === undefined) return [fact(type, call.dims(0))];
  const whole = type !== ELEMENT.float32 && type !== ELEMENT.float64 && type !== ELEMENT.float16;
  const convert =
    type === ELEMENT.bool ? (x: number) => (x === 0 ? 0 : 1) : whole ? Math.trunc : (x: number) => x;
  return [known(type, {dims: value.dims, data: value.data.map(convert)})];
};

/** The shape of a matrix product, batched or of vectors. */
export function product(a: readonly number[], b: readonly number[]): number[] {
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  if (left.at(-1) !== right.at(-2)) throw new ShapeError(`[${a.join()}] times [${b.join()}]`);
  const dims = broadcast([left.slice(0, -2), right.slice(0, -2)]);
  if (a.length > 1) dims.push(left.at(-2)!);
  if (b.length > 1) dims.push(right.at(-1)!);
  return dims;
}

export const matmul: Rule = call => [
  fact(
    call.node.opType === 'MatMulInteger' ? ELEMENT.int32 : call.fact(0).type,
    product(call.dims(0), call.dims(1)),
  ),
];

/** As MatMul, with the last two axes of an operand swapped on demand. */
const fusedMatmul: Rule = call => {
  const operand = (i: number, attribute: string): readonly number[] => {
    const dims = call.dims(i);
    return intOf(call.node, attribute) === 1 ? [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!] : dims;
  };
  return [fact(call.fact(0).type, product(operand(0, 'transA'), operand(1, 'transB')))];
};

const gemm: Rule = call => {
  const [a, b] = [call.dims(0), call.dims(1)];
  if (a.length !== 2 || b.length !== 2) throw new ShapeError(`Gemm of [${a.join()}] and [${b.join()}]`);
  const [m, k] = intOf(call.node, 'transA') ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [l, n] = intOf(call.node, 'transB') ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (k !== l) throw new ShapeError(`[${a.join()}] times [${b.join()}]`);
  return [fact(call.fact(0).type, [m, n])];
};

const einsum: Rule = call => {
  const [left = '', right] = (textOf(call.node, 'equation') ?? '').replace(/\s/g, '').split('->');
  const terms = left.split(',');
  const sizes = new Map<string, number>();
  if (left.includes('.') || right === undefined) throw new Unknown();
  terms.forEach((term, i) => {
    Array.from(term).forEach((letter, axis) => {
      const dim = call.dims(i)[axis]!;
      if ((sizes.get(letter) ?? dim) !== dim && dim !== 1) throw new ShapeError(`axis ${letter} is ${dim}`);
      sizes.set(letter, Math.max(dim, sizes.get(letter) ?? 1));
    });
  });
  return [
    fact(
      call.fact(0).type,
      Array.from(right).map(letter => sizes.get(letter)!),
    ),
  ];
};

const FOLDS: Readonly<Record<string, ((x: number[]) => number) | undefined>> = {
  ReduceProd: x => x.reduce((a, b) => a * b, 1),
  ReduceSum: x => x.reduce((a, b) => a + b, 0),
  ReduceMax: x => Math.max(...x),
  ReduceMin: x => Math.min(...x),
};

const reduced: Rule = call => {
  const {node} = call;
  const {type, dims} = call.fact(0);
  const keep = intOf(node, 'keepdims') !== 0;
  let gone = (axes(call, 1) ?? []).map(a => axisOf(a, dims.length));
  if (gone.length === 0 && intOf(node, 'noop_with_empty_axes') !== 1) gone = [...dims.keys()];
  const out = keep
    ? dims.map((d, i) => (gone.includes(i) ? 1 : d))
    : dims.filter((_, i) => !gone.includes(i));
  const value = call.maybe(0);
  const fold = FOLDS[node.opType];
  if (value === undefined || fold === undefined || (gone.length !== 1 && gone.length !== dims.length)) {
    return [fact(type, out)];
  }
  return [known(type, {dims: out, data: reduce(value, gone.length === 1 ? gone[0] : undefined, fold)})];
};

const argReduced: Rule = call => {
  const dims = call.dims(0);
  const axis = axisOf(intOf(call.node, 'axis') ?? 0, dims.length);
  const keep = intOf(call.node, 'keepdims') !== 0;
  return [fact(ELEMENT.int64, keep ? dims.with(axis, 1) : dims.filter((_, i) => i !== axis))];
};

const topK: Rule = call => {
  const {type, dims} = call.fact(0);
  const axis = axisOf(intOf(call.node, 'axis') ?? -1, dims.length);
  const k = call.has(1) ? call.value(1).data[0]! : intOf(call.node, 'k')!;
  return [fact(type, dims.with(axis, k)), fact(ELEMENT.int64, dims.with(axis, k))];
};

const cumSum: Rule = call => {
  const value = call.maybe(0);
  if (value?.dims.length !== 1) return like(call);
  let sum = 0;
  return [known(call.fact(0).type, {dims: value.dims, data: value.data.map(x => (sum += x))})];
};

const logical: Rule = call => [fact(ELEMENT.bool, call.dims(0))];

export const ARITHMETIC: Readonly<Record<string, Rule>> = {
  ...all(
    elementwise,
    'Add Sub Mul Div Mod Pow Max Min Sum Mean Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor Not Where ' +
      'BitShift BitwiseAnd BitwiseOr BitwiseXor PRelu Neg Abs Sqrt Floor Ceil Identity',
  ),
  ...all(
    like,
    'Relu Sigmoid Tanh Erf Gelu FastGelu QuickGelu BiasGelu LeakyRelu ThresholdedRelu Elu Selu Celu Softplus Softsign ' +
      'HardSigmoid HardSwish Swish Mish Clip Exp Log Reciprocal Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh ' +
      'Softmax LogSoftmax Hardmax Bernoulli Shrink',
  ),
  ...all(
    reduced,
    'ReduceMean ReduceSum ReduceProd ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare',
  ),
  ...all(argReduced, 'ArgMax ArgMin'),
  ...all(logical, 'IsNaN IsInf'),
  ...all(matmul, 'MatMul MatMulInteger'),
  Cast: cast,
  CastLike: call => [fact(call.fact(1).type, call.dims(0))],
  ...all(gemm, 'Gemm FusedGemm'),
  FusedMatMul: fusedMatmul,
  Einsum: einsum,
  TopK: topK,
  CumSum: cumSum,
};
