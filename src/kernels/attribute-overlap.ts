import {moments} from './moments.js';
import type {Neighbors} from './neighbors.js';
import type {Overlap} from './overlap.js';

/**
 * Overlap of the neighbourhoods with a number that every point has: the share of the k nearest neighbours whose number differs by at
 * most `deviations` standard deviations (ddof 0) of it. Chance: the share of all pairs of points that differ by no more.
 *
 * @param table at least k neighbours of every point; beyond n - 1 there are no more
 */
export function attributeOverlap(
  table: Neighbors,
  values: Float64Array,
  k: number,
  deviations: number,
): Overlap {
  const {n} = table;
  const width = widthOf(table, values, k);
  const perPoint = new Float64Array(n);
  if (width === 0) return {mean: null, perPoint, chance: null};
  const limit = deviations * moments(values).std!;
  let total = 0;
  for (let i = 0; i < n; i++) {
    let near = 0;
    for (let j = 0; j < width; j++)
      if (Math.abs(values[i]! - values[table.indices[i * table.k + j]!]!) <= limit) near++;
    perPoint[i] = near / width;
    total += near;
  }
  return {mean: total / (n * width), perPoint, chance: pairsWithin(values, limit) / ((n * (n - 1)) / 2)};
}

/** Mean absolute difference of a number between a point and its k nearest neighbours, and between all pairs. Null if there are none. */
export function attributeDifference(
  table: Neighbors,
  values: Float64Array,
  k: number,
): {readonly neighbors: number; readonly pairs: number} | null {
  const {n} = table;
  const width = widthOf(table, values, k);
  if (width === 0) return null;
  let near = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < width; j++) near += Math.abs(values[i]! - values[table.indices[i * table.k + j]!]!);
  let all = 0;
  // In ascending order the i-th value, from 0, is the larger in i pairs and the smaller in n - 1 - i.
  Float64Array.from(values)
    .sort()
    .forEach((value, i) => (all += (2 * i - n + 1) * value));
  return {neighbors: near / (n * width), pairs: all / ((n * (n - 1)) / 2)};
}

/**
 * The quantile bin of every value, from 0: how many of the inner edges, the quantiles 1/count, 2/count ... by linear interpolation
 * between the sorted values, do not exceed it.
 */
export function quantileBins(values: Float64Array, count: number): Int32Array {
  const sorted = Float64Array.from(values).sort();
  const edges = Array.from({length: count - 1}, (_, e) => {
    const place = ((e + 1) / count) * (sorted.length - 1);
    const low = Math.floor(place);
    const [a, b] = [sorted[low]!, sorted[Math.ceil(place)]!];
    return a + (place - low) * (b - a);
  });
  return Int32Array.from(values, value => edges.filter(edge => edge <= value).length);
}

function widthOf(table: Neighbors, values: Float64Array, k: number): number {
  const width = Math.min(k, Math.max(0, table.n - 1));
  if (values.length !== table.n || table.k < width)
    throw new RangeError(`a table of ${table.n} x ${table.k}, ${values.length} values, k ${k}`);
  return width;
}

/** Unordered pairs that differ by at most a limit. */
function pairsWithin(values: Float64Array, limit: number): number {
  const sorted = Float64Array.from(values).sort();
  let pairs = 0;
  for (let low = 0, high = 0; high < sorted.length; high++) {
    while (sorted[high]! - sorted[low]! > limit) low++;
    pairs += high - low;
  }
  return pairs;
}
