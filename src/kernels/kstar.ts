import type {Matrix} from './matrix.js';
import {moments} from './moments.js';
import type {Neighbors} from './neighbors.js';
import {otherClassRanks} from './other-class-ranks.js';
import type {Vectors} from './vectors.js';

export interface KstarOptions {
  readonly signal?: AbortSignal | undefined;
  /** Threads of the products. Default: one per physical core. */
  readonly threads?: number | undefined;
}

/**
 * k* of every sample (Kotyan, Ueda, Vargas 2024): the rank, from 1, of its nearest neighbour of another class among all other samples,
 * ordered by (distance, index). Between 1 and the size of its class.
 *
 * The table settles the samples that have another class among their neighbours there. The others are compared with all samples.
 *
 * @param x is read block by block
 * @param table neighbours of the same rows, however many
 * @param labels class of each sample
 * @returns 0 where there is no other class
 * @throws E305 if a value is not finite
 */
export async function kstar(
  x: Matrix | Vectors,
  table: Neighbors,
  labels: Int32Array,
  {signal, threads}: KstarOptions = {},
): Promise<Int32Array> {
  const {n, k, indices} = table;
  if (labels.length !== n || x.rows !== n)
    throw new RangeError(`${labels.length} labels and a table of ${n} for ${x.rows} rows`);
  const found = new Int32Array(n);
  if (labels.every(label => label === labels[0])) return found;
  const open: number[] = [];
  for (let i = 0; i < n; i++) {
    let rank = 0;
    while (rank < k && labels[indices[i * k + rank]!] === labels[i]) rank++;
    if (rank < k) found[i] = rank + 1;
    else open.push(i);
  }
  if (open.length === 0) return found;

  const ranks = await otherClassRanks(x, labels, Int32Array.from(open), {signal, threads});
  open.forEach((row, at) => (found[row] = ranks[at]!));
  return found;
}

/** How the samples of a class lie among the others: `fractured` in small parts, `overlapped`, or `clustered` together. */
export type Pattern = 'fractured' | 'overlapped' | 'clustered';

/** The distribution of k* / size of the class over the samples of a class. */
export interface ClassKstar {
  readonly label: number;
  readonly n: number;
  readonly mean: number;
  readonly std: number;
  /** Fisher and Pearson's coefficient, biased. Null if k* is the same of all. */
  readonly skewness: number | null;
  /**
   * By skewness: above the threshold fractured, below its negative clustered, else overlapped. Where k* is the same of all: clustered
   * if it is the size of the class, so that all others of the class come first; else null.
   */
  readonly pattern: Pattern | null;
}

export interface KstarDistribution {
  /** In the order of the labels. */
  readonly classes: readonly ClassKstar[];
  /** Mean and standard deviation (ddof 0) of k* / size of the class over all samples. */
  readonly mean: number;
  readonly std: number;
  /** Skewness over all samples: Gamma. */
  readonly pooled: number | null;
  /** Mean of the skewness of the classes where it is defined: Gamma prime. */
  readonly classMean: number | null;
  /** The same weighted by the sizes of these classes. */
  readonly weightedMean: number | null;
}

/**
 * Distribution of k* within the classes and over all samples. Null if k* is not defined, for want of a second class.
 *
 * @param ranks k* of each sample, as `kstar` gives them
 * @param threshold of the skewness. Default 0.5
 */
export function kstarDistribution(
  ranks: Int32Array,
  labels: Int32Array,
  threshold = 0.5,
): KstarDistribution | null {
  const sizes = classSizes(labels);
  if (sizes.size < 2) return null;
  const shares = Float64Array.from(ranks, (rank, i) => rank / sizes.get(labels[i]!)!);
  const classes = [...sizes.keys()]
    .sort((a, b) => a - b)
    .map((label): ClassKstar => {
      const own = shares.filter((_, i) => labels[i] === label);
      const {n, mean, std, skewness} = moments(own);
      const pattern =
        skewness === null ? (own[0] === 1 ? 'clustered' : null) : patternOf(skewness, threshold);
      return {label, n, mean: mean!, std: std!, skewness, pattern};
    });
  const {mean, std, skewness: pooled} = moments(shares);
  const skewed = classes.flatMap(({n, skewness}) => (skewness === null ? [] : [{n, skewness}]));
  const weighted = (weight: (size: number) => number): number | null => {
    const total = skewed.reduce((sum, {n}) => sum + weight(n), 0);
    return total === 0 ? null : skewed.reduce((sum, {n, skewness}) => sum + weight(n) * skewness, 0) / total;
  };
  return {
    classes,
    mean: mean!,
    std: std!,
    pooled,
    classMean: weighted(() => 1),
    weightedMean: weighted(n => n),
  };
}

function patternOf(skewness: number, threshold: number): Pattern {
  if (skewness > threshold) return 'fractured';
  return skewness < -threshold ? 'clustered' : 'overlapped';
}

/** Samples of each label that occurs. */
function classSizes(labels: Int32Array): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return sizes;
}
