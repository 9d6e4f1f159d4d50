import {buildModel, float} from '../onnx/build.js';
import type {NodeSpec, PortSpec} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import type {Tensor} from '../onnx/session.js';
import type {Centred} from './centred.js';
import type {FloatType} from './matrix.js';
import {floatType} from './matrix.js';
import {middle, orderStatistics} from './order-statistics.js';
import {ELEMENT, floatTensor} from './tensors.js';

/** Kernel values in a block of rows. */
const TILE = 2 ** 22;

/** The kernel of some rows: their inner products, or exp(-rate |x_i - x_j|^2) where there is a rate. */
export interface Kernel extends Centred {
  readonly rate: number | null;
}

export interface KernelSums {
  /** sum_ij K_ij L_ij */
  readonly inner: number;
  /** Of the first kernel. */
  readonly rowSums: Float64Array;
}

export interface BlockOptions {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sums over the kernel matrices of two representations of the same rows, or of one with itself, without keeping a matrix: block
 * by block of rows, products in the precision of the data, sums in float64.
 */
export async function kernelSums(
  a: Kernel,
  b: Kernel,
  {threads, signal}: BlockOptions = {},
): Promise<KernelSums> {
  const session = await openSession(sumsModel(a, b), {threads});
  const rowSums = new Float64Array(a.x.rows);
  let inner = 0;
  try {
    for (const [start, end] of blocksOf(a)) {
      signal?.throwIfAborted();
      const feeds = {...feed('a', a, start, end), ...(b === a ? {} : feed('b', b, start, end))};
      const {products, sums} = await session.run(feeds);
      for (const product of products!.data as Float64Array) inner += product;
      rowSums.set(sums!.data as Float64Array, start);
    }
  } finally {
    await session.release();
  }
  return {inner, rowSums};
}

/** Median of all squared distances between rows, those of the rows to themselves among them; in float32. */
export async function medianSquare(of: Centred, {threads, signal}: BlockOptions = {}): Promise<number> {
  const rows = {...of, rate: 1};
  const session = await openSession(distancesModel(rows), {threads});
  async function* blocks(): AsyncGenerator<Float32Array> {
    for (const [start, end] of blocksOf(of)) {
      signal?.throwIfAborted();
      const {squares} = await session.run(feed('a', rows, start, end));
      yield squares!.data as Float32Array;
    }
  }
  try {
    const [low, high] = await orderStatistics(blocks, middle);
    return (low! + high!) / 2;
  } finally {
    await session.release();
  }
}

function blocksOf({x: {rows}}: Centred): (readonly [start: number, end: number])[] {
  const step = Math.max(1, Math.floor(TILE / rows));
  return Array.from(
    {length: Math.ceil(rows / step)},
    (_, b) => [b * step, Math.min((b + 1) * step, rows)] as const,
  );
}

function feed(
  side: 'a' | 'b',
  {x, squares, rate}: Kernel,
  start: number,
  end: number,
): Record<string, Tensor> {
  const {rows, cols, data} = x;
  const to = (values: Float64Array) => (data instanceof Float64Array ? values : Float32Array.from(values));
  return {
    [`${side}.rows`]: floatTensor(data.subarray(start * cols, end * cols), end - start, cols),
    [`${side}.all`]: floatTensor(data, rows, cols),
    ...(rate !== null && {
      [`${side}.rowSquares`]: floatTensor(to(squares.subarray(start, end)), end - start, 1),
      [`${side}.squares`]: floatTensor(to(squares), rows),
      [`${side}.rate`]: floatTensor(to(Float64Array.of(-rate)), 1),
    }),
  };
}

function ports(side: 'a' | 'b', {x, rate}: Kernel): PortSpec[] {
  const type: FloatType = floatType(x.data);
  const port = (name: string, ...shape: (number | string)[]): PortSpec => ({
    name: `${side}.${name}`,
    type,
    shape,
  });
  const points = [port('rows', 'rows', `${side}.cols`), port('all', 'all', `${side}.cols`)];
  return rate === null
    ? points
    : [...points, port('rowSquares', 'rows', 1), port('squares', 'all'), port('rate', 1)];
}

/** Nodes that end in `SIDE.distances`: |x_i|^2 + |x_j|^2 - 2 x_i . x_j, without the sign that rounding may leave. */
function distanceNodes(side: 'a' | 'b'): NodeSpec[] {
  const s = (name: string): string => `${side}.${name}`;
  return [
    {
      op: 'Gemm',
      inputs: [s('rows'), s('all'), s('squares')],
      outputs: [s('products')],
      attributes: {alpha: float(-2), transB: 1},
    },
    {op: 'Add', inputs: [s('products'), s('rowSquares')], outputs: [s('signed')]},
    {op: 'Abs', inputs: [s('signed')], outputs: [s('distances')]},
  ];
}

/** Nodes that end in `SIDE.kernel`, in float64. */
function kernelNodes(side: 'a' | 'b', {rate}: Kernel): NodeSpec[] {
  const s = (name: string): string => `${side}.${name}`;
  const values: NodeSpec[] =
    rate === null
      ? [{op: 'Gemm', inputs: [s('rows'), s('all')], outputs: [s('values')], attributes: {transB: 1}}]
      : [
          ...distanceNodes(side),
          {op: 'Mul', inputs: [s('distances'), s('rate')], outputs: [s('exponents')]},
          {op: 'Exp', inputs: [s('exponents')], outputs: [s('values')]},
        ];
  return [
    ...values,
    {op: 'Cast', inputs: [s('values')], outputs: [s('kernel')], attributes: {to: ELEMENT.float64}},
  ];
}

function sumsModel(a: Kernel, b: Kernel): Uint8Array {
  const alone = a === b;
  return buildModel({
    inputs: [...ports('a', a), ...(alone ? [] : ports('b', b))],
    nodes: [
      ...kernelNodes('a', a),
      ...(alone ? [] : kernelNodes('b', b)),
      {op: 'Mul', inputs: ['a.kernel', alone ? 'a.kernel' : 'b.kernel'], outputs: ['each']},
      {op: 'ReduceSum', inputs: ['each', 'axis'], outputs: ['products'], attributes: {keepdims: 0}},
      {op: 'ReduceSum', inputs: ['a.kernel', 'axis'], outputs: ['sums'], attributes: {keepdims: 0}},
    ],
    initializers: {axis: {data: BigInt64Array.of(1n)}},
    outputs: [
      {name: 'products', type: 'float64', shape: ['rows']},
      {name: 'sums', type: 'float64', shape: ['rows']},
    ],
  });
}

function distancesModel(of: Kernel): Uint8Array {
  return buildModel({
    inputs: ports('a', of).filter(port => port.name !== 'a.rate'),
    nodes: [
      ...distanceNodes('a'),
      {op: 'Cast', inputs: ['a.distances'], outputs: ['squares'], attributes: {to: ELEMENT.float32}},
    ],
    outputs: [{name: 'squares', type: 'float32', shape: ['rows', 'all']}],
  });
}
