import {standardError} from './moments.js';
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

/** The overlap of some points with their labels. */
export interface LabelMean {
  readonly mean: number;
  /** Of the mean, over points that count as independent. Null where there is one point. */
  readonly standardError: number | null;
  readonly chance: number;
  /** The highest mean that is possible: a class of fewer than k + 1 points has fewer than k neighbours to offer. */
  readonly most: number;
}

export interface ClassOverlap extends LabelMean {
  readonly label: number;
  readonly n: number;
}

export interface LabelOverlap extends Overlap {
  /** Over all points. Null if there are no neighbours to compare, as are the next two. */
  readonly all: LabelMean | null;
  /** Means over the classes of their values: every class counts alike. */
  readonly weighted: LabelMean | null;
  /** Of each class that is not empty, in the order of labels. */
  readonly classes: readonly ClassOverlap[] | null;
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
  if (n < 2) return {mean: null, perPoint, chance: null, all: null, weighted: null, classes: null};

  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    const width = widths[label]!;
    let same = 0;
    for (let j = 0; j < width; j++) if (labels[table.indices[i * table.k + j]!] === label) same++;
    perPoint[i] = same / width;
  }
  const each = sizes.flatMap((size, label): ClassOverlap[] => {
    if (size === 0) return [];
    const own = perPoint.filter((_, i) => labels[i] === label);
    const most = Math.min(1, (size - 1) / widths[label]!);
    const spread = standardError(own);
    return [{label, n: size, mean: meanOf(own), standardError: spread, chance: (size - 1) / (n - 1), most}];
  });
  const mean = meanOf(perPoint);
  const chance = sizes.reduce((pairs, size) => pairs + size * (size - 1), 0) / (n * (n - 1));
  const most = each.reduce((sum, own) => sum + (own.n / n) * own.most, 0);
  const all = {mean, standardError: standardError(perPoint), chance, most};
  return {mean, perPoint, chance, all, weighted: weightedMean(each), classes: each};
}

/** A class of one point tells nothing of its spread: then the error of the mean is not known. */
function weightedMean(classes: readonly ClassOverlap[]): LabelMean {
  const average = (of: (own: ClassOverlap) => number): number =>
    classes.reduce((sum, own) => sum + of(own), 0) / classes.length;
  const known = classes.every(own => own.standardError !== null);
  return {
    mean: average(own => own.mean),
    standardError: known ? Math.sqrt(average(own => own.standardError! ** 2) / classes.length) : null,
    chance: average(own => own.chance),
    most: average(own => own.most),
  };
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

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
