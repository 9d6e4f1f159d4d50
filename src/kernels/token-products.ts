import {buildModel} from '../onnx/build.js';
import type {NodeSpec} from '../onnx/build.js';
import {openSession} from '../onnx/session.js';
import {floatTensor} from './tensors.js';
import type {TokenBlock} from './token-correlation.js';

/** Products held at once. */
const TILE = 2 ** 22;

/**
 * Opens the products of all pairs of tokens of a sample, in float64 on ONNX Runtime.
 *
 * @param what `absolute sums`: of each sample the sum of the absolute products of all ordered pairs (one number a sample);
 *   `matrix`: the products of each pair, summed over the samples (tokens x tokens)
 */
export async function openTokenProducts(what: 'absolute sums' | 'matrix', threads?: number) {
  const session = await openSession(productsModel(what), {threads});
  return {
    async of({samples, tokens, dim, data}: TokenBlock): Promise<Float64Array> {
      const result = new Float64Array(what === 'matrix' ? tokens * tokens : samples);
      const step = Math.max(1, Math.floor(TILE / (tokens * tokens)));
      for (let start = 0; start < samples; start += step) {
        const count = Math.min(step, samples - start);
        const size = tokens * dim;
        const vectors = floatTensor(data.subarray(start * size, (start + count) * size), count, tokens, dim);
        const part = (await session.run({vectors}))['result']!.data as Float64Array;
        if (what === 'matrix') part.forEach((value, i) => (result[i]! += value));
        else result.set(part, start);
      }
      return result;
    },
    close: () => session.release(),
  };
}

function productsModel(what: 'absolute sums' | 'matrix'): Uint8Array {
  const reduce: readonly NodeSpec[] =
    what === 'matrix'
      ? [{op: 'ReduceSum', inputs: ['products', 'samples'], outputs: ['result'], attributes: {keepdims: 0}}]
      : [
          {op: 'Abs', inputs: ['products'], outputs: ['absolute']},
          {op: 'ReduceSum', inputs: ['absolute', 'pair'], outputs: ['result'], attributes: {keepdims: 0}},
        ];
  return buildModel({
    inputs: [{name: 'vectors', type: 'float64', shape: ['samples', 'tokens', 'dim']}],
    initializers:
      what === 'matrix' ? {samples: {data: BigInt64Array.of(0n)}} : {pair: {data: BigInt64Array.of(1n, 2n)}},
    nodes: [
      {op: 'Transpose', inputs: ['vectors'], outputs: ['turned'], attributes: {perm: [0, 2, 1]}},
      {op: 'MatMul', inputs: ['vectors', 'turned'], outputs: ['products']},
      ...reduce,
    ],
    outputs: [
      {name: 'result', type: 'float64', shape: what === 'matrix' ? ['tokens', 'tokens'] : ['samples']},
    ],
  });
}
