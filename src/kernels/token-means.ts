import type {TokenBlock} from './token-correlation.js';

/** The mean of every token's vector over the samples, gathered block by block. */
export class TokenMeans {
  private readonly sums: Float64Array;
  private readonly first: Float64Array;
  /** By token: whether its vector differs between samples. */
  private readonly varies: Uint8Array;
  private samples = 0;

  constructor(
    private readonly tokens: number,
    private readonly dim: number,
  ) {
    this.sums = new Float64Array(tokens * dim);
    this.first = new Float64Array(tokens * dim);
    this.varies = new Uint8Array(tokens);
  }

  add({samples, data}: TokenBlock): void {
    const {sums, first, varies, dim} = this;
    const size = sums.length;
    if (this.samples === 0 && samples > 0) first.set(data.subarray(0, size));
    this.samples += samples;
    for (let at = 0; at < samples * size; at += size)
      for (let i = 0; i < size; i++) {
        const value = data[at + i]!;
        sums[i]! += value;
        if (value !== first[i]) varies[Math.floor(i / dim)] = 1;
      }
  }

  /** A block less the means. A token that is the same in all samples becomes 0, whatever rounding its mean would leave. */
  centred({samples, data}: TokenBlock): Float64Array {
    const {sums, varies, tokens, dim} = this;
    const values = new Float64Array(data.length);
    for (let vector = 0; vector < samples * tokens; vector++) {
      const token = vector % tokens;
      if (varies[token] === 0) continue;
      for (let c = 0; c < dim; c++)
        values[vector * dim + c] = data[vector * dim + c]! - sums[token * dim + c]! / this.samples;
    }
    return values;
  }
}
