import type {FloatArray} from './matrix.js';

/** Vectors of the tokens of some samples, sample by sample: samples x tokens x dim. */
export interface TokenBlock {
  readonly samples: number;
  readonly tokens: number;
  readonly dim: number;
  readonly data: FloatArray;
}

/** `pearson`: correlation over the components of a vector; `cosine`: the same without removing their mean. */
export type Similarity = 'pearson' | 'cosine';

export interface UnitTokens {
  /** Unit vectors, zeros where there is none: their products are the similarities. */
  readonly units: Float64Array;
  /** Tokens of each sample that have a unit vector. */
  readonly valid: Int32Array;
}

/** Brings every vector to length 1, for Pearson's correlation after removing its mean. What is constant then (or zero) has none. */
export function unitTokens({samples, tokens, dim, data}: TokenBlock, similarity: Similarity): UnitTokens {
  const units = new Float64Array(data.length);
  const valid = new Int32Array(samples);
  for (let vector = 0; vector < samples * tokens; vector++) {
    const at = vector * dim;
    let mean = 0;
    let varies = false;
    for (let c = 0; c < dim; c++) {
      mean += data[at + c]! / dim;
      varies ||= data[at + c] !== (similarity === 'pearson' ? data[at] : 0);
    }
    if (!varies) continue;
    const shift = similarity === 'pearson' ? mean : 0;
    let squares = 0;
    for (let c = 0; c < dim; c++) squares += (units[at + c] = data[at + c]! - shift) ** 2;
    const length = Math.sqrt(squares);
    for (let c = 0; c < dim; c++) units[at + c]! /= length;
    valid[Math.floor(vector / tokens)]!++;
  }
  return {units, valid};
}

/** Of each sample the sum of the products of all ordered pairs of its vectors, those with themselves too: |sum_t z_t|^2. */
export function productSums({samples, tokens, dim, data}: TokenBlock): Float64Array {
  const sums = new Float64Array(samples);
  const total = new Float64Array(dim);
  for (let s = 0; s < samples; s++) {
    total.fill(0);
    for (let t = 0; t < tokens; t++) {
      const at = (s * tokens + t) * dim;
      for (let c = 0; c < dim; c++) total[c]! += data[at + c]!;
    }
    for (const value of total) sums[s]! += value * value;
  }
  return sums;
}

/**
 * Mean similarity of pairs of tokens from the sum over all ordered pairs of `valid` ones.
 *
 * @param diagonal whether the pairs of a token with itself count
 * @returns null if there is no pair
 */
export function pairMean(sum: number, valid: number, diagonal: boolean): number | null {
  if (diagonal) return valid === 0 ? null : sum / (valid * valid);
  return valid < 2 ? null : (sum - valid) / (valid * (valid - 1));
}

/**
 * Mean similarity of pairs of tokens from their matrix of inner products over all samples together. A token whose product
 * with itself is 0 has no pairs.
 *
 * @param products tokens x tokens
 */
export function pooledPairMean(
  products: Float64Array,
  tokens: number,
  {absolute, diagonal}: {readonly absolute: boolean; readonly diagonal: boolean},
): {readonly mean: number | null; readonly valid: number} {
  const lengths = Float64Array.from({length: tokens}, (_, t) => Math.sqrt(products[t * tokens + t]!));
  let sum = 0;
  let valid = 0;
  for (let i = 0; i < tokens; i++) {
    if (lengths[i] === 0) continue;
    valid++;
    for (let j = 0; j < tokens; j++) {
      if (lengths[j] === 0) continue;
      const similarity = i === j ? 1 : products[i * tokens + j]! / (lengths[i]! * lengths[j]!);
      sum += absolute ? Math.abs(similarity) : similarity;
    }
  }
  return {mean: pairMean(sum, valid, diagonal), valid};
}
