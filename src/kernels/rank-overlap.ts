import {standardError} from './moments.js';
import type {Neighbors} from './neighbors.js';
import {pause} from './pause.js';

/** How alike two rankings of the same length are. Ranks count from 1; k is the length. */
export interface RankingScores {
  /** (1/k) sum_d A_d, with A_d the share that the first d of both have in common (Fagin, Kumar, Sivakumar 2003). */
  readonly averageOverlap: number;
  /** Rank-biased overlap of the part seen: (1 - p) sum_d p^(d-1) A_d (Webber, Moffat, Zobel 2010). */
  readonly rboTruncated: number;
  /** The same over 1 - p^k, so that equal rankings score 1. */
  readonly rboNormalised: number;
  /** The same with A_d = A_k beyond what is seen: adds A_k p^k. */
  readonly rboExtrapolated: number;
  /** Sum over the common items of the smaller of both 1/rank, over that of equal rankings. */
  readonly weightedOverlap: number;
  /** Length of the longest common subsequence. */
  readonly lcs: number;
  /** 1 - (insertions, deletions and substitutions that make one the other) / k. */
  readonly editSimilarity: number;
  /** Kendall's tau of the common items, by their order in each; null below two of them. */
  readonly kendall: number | null;
  /** Spearman's rho of the common items, by their order in each; null below two of them. */
  readonly spearman: number | null;
}

/**
 * Compares two rankings of the same length.
 *
 * @param a, b items, each once, best first
 * @param p persistence of rank-biased overlap, in (0, 1): the weight of depth d falls as p^(d-1)
 */
export function compareRankings(a: Int32Array, b: Int32Array, p: number): RankingScores {
  const k = a.length;
  if (b.length !== k || k === 0) throw new RangeError(`rankings of ${k} and ${b.length} items`);
  // Of the items of a: their places in b, counted from 0; -1 if they are not there.
  const places = a.map(item => b.indexOf(item));
  const newAt = new Int32Array(k);
  let shared = 0;
  let whole = 0;
  places.forEach((place, i) => {
    whole += 1 / (i + 1);
    if (place < 0) return;
    const later = Math.max(i, place);
    newAt[later]!++;
    shared += 1 / (later + 1);
  });
  let common = 0;
  let sum = 0;
  let biased = 0;
  let weight = 1 - p;
  for (let d = 1; d <= k; d++) {
    common += newAt[d - 1]!;
    sum += common / d;
    biased += weight * (common / d);
    weight *= p;
  }
  const beyond = p ** k;
  return {
    averageOverlap: sum / k,
    rboTruncated: biased,
    rboNormalised: biased / (1 - beyond),
    rboExtrapolated: biased + (common / k) * beyond,
    weightedOverlap: shared / whole,
    lcs: longestCommonSubsequence(a, b),
    editSimilarity: 1 - editDistance(a, b) / k,
    ...orderCorrelations(places.filter(place => place >= 0)),
  };
}

/** What is expected of two independent rankings of the same items, each order of them as likely as any other. */
export interface RankingChance {
  readonly averageOverlap: number;
  readonly rboTruncated: number;
  readonly rboNormalised: number;
  readonly rboExtrapolated: number;
  readonly weightedOverlap: number;
}

/**
 * The expectations of what `compareRankings` gives of the first k of m items. Of any two ranks the one in a and the one in b
 * hold the same item with probability 1 / m, so that A_d is d / m on average, and of the k^2 pairs of ranks 2r - 1 have r as the
 * larger, which gives (2k - H_k) / m for the common items, with H_k the sum of 1/r.
 */
export function rankingChance(k: number, m: number, p: number): RankingChance {
  const beyond = p ** k;
  const extrapolated = (1 - beyond) / (1 - p) / m;
  const truncated = extrapolated - (k / m) * beyond;
  let harmonic = 0;
  for (let r = 1; r <= k; r++) harmonic += 1 / r;
  return {
    averageOverlap: (k + 1) / (2 * m),
    rboTruncated: truncated,
    rboNormalised: truncated / (1 - beyond),
    rboExtrapolated: extrapolated,
    weightedOverlap: ((2 * k) / harmonic - 1) / m,
  };
}

