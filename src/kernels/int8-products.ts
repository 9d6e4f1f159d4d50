import {buildModel} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';

export interface Int8Products {
  /**
   * Products of rows with all points: rows x points, in `out`.
   *
   * @param rows integers in [-127, 127] plus 128
   */
  of(rows: Uint8Array, out: Int32Array): Promise<void>;
  close(): Promise<void>;
}

/** What integers are moved by, because the fast products take one side without a sign. */
const OFFSET = 128;

/** Products of 8-bit integers with fixed points, in 32-bit integers, on the CPU. */
export async function openInt8Products(
  points: Int8Array,
  cols: number,
  threads: number | undefined,
): Promise<Int8Products> {
  const count = points.length / cols;
  const session = await openSession(model(points, count, cols), {
    threads,
    spin: false,
    arena: false,
  });
  return {
    async of(rows, out) {
      await session.run(
        {rows: {type: 'uint8', dims: [rows.length / cols, cols], data: rows}},
        {products: {type: 'int32', dims: [rows.length / cols, count], data: out}},
      );
    },
    close: () => session.release(),
  };
}

function model(points: Int8Array, count: number, cols: number): Uint8Array {
  return buildModel({
    inputs: [{name: 'rows', type: 'uint8', shape: ['rows', cols]}],
    // The points are constant: they are transposed and packed once, when the session opens.
    nodes: [
      {op: 'Transpose', inputs: ['points'], outputs: ['columns'], attributes: {perm: [1, 0]}},
      {op: 'MatMulInteger', inputs: ['rows', 'columns', 'offset'], outputs: ['products']},
    ],
    outputs: [{name: 'products', type: 'int32', shape: ['rows', count]}],
    initializers: {
      points: {data: points, shape: [count, cols]},
      offset: {data: Uint8Array.of(OFFSET), shape: []},
    },
  });
}

/** Numbers of a row of the trial: their sums fit into 32 bits, but on the way, with what is added to the rows, they do not. */
const TRIAL = 2 ** 17;
let trial: Promise<boolean> | undefined;

/**
 * Whether these products can be relied on here. Processors without instructions for them add pairs of products up in 16 bits, where
 * large ones saturate; sums that leave 32 bits on the way must come back: the largest are tried, once.
 */
export function int8ProductsExact(): Promise<boolean> {
  return (trial ??= tryLargest());
}

async function tryLargest(): Promise<boolean> {
  const points = new Int8Array(2 * TRIAL).fill(127, 0, TRIAL).fill(-127, TRIAL);
  const products = await openInt8Products(points, TRIAL, 1);
  const out = new Int32Array(4);
  try {
    await products.of(new Uint8Array(2 * TRIAL).fill(OFFSET + 127, 0, TRIAL).fill(OFFSET - 127, TRIAL), out);
  } finally {
    await products.close();
  }
  const most = 127 * 127 * TRIAL;
  return out.every((value, i) => value === (i === 0 || i === 3 ? most : -most));
}
