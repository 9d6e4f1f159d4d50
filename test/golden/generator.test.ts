import {expect, test} from 'vitest';
import {golden, lin, matrix, mulberry32, normals} from './golden.js';

interface Case {
  readonly name: string;
  readonly checks: readonly Record<string, never>[];
}

const [uniform, linear, normal] = golden('generator') as Case[];

test('mulberry32 gives the bits of the golden data', () => {
  const checks = uniform!.checks as unknown as {
    seed: number;
    first5: number[];
    sum_first_10000_sequential: number;
  }[];
  for (const check of checks) {
    const next = mulberry32(check.seed);
    const values = Array.from({length: 10_000}, next);
    expect(values.slice(0, 5)).toEqual(check.first5);
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(check.sum_first_10000_sequential);
  }
});

test('lin gives the bits of the golden data', () => {
  const checks = linear!.checks as unknown as {
    seed: number;
    N: number;
    Din: number;
    Dout: number;
    'X[0][0..4]': number[];
  }[];
  for (const {seed, N, Din, Dout, ...rest} of checks) {
    const {data} = lin(seed, N, Din, Dout);
    expect([...data.subarray(0, 5)]).toEqual(rest['X[0][0..4]']);
    const last = Object.entries(rest).find(([key]) => key.startsWith(`X[${N - 1}]`))![1];
    expect([...data.subarray(-5)]).toEqual(last);
  }
});

test('normals gives the bits of the golden data', () => {
  const checks = normal!.checks as unknown as {seed: number; first5: number[]}[];
  for (const {seed, first5} of checks) expect([...normals(seed, 5)]).toEqual(first5);
});

test('the largest data set is generated as its file was written', () => {
  const {data} = matrix({csv: 'lin5_n2000_d50.csv'});
  expect(data[0]).toBe(-0.972591);
});
