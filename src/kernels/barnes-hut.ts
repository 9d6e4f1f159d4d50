import type {Repulsion} from './tsne-repulsion.js';

/** Levels of the tree: coordinates are told apart by this many bits. */
const LEVELS = 16;
/** Points that a cell has at most before it is divided. */
const LEAF = 4;
/** Bits of one pass of the sort. */
const DIGIT = 11;

/**
 * The repulsive forces of t-SNE on points of the plane by the algorithm of Barnes and Hut 1986 as in van der Maaten 2014, section 4.2:
 * a cell of a quadtree counts as one point at its centre of mass where its side is below `theta` times the distance to it.
 *
 * Points are put in the order of a curve through all cells (Morton 1966), so that a cell is a run of them and the tree, in depth-first order
 * with the place to go on at for each cell that is not entered, is read from front to back.
 *
 * @param theta 0 gives the exact forces
 */
export function barnesHut(n: number, theta: number): Repulsion {
  const tree = new Quadtree(n, theta);
  return (y, forces) => {
    tree.build(y);
    return tree.repulse(forces);
  };
}

class Quadtree {
  /** Points by their place on the curve, and their coordinates in that order. */
  #order: Int32Array;
  #keys: Uint32Array;
  #otherOrder: Int32Array;
  #otherKeys: Uint32Array;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  /** Cells: centre of mass, number of points, least squared distance at which it counts as one point. */
  #centreX: Float64Array = new Float64Array(0);
  #centreY: Float64Array = new Float64Array(0);
  #count: Float64Array = new Float64Array(0);
  #near: Float64Array = new Float64Array(0);
  /** The cell after all within it. */
  #skip: Int32Array = new Int32Array(0);
  /** The first point of a leaf; -1 for other cells. */
  #first: Int32Array = new Int32Array(0);
  #cells = 0;

  constructor(
    private readonly n: number,
    private readonly theta: number,
  ) {
    this.#order = new Int32Array(n);
    this.#keys = new Uint32Array(n);
    this.#otherOrder = new Int32Array(n);
    this.#otherKeys = new Uint32Array(n);
    this.#x = new Float64Array(n);
    this.#y = new Float64Array(n);
    this.#grow(n);
  }

  /** @param y the points, x before y of each */
  build(y: Float64Array): void {
    const {n} = this;
    const side = this.#sort(y);
    for (let at = 0; at < n; at++) {
      const i = this.#order[at]!;
      this.#x[at] = y[2 * i]!;
      this.#y[at] = y[2 * i + 1]!;
    }
    this.#cells = 0;
    this.#divide(0, n, 0, side);
  }

