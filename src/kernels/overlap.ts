import type {Neighbors} from './neighbors.js';

export interface Overlap {
  /** Mean over the points: chi. Null if there are no neighbours to compare. */
  readonly mean: number | null;
  /** Of each point, in [0, 1]. */
  readonly perPoint: Float64Array;
  /** What independent tables give on average. */
  readonly chance: number | null;
}

/**
 * Neighbourhood overlap of two representations of the same points: the share of the k nearest neighbours in one that are
 * among the k nearest in the other, whatever their order (Doimo, Glielmo, Ansuini, Laio 2020, eq. 1). Chance: k / (n - 1).
 *
 * @param a, b tables of the same n points, of at least k neighbours; beyond n - 1 there are no more
 */
export function neighborhoodOverlap(a: Neighbors, b: Neighbors, k: number): Overlap {
  const {n} = a;
  const width = Math.min(k, Math.max(0, n - 1));
  if (b.n !== n || a.k < width || b.k < width)
    throw new RangeError(`tables of ${a.n} x ${a.k} and ${b.n} x ${b.k}, k ${k}`);
  if (width === 0) return {mean: null, perPoint: new Float64Array(n), chance: null};
  const perPoint = new Float64Array(n);
  // Which point had index j among its neighbours last: a set that need not be emptied.
  const seen = new Int32Array(n).fill(-1);
  let common = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < width; j++) seen[a.indices[i * a.k + j]!] = i;
    let count = 0;
    for (let j = 0; j < width; j++) if (seen[b.indices[i * b.k + j]!] === i) count++;
    perPoint[i] = count / width;
    common += count;
  }
  return {mean: common / (n * width), perPoint, chance: width / (n - 1)};
}

export interface LabelOverlap extends Overlap {
  /** Mean over the classes of their means: every class counts alike. */
  readonly classWeighted: number | null;
  /** Of each class; null if it is empty. */
  readonly perClass: readonly (number | null)[];
}

/** How many neighbours: k for every point, or the share of its class, at least one and rounded down. */
export type LabelNeighbors = {readonly k: number} | {readonly classFraction: number};

/** Neighbours that a table must hold for `labelOverlap`. */
export function labelNeighbors(labels: Int32Array, classes: number, choice: LabelNeighbors): number {
  return Math.max(0, ...neighborsPerClass(classSizes(labels, classes), labels.length, choice));
}

/**
 * Overlap of the neighbourhoods with a labelling: the share of the k nearest neighbours of a point that have its label
 * (Doimo et al. 2020, section 2). A class of fewer than k + 1 points cannot reach 1; `classFraction` avoids that.
 * Chance: sum over the classes of n_c (n_c - 1) / (n (n - 1)).
 *
 * @param labels class of each point, 0-based, below `classes`
 */
export function labelOverlap(
  table: Neighbors,
  labels: Int32Array,
  classes: number,
  choice: LabelNeighbors,
): LabelOverlap {
  const {n} = table;
  if (labels.length !== n) throw new RangeError(`${labels.length} labels for ${n} points`);
  const sizes = classSizes(labels, classes);
  const widths = neighborsPerClass(sizes, n, choice);
  if (labelNeighbors(labels, classes, choice) > table.k)
    throw new RangeError(`a table of ${table.k} neighbours is too narrow`);
  const perPoint = new Float64Array(n);
  if (n < 2)
    return {mean: null, perPoint, chance: null, classWeighted: null, perClass: Array.from(sizes, () => null)};

  const sums = new Float64Array(classes);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    const width = widths[label]!;
    let same = 0;
    for (let j = 0; j < width; j++) if (labels[table.indices[i * table.k + j]!] === label) same++;
    perPoint[i] = same / width;
    sums[label]! += perPoint[i]!;
    total += perPoint[i]!;
  }
  const perClass = Array.from(sizes, (size, c) => (size === 0 ? null : sums[c]! / size));
  const means = perClass.filter(mean => mean !== null);
  return {
    mean: total / n,
    perPoint,
    chance: sizes.reduce((pairs, size) => pairs + size * (size - 1), 0) / (n * (n - 1)),
    classWeighted: means.reduce((sum, mean) => sum + mean, 0) / means.length,
    perClass,
  };
}

function classSizes(labels: Int32Array, classes: number): number[] {
  const sizes = new Array<number>(classes).fill(0);
  for (const label of labels) {
    if (!(label >= 0 && label < classes)) throw new RangeError(`label ${label} of ${classes} classes`);
    sizes[label]!++;
  }
  return sizes;
}

/** Of the classes that have points; 0 for the others. */
function neighborsPerClass(sizes: readonly number[], n: number, choice: LabelNeighbors): number[] {
  return sizes.map(size => {
    if (size === 0) return 0;
    const k = 'k' in choice ? choice.k : Math.max(1, Math.floor(choice.classFraction * size));
    return Math.min(k, n - 1);
  });
}
