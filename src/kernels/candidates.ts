import {buildModel, float} from '../onnx/build.js';
import {fail} from '../diagnostics/diagnostic.js';
import {openSession} from '../onnx/session.js';
import type {Session, SessionOptions, Tensor} from '../onnx/session.js';
import type {Prepared} from './distance-bound.js';
import {ELEMENT, floatTensor} from './tensors.js';

/** For each query the points with the lowest scores, ascending: row-major, `width` a query. */
export interface Candidates {
  readonly width: number;
  readonly scores: Float32Array;
  readonly indices: Int32Array;
}

/** Points that one product is taken with: bounds the memory that the scores need. */
const BLOCK = 16_384;

/** Finds the points with the lowest scores among many, on ONNX Runtime: a Gemm and a TopK for each block of points. */
export async function openCandidates(cols: number, options: SessionOptions) {
  const session = await openSession(lowestScores(), options);
  if (!(await isSingle(session))) {
    await session.release();
    fail(
      'E405',
      `device "${session.device}" rounds products to less than float32, which the search relies on`,
      {
        hint: 'set device: cpu; for CUDA, leave NVIDIA_TF32_OVERRIDE at 0',
      },
    );
  }
  const block = async (
    query: Float32Array,
    all: Prepared<Float32Array>,
    start: number,
    width: number,
  ): Promise<Candidates> => {
    const end = Math.min(start + BLOCK, all.rows);
    const taken = Math.min(width, end - start);
    const {scores, indices} = await session.run({
      query: floatTensor(query, query.length / cols, cols),
      points: floatTensor(all.points.subarray(start * cols, end * cols), end - start, cols),
      bias: floatTensor(all.bias.subarray(start, end), end - start),
      width: {type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(taken))},
    });
    return {width: taken, scores: scores!.data as Float32Array, indices: indices!.data as Int32Array};
  };
  return {
    /** The candidates, `width` or as many as there are, of rows that are prepared as the points are. */
    async find(query: Float32Array, all: Prepared<Float32Array>, width: number): Promise<Candidates> {
      let best = await block(query, all, 0, width);
      for (let start = BLOCK; start < all.rows; start += BLOCK) {
        const next = await block(query, all, start, width);
        best = merge(best, next, start, query.length / cols, width);
      }
      return best;
    },
    close: () => session.release(),
  };
}

/** Rows and columns of the trial: enough to be given to fast units. */
const TRIAL = 64;

/** Whether products keep all the bits of their factors: tried with one that shorter formats have no room for. */
async function isSingle(session: Session): Promise<boolean> {
  const first = (value: number): Tensor =>
    floatTensor(
      Float32Array.from({length: TRIAL ** 2}, (_, i) => (i % TRIAL === 0 ? value : 0)),
      TRIAL,
      TRIAL,
    );
  const {scores} = await session.run({
    query: first(1 + 2 ** -22),
    points: first(1),
    bias: floatTensor(new Float32Array(TRIAL).fill(2), TRIAL),
    width: {type: 'int64', dims: [1], data: BigInt64Array.of(1n)},
  });
  return (scores!.data as Float32Array).every(score => score === -(2 ** -21));
}

/** Merges two tables of candidates, the second with its indices counted from `offset`. */
function merge(a: Candidates, b: Candidates, offset: number, rows: number, width: number): Candidates {
  const taken = Math.min(width, a.width + b.width);
  const scores = new Float32Array(rows * taken);
  const indices = new Int32Array(rows * taken);
  for (let r = 0; r < rows; r++) {
    let i = r * a.width;
    let j = r * b.width;
    const iEnd = i + a.width;
    const jEnd = j + b.width;
    for (let t = r * taken; t < (r + 1) * taken; t++) {
      if (j === jEnd || (i < iEnd && a.scores[i]! <= b.scores[j]!)) {
        scores[t] = a.scores[i]!;
        indices[t] = a.indices[i++]!;
      } else {
        scores[t] = b.scores[j]!;
        indices[t] = b.indices[j++]! + offset;
      }
    }
  }
  return {width: taken, scores, indices};
}

function lowestScores(): Uint8Array {
  return buildModel({
    inputs: [
      {name: 'query', type: 'float32', shape: ['queries', 'cols']},
      {name: 'points', type: 'float32', shape: ['points', 'cols']},
      {name: 'bias', type: 'float32', shape: ['points']},
      {name: 'width', type: 'int64', shape: [1]},
    ],
    nodes: [
      {
        op: 'Gemm',
        inputs: ['query', 'points', 'bias'],
        outputs: ['products'],
        attributes: {alpha: float(-2), transB: 1},
      },
      {
        op: 'TopK',
        inputs: ['products', 'width'],
        outputs: ['scores', 'positions'],
        attributes: {axis: 1, largest: 0, sorted: 1},
      },
      {op: 'Cast', inputs: ['positions'], outputs: ['indices'], attributes: {to: ELEMENT.int32}},
    ],
    outputs: [
      {name: 'scores', type: 'float32', shape: ['queries', 'width']},
      {name: 'indices', type: 'int32', shape: ['queries', 'width']},
    ],
  });
}