  /** Numbers the points along the curve. @returns the side of the square around all */
  #sort(y: Float64Array): number {
    const {n} = this;
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < n; i++) {
      left = Math.min(left, y[2 * i]!);
      right = Math.max(right, y[2 * i]!);
      bottom = Math.min(bottom, y[2 * i + 1]!);
      top = Math.max(top, y[2 * i + 1]!);
    }
    const side = Math.max(right - left, top - bottom);
    const last = 2 ** LEVELS - 1;
    const scale = side > 0 ? last / side : 0;
    for (let i = 0; i < n; i++) {
      this.#order[i] = i;
      const [x, z] = [(y[2 * i]! - left) * scale, (y[2 * i + 1]! - bottom) * scale];
      this.#keys[i] = (spread(x) | (spread(z) << 1)) >>> 0;
    }
    for (let shift = 0; shift < 2 * LEVELS; shift += DIGIT) this.#sortBy(shift);
    return side * (2 ** LEVELS / last);
  }

  /** One pass of a sort by digits, from the lowest on. */
  #sortBy(shift: number): void {
    const mask = 2 ** DIGIT - 1;
    const starts = new Int32Array(2 ** DIGIT + 1);
    const [keys, order] = [this.#keys, this.#order];
    for (const key of keys) starts[((key >>> shift) & mask) + 1]!++;
    for (let d = 0; d < mask; d++) starts[d + 1]! += starts[d]!;
    for (let i = 0; i < keys.length; i++) {
      const to = starts[(keys[i]! >>> shift) & mask]!++;
      this.#otherKeys[to] = keys[i]!;
      this.#otherOrder[to] = order[i]!;
    }
    [this.#keys, this.#otherKeys] = [this.#otherKeys, keys];
    [this.#order, this.#otherOrder] = [this.#otherOrder, order];
  }

  /** Adds the cell of the points from `from` to `to`, and those within it. */
  #divide(from: number, to: number, level: number, side: number): void {
    const cell = this.#cells++;
    if (cell === this.#skip.length) this.#grow(2 * cell);
    let [x, y] = [0, 0];
    for (let at = from; at < to; at++) {
      x += this.#x[at]!;
      y += this.#y[at]!;
    }
    this.#centreX[cell] = x / (to - from);
    this.#centreY[cell] = y / (to - from);
    this.#count[cell] = to - from;
    this.#near[cell] = (side / this.theta) ** 2;
    const leaf = to - from <= LEAF || level === LEVELS;
    this.#first[cell] = leaf ? from : -1;
    if (!leaf) {
      const shift = 2 * (LEVELS - 1 - level);
      for (let start = from; start < to;) {
        const quarter = this.#keys[start]! >>> shift;
        let end = start + 1;
        while (end < to && this.#keys[end]! >>> shift === quarter) end++;
        this.#divide(start, end, level + 1, side / 2);
        start = end;
      }
    }
    this.#skip[cell] = this.#cells;
  }

  #grow(length: number): void {
    const floats = (old: Float64Array): Float64Array => {
      const grown = new Float64Array(length);
      grown.set(old);
      return grown;
    };
    const ints = (old: Int32Array): Int32Array => {
      const grown = new Int32Array(length);
      grown.set(old);
      return grown;
    };
    this.#centreX = floats(this.#centreX);
    this.#centreY = floats(this.#centreY);
    this.#count = floats(this.#count);
    this.#near = floats(this.#near);
    this.#skip = ints(this.#skip);
    this.#first = ints(this.#first);
  }

  repulse(forces: Float64Array): number {
    const [xs, ys, order] = [this.#x, this.#y, this.#order];
    const [centreX, centreY, count, near] = [this.#centreX, this.#centreY, this.#count, this.#near];
    const [skip, first] = [this.#skip, this.#first];
    const cells = this.#cells;
    let total = 0;
    for (let at = 0; at < xs.length; at++) {
      const px = xs[at]!;
      const py = ys[at]!;
      // The point meets itself at distance 0.
      let sum = -1;
      let fx = 0;
      let fy = 0;
      for (let cell = 0; cell < cells;) {
        const dx = px - centreX[cell]!;
        const dy = py - centreY[cell]!;
        const square = dx * dx + dy * dy;
        if (square > near[cell]!) {
          const q = 1 / (1 + square);
          const all = count[cell]! * q;
          sum += all;
          fx += all * q * dx;
          fy += all * q * dy;
          cell = skip[cell]!;
          continue;
        }
        const start = first[cell]!;
        if (start >= 0) {
          const end = start + count[cell]!;
          for (let other = start; other < end; other++) {
            const ex = px - xs[other]!;
            const ey = py - ys[other]!;
            const q = 1 / (1 + ex * ex + ey * ey);
            sum += q;
            fx += q * q * ex;
            fy += q * q * ey;
          }
        }
        cell++;
      }
      total += sum;
      const i = order[at]!;
      forces[2 * i]! += fx;
      forces[2 * i + 1]! += fy;
    }
    return total;
  }
}

/** The low 16 bits of a number, a zero between each two. */
function spread(value: number): number {
  let x = value & 0xffff;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}
