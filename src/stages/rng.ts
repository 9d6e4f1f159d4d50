import {xoroshiro128plus} from 'pure-rand/generator/xoroshiro128plus';
import {uniformFloat64} from 'pure-rand/distribution/uniformFloat64';
import {uniformInt} from 'pure-rand/distribution/uniformInt';

/** Seeded random numbers: xoroshiro128+ (Blackman and Vigna 2018). */
export interface Rng {
  /** Uniform integer in [0, n), without bias. */
  int(n: number): number;
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number;
}

/** A generator from a 32-bit seed. Equal seeds give equal numbers on every machine. */
export function createRng(seed: number): Rng {
  const generator = xoroshiro128plus(seed | 0);
  return {
    int: n => uniformInt(generator, 0, n - 1),
    uniform: () => uniformFloat64(generator),
  };
}

/** Uniform random permutation in place (Fisher and Yates). */
export function shuffle<T extends Int32Array | number[]>(values: T, rng: Rng): T {
  for (let i = values.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    const t = values[i]!;
    values[i] = values[j]!;
    values[j] = t;
  }
  return values;
}

/**
 * Normal with mean 0 and standard deviation 1 (polar method: Marsaglia and Bray 1964). By a logarithm, whose last bit is not the same
 * on every machine.
 */
export function normal(rng: Rng): number {
  for (;;) {
    const x = 2 * rng.uniform() - 1;
    const square = x * x + (2 * rng.uniform() - 1) ** 2;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}
