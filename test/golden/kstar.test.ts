import {expect, test} from 'vitest';
import {kstar, kstarDistribution} from '../../src/kernels/kstar.js';
import {nearestNeighbors} from '../../src/kernels/neighbors.js';
import {expectClose} from './close.js';
import {golden, labels, matrix} from './golden.js';

type Maybe = number | 'NaN';
interface Class {
  readonly n: number;
  readonly mean: Maybe;
  readonly std_ddof0: Maybe;
  readonly skew_gamma: Maybe;
  readonly pattern: 'Fractured' | 'Overlapped' | 'Clustered' | 'undefined';
}
interface Case {
  readonly name: string;
  readonly input: {readonly csv?: string; readonly points?: number[][]; readonly labels: string | number[]};
  readonly expected: {
    readonly kstar: readonly (number | null)[];
    readonly kstar_over_class_size?: readonly Maybe[];
    readonly per_class: Readonly<Record<string, Class>>;
    readonly 'Gamma_true_pooled_skew(inferred definition)': Maybe;
    readonly 'Gamma_prime_mean_of_class_skews(inferred definition)': Maybe;
    readonly class_size_weighted_mean_of_class_skews: number;
    readonly fractured: number;
    readonly overlapped: number;
    readonly clustered: number;
    readonly reference_notebook: {
      readonly mean?: readonly Maybe[];
      readonly skew_data?: readonly Maybe[];
      readonly max_abs_diff_kvalues_vs_above?: Maybe;
    };
  };
  readonly tolerance?: {readonly others_abs: number; readonly reference_float32_abs?: number};
}

// The last cases are edges, without a tolerance of their own: they are exact but for rounding.
const EXACT: NonNullable<Case['tolerance']> = {others_abs: 1e-12};

test.each((golden('kstar') as Case[]).map(c => [c.name, c] as const))('k* of %s', async (_, c) => {
  const {input, expected} = c;
  const {others_abs: abs, reference_float32_abs: loose} = c.tolerance ?? EXACT;
  const either = (actual: number | null, wanted: Maybe) => {
    if (wanted === 'NaN') expect(actual).toBeNull();
    else expectClose(actual, wanted, {abs});
  };
  const x = matrix(input);
  const classes = typeof input.labels === 'string' ? labels(input.labels) : Int32Array.from(input.labels);

  // However many neighbours are looked at first, k* is the same.
  const ranks = await kstar(x, await nearestNeighbors(x, 30), classes);
  expect([...ranks]).toEqual(expected.kstar.map(rank => rank ?? 0));
  expect(await kstar(x, await nearestNeighbors(x, 3), classes)).toEqual(ranks);
  expect(await kstar(x, await nearestNeighbors(x, 0), classes)).toEqual(ranks);

  const distribution = kstarDistribution(ranks, classes);
  if (Object.keys(expected.per_class).length === 1) {
    expect(distribution).toBeNull();
    return;
  }
  const found = distribution!;
  expect(found.classes.map(({label}) => String(label))).toEqual(Object.keys(expected.per_class));
  Object.values(expected.per_class).forEach((wanted, i) => {
    const own = found.classes[i]!;
    expect(own.n).toBe(wanted.n);
    either(own.mean, wanted.mean);
    either(own.std, wanted.std_ddof0);
    either(own.skewness, wanted.skew_gamma);
    expect(own.pattern).toBe(wanted.pattern === 'undefined' ? null : wanted.pattern.toLowerCase());
  });
  either(found.pooled, expected['Gamma_true_pooled_skew(inferred definition)']);
  either(found.classMean, expected['Gamma_prime_mean_of_class_skews(inferred definition)']);
  // Where no class has a skewness the file says 0, which the mean of none is not.
  if (found.classMean === null) expect(found.weightedMean).toBeNull();
  else either(found.weightedMean, expected.class_size_weighted_mean_of_class_skews);
  for (const pattern of ['fractured', 'overlapped', 'clustered'] as const)
    expect(found.classes.filter(own => own.pattern === pattern)).toHaveLength(expected[pattern]);
  expected.kstar_over_class_size?.forEach((share, i) =>
    either(ranks[i]! / expected.per_class[String(classes[i]!)]!.n, share),
  );

  // The reference computes in float32 and breaks ties otherwise: where it finds the same k*, it finds the same moments.
  const {mean, skew_data: skewness, max_abs_diff_kvalues_vs_above: apart} = expected.reference_notebook;
  if (loose === undefined || typeof apart !== 'number' || apart > 1e-6) return;
  found.classes.forEach((own, i) => {
    expectClose(own.mean, mean![i] as number, {abs: loose});
    expectClose(own.skewness, skewness![i] as number, {abs: loose});
  });
});
