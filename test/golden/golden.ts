import {existsSync, readFileSync} from 'node:fs';
import type {Matrix} from '../../src/kernels/matrix.js';

const here = new URL('.', import.meta.url);

/** The cases of a file of expected numbers: each with its input, what is expected, and the tolerance. */
export function golden(name: string): readonly object[] {
  return (JSON.parse(readFileSync(new URL(`${name}.json`, here), 'utf8')) as {cases: readonly object[]})
    .cases;
}

/** A data set of the golden cases, by the name of its CSV file; or points written in the case itself. */
export function matrix(input: {
  readonly csv?: string;
  readonly points?: readonly (readonly number[])[];
}): Matrix {
  if (input.points !== undefined) return fromRows(input.points);
  if (input.csv === 'lin5_n2000_d50.csv') return rounded(lin(12345, 2000, 5, 50));
  return fromRows(csv(input.csv!));
}

export function fromRows(rows: readonly (readonly number[])[]): Matrix {
  return {rows: rows.length, cols: rows[0]?.length ?? 0, data: Float64Array.from(rows.flat())};
}

export function labels(name: string): Int32Array {
  return Int32Array.from(csv(name).flat());
}

/** The rows with numbers `from` to `to`, both included. */
export function rowsBetween({cols, data}: Matrix, from: number, to: number): Matrix {
  return {rows: to - from + 1, cols, data: data.slice(from * cols, (to + 1) * cols)};
}

function csv(name: string): number[][] {
  const path = new URL(`data/${name}`, here);
  if (!existsSync(path)) throw new Error(`no golden data ${name}`);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map(line => line.split(',').map(Number));
}

/** The generator of the golden data: uniform numbers in [0, 1) from a 32-bit state. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normal numbers, nearly: sums of twelve uniform ones, less 6. */
export function normals(seed: number, n: number): Float64Array {
  const uniform = mulberry32(seed);
  return Float64Array.from({length: n}, () => {
    let sum = 0;
    for (let i = 0; i < 12; i++) sum += uniform();
    return sum - 6;
  });
}

/** Uniform parameters through a random linear map: N rows of `dout` numbers that fill `din` dimensions. */
export function lin(seed: number, n: number, din: number, dout: number): Matrix {
  const uniform = mulberry32(seed);
  const u = Float64Array.from({length: n * din}, uniform);
  const a = Float64Array.from({length: din * dout}, () => 2 * uniform() - 1);
  const data = new Float64Array(n * dout);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < dout; j++) {
      let sum = 0;
      for (let k = 0; k < din; k++) sum += u[i * din + k]! * a[k * dout + j]!;
      data[i * dout + j] = sum;
    }
  }
  return {rows: n, cols: dout, data};
}

/** Eigenvalues that fall as a power of their rank. */
export const powers = (count: number, alpha: number): Float64Array =>
  Float64Array.from({length: count}, (_, i) => (i + 1) ** -alpha);

/** The "noisy spectrum" of the golden cases. */
export function noisySpectrum(): Float64Array {
  const uniform = mulberry32(5150);
  return powers(600, 1.04)
    .map(value => value * Math.exp(0.2 * (uniform() - 0.5)))
    .sort()
    .reverse();
}

/** Block `block` of the golden signatures of tokens: of 120 samples, one after another, 9 tokens of 24 numbers. */
export function tokenBlock(block: number): Matrix {
  const data = new Float64Array(120 * 9 * 24);
  for (let token = 0; token < 9; token++) {
    const alpha = [0.4, 0.9, 1.6][Math.floor(token / 3)]! + 0.15 * block * (token < 6 ? 1 : -1);
    normals(1000 + 100 * block + token, 120 * 24).forEach((z, i) => {
      const [sample, component] = [Math.floor(i / 24), i % 24];
      data[(sample * 9 + token) * 24 + component] = z * (component + 1) ** (-alpha / 2);
    });
  }
  return {rows: 120 * 9, cols: 24, data};
}

/** To six decimals, as the CSV files are written. */
function rounded({rows, cols, data}: Matrix): Matrix {
  return {rows, cols, data: data.map(value => Number(value.toFixed(6)))};
}
