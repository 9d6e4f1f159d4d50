import {expect, test} from 'vitest';
import {topAccuracy} from '../../src/kernels/accuracy.js';
import {logIncompleteBeta} from '../../src/kernels/incomplete-beta.js';
import {moments} from '../../src/kernels/moments.js';
import {logP10} from '../../src/kernels/pearson.js';
import {expectClose} from './close.js';
import {fromRows, golden} from './golden.js';

interface Case {
  readonly name: string;
  readonly input: Record<string, never>;
  readonly expected: unknown;
}
const [pearson, beta, skewness, top] = golden('stats') as Case[];

test(pearson!.name, () => {
  for (const {r, n, log10_p} of pearson!.expected as {r: number; n: number; log10_p: number}[]) {
    expectClose(logP10(r, n), log10_p, {abs: 1e-9});
  }
});

test(beta!.name, () => {
  for (const {a, b, x, I} of beta!.expected as {a: number; b: number; x: number; I: string}[]) {
    // The logarithm of a number that float64 cannot hold, from its digits.
    const [digits, exponent = '0'] = I.split('e');
    expectClose(logIncompleteBeta(a, b, x), Math.log(Number(digits)) + Number(exponent) * Math.LN10, {
      abs: 1e-12,
    });
  }
});

test(skewness!.name, () => {
  const vectors = skewness!.input.vectors as unknown as number[][];
  type Expected = Record<'skew' | 'skew_bias_corrected_G1' | 'std0' | 'mean', number | 'NaN'>;
  (skewness!.expected as Expected[]).forEach((expected, i) => {
    const found = moments(vectors[i]!);
    const either = (actual: number | null, wanted: number | 'NaN') => {
      if (wanted === 'NaN') expect(actual).toBeNull();
      else expectClose(actual, wanted, {abs: 1e-12});
    };
    either(found.mean, expected.mean);
    either(found.std, expected.std0);
    either(found.skewness, expected.skew);
    either(found.skewnessCorrected, expected.skew_bias_corrected_G1);
  });
});

test(top!.name, () => {
  const {logits, labels} = top!.input as unknown as {logits: number[][]; labels: number[]};
  const expected = top!.expected as {top1: number; top2: number; top5: number};
  const percent = (k: number) => 100 * topAccuracy(fromRows(logits), Int32Array.from(labels), k)!;
  expectClose(percent(1), expected.top1, {abs: 1e-9});
  expectClose(percent(2), expected.top2, {abs: 1e-9});
  expectClose(percent(5), expected.top5, {abs: 1e-9});
});