/** Points that are compared between two looks at the signal: some milliseconds at k = 30. */
const BLOCK = 1024;

export interface RankOverlap extends RankingScores {
  /** Of independent rankings of the n - 1 others. */
  readonly chance: RankingChance;
  /** Of the average overlap, over the points. */
  readonly standardError: number | null;
  /** Points with two common neighbours at least: those that tau and rho are means of. */
  readonly ordered: number;
}

export interface RankOverlapOptions {
  /** Neighbours that are ranked. */
  readonly k: number;
  /** Persistence of rank-biased overlap, in (0, 1). */
  readonly p: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Means over the points of how alike the rankings of their k nearest neighbours are in two representations. Null if there are no
 * neighbours.
 *
 * @param a, b tables of the same n points, of at least k neighbours; beyond n - 1 there are no more
 * @throws the reason of the signal when it is aborted
 */
export async function rankOverlap(
  a: Neighbors,
  b: Neighbors,
  {k, p, signal}: RankOverlapOptions,
): Promise<RankOverlap | null> {
  const {n} = a;
  const width = Math.min(k, Math.max(0, n - 1));
  if (b.n !== n || a.k < width || b.k < width)
    throw new RangeError(`tables of ${a.n} x ${a.k} and ${b.n} x ${b.k}, k ${k}`);
  if (width === 0) return null;
  const sums = {
    averageOverlap: 0,
    rboTruncated: 0,
    rboNormalised: 0,
    rboExtrapolated: 0,
    weightedOverlap: 0,
    lcs: 0,
    editSimilarity: 0,
  };
  const names = Object.keys(sums) as (keyof typeof sums)[];
  let [kendall, spearman, ordered] = [0, 0, 0];
  const overlaps = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (i % BLOCK === BLOCK - 1) await pause(signal);
    const of = ({indices, k: wide}: Neighbors): Int32Array => indices.subarray(i * wide, i * wide + width);
    const scores = compareRankings(of(a), of(b), p);
    for (const name of names) sums[name] += scores[name];
    overlaps[i] = scores.averageOverlap;
    if (scores.kendall === null || scores.spearman === null) continue;
    kendall += scores.kendall;
    spearman += scores.spearman;
    ordered++;
  }
  for (const name of names) sums[name] /= n;
  return {
    ...sums,
    kendall: ordered === 0 ? null : kendall / ordered,
    spearman: ordered === 0 ? null : spearman / ordered,
    ordered,
    standardError: standardError(overlaps),
    chance: rankingChance(width, n - 1, p),
  };
}

function orderCorrelations(places: Int32Array): {kendall: number | null; spearman: number | null} {
  const m = places.length;
  if (m < 2) return {kendall: null, spearman: null};
  let discordant = 0;
  let squares = 0;
  for (let i = 0; i < m; i++) {
    let rank = 0;
    for (let j = 0; j < m; j++) {
      if (places[j]! < places[i]!) rank++;
      if (j > i && places[j]! < places[i]!) discordant++;
    }
    squares += (i - rank) ** 2;
  }
  return {
    kendall: 1 - (4 * discordant) / (m * (m - 1)),
    spearman: 1 - (6 * squares) / (m * (m * m - 1)),
  };
}

function longestCommonSubsequence(a: Int32Array, b: Int32Array): number {
  const best = new Int32Array(b.length + 1);
  for (const item of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = best[j]!;
      best[j] = item === b[j - 1] ? diagonal + 1 : Math.max(above, best[j - 1]!);
      diagonal = above;
    }
  }
  return best[b.length]!;
}

/** Levenshtein 1966. */
function editDistance(a: Int32Array, b: Int32Array): number {
  const least = Int32Array.from({length: b.length + 1}, (_, j) => j);
  a.forEach((item, i) => {
    let diagonal = i;
    least[0] = i + 1;
    for (let j = 1; j <= b.length; j++) {
      const above = least[j]!;
      const kept = diagonal + (item === b[j - 1] ? 0 : 1);
      least[j] = Math.min(kept, above + 1, least[j - 1]! + 1);
      diagonal = above;
    }
  });
  return least[b.length]!;
}
