import {ExactDistances} from './exact-distances.js';
import type {PointBlock} from './exact-distances.js';
import type {Int8Products} from './int8-products.js';
import {openInt8Products} from './int8-products.js';
import {END, LIMIT, REACH, SCALE, STEP, collect, minima} from './int8-scan.js';
import {kthSmallest} from './kth-smallest.js';
import type {FloatArray} from './matrix.js';
import type {NearestLists} from './nearest-lists.js';
import type {Quantised} from './quantised.js';
import {WasmInstance} from './wasm-instance.js';

/** Rows that stand together among all. */
export interface Rows {
  /** The number of the first. */
  readonly first: number;
  /** As given: rows x cols. */
  readonly data: FloatArray;
  readonly quantised: Quantised;
}

/** Points that stand together among all. */
export interface Points {
  /** The number of the first. */
  readonly first: number;
  /** As given. */
  readonly block: PointBlock;
  readonly quantised: Quantised;
  /** That of the quantiser. */
  readonly scale: number;
}

export interface ScreenOptions {
  /** Length of the lists. */
  readonly k: number;
  /** Whether rows and points are the same: then a row is not offered to itself. */
  readonly same: boolean;
  /** Which of the threads that share the points this is. */
  readonly thread: number;
  /** Threads of the products. */
  readonly threads: number;
}

const BYTES = 4;
const VECTOR = 16;
/** The sign bits of four bytes. */
const SIGNS = 0x80808080 | 0;
/** Points of a group are looked at together: the more groups, the closer the k-th smallest of their minima is to the k-th score. */
const LARGEST_GROUP = 64;
const GROUPS_PER_NEIGHBOR = 4;
/** Rows whose products are taken at once, and bytes of their integers. */
const TILE = 64;
const TILE_BYTES = 2 ** 24;
/**
 * A score takes at most five roundings of its terms, a bound on it three more; each term is at most the sum of the squares
 * involved.
 */
const ROUNDING = 16 * 2 ** -24;
const UNDERFLOW = 2 ** -110;

/** What all screens of a search run in, one after the other. */
export const screenMemory = (): WasmInstance => new WasmInstance([minima, collect]);

/** Rows whose products are taken at once, by how many integers they have. */
export const tileOf = (width: number): number => Math.max(1, Math.min(TILE, Math.floor(TILE_BYTES / width)));

/** Above it in float32. */
const above = (value: number): number => Math.fround(value + Math.abs(value) * 2 ** -23 + UNDERFLOW);
const below = (value: number): number => -above(-value);

/**
 * Exact nearest neighbours among a block of points, by way of 8-bit integers.
 *
 * A row y is q times its scale plus a residual of length e at most, so that with D the distance between what the integers stand for
 *
 *     D(i, j) - e_i - e_j <= distance(i, j) <= D(i, j) + e_i + e_j,   D^2 = square_i + square_j - 2 scale_i scale_j q_i . q_j
 *
 * and the products of integers are exact. The points with about the k smallest D are measured in float64; then every other point with
 * D - e_i - e_j within the k-th distance is looked at too. No point that could be a neighbour is left out, whatever the data.
 */
export class Int8Screen {
  readonly #exact: ExactDistances;
  readonly #groups: number;
  /** Addresses of what the memory holds: for every point, or for every group. */
  readonly #at: Readonly<
    Record<'products' | 'scales' | 'squares' | 'errors' | 'minima' | 'largest' | 'scalars' | 'found', number>
  >;
  readonly #tile: Uint8Array<ArrayBuffer>;
  readonly #found: Int32Array;
  readonly #minima: Float32Array;
  readonly #scalars: Float32Array;
  readonly #end: Int32Array;
  readonly #sorted: Float32Array;
  readonly #distances: Float64Array;

  private constructor(
    private readonly memory: WasmInstance,
    private readonly points: Points,
    private readonly options: ScreenOptions,
    private readonly group: number,
    private readonly products: Int8Products,
  ) {
    const {rows, scales, squares, errors, integers} = points.quantised;
    const width = integers.length / rows;
    this.#groups = Math.ceil(rows / group);
    const padded = this.#groups * group;
    const tile = tileOf(width);
    this.#exact = new ExactDistances(points.block, options.thread);
    memory.clear();
    const at = (this.#at = {
      products: memory.place(tile * padded * BYTES),
      scales: memory.place(padded * BYTES),
      squares: memory.place(padded * BYTES),
      errors: memory.place(padded * BYTES),
      minima: memory.place(this.#groups * BYTES),
      largest: memory.place(this.#groups * BYTES),
      scalars: memory.place(VECTOR),
      found: memory.place(2 * padded * BYTES),
    });
    this.#found = memory.ints(at.found, 2 * padded);
    this.#minima = memory.singles(at.minima, this.#groups);
    this.#scalars = memory.singles(at.scalars, 3);
    this.#end = memory.ints(at.scalars + END, 1);
    this.#sorted = new Float32Array(this.#groups);
    this.#distances = new Float64Array(2 * padded);
    this.#tile = new Uint8Array(tile * width);

    memory.singles(at.scales, padded).fill(0).set(scales);
    const heldSquares = memory.singles(at.squares, padded).fill(Infinity);
    const heldErrors = memory.singles(at.errors, padded).fill(0);
    /** The largest error of a point in each group. */
    const largest = memory.singles(at.largest, this.#groups).fill(0);
    for (let j = 0; j < rows; j++) {
      const error = above(errors[j]!);
      heldErrors[j] = error;
      heldSquares[j] = below(squares[j]! - error * error - ROUNDING * (squares[j]! + error * error));
      const g = Math.floor(j / group);
      largest[g] = Math.max(largest[g]!, error);
    }
  }

  /**
   * @param memory what it held is gone
   * @param points a block of points, quantised by the same quantiser as the rows will be
   */
  static async open(memory: WasmInstance, points: Points, options: ScreenOptions): Promise<Int8Screen> {
    const {rows, integers} = points.quantised;
    let group = LARGEST_GROUP;
    while (group > STEP && rows / group < GROUPS_PER_NEIGHBOR * (options.k + 1)) group /= 2;
    const width = integers.length / rows;
    const padded = rows % group === 0 ? integers : new Int8Array(Math.ceil(rows / group) * group * width);
    if (padded !== integers) padded.set(integers);
    const products = await openInt8Products(padded, width, options.threads);
    return new Int8Screen(memory, points, options, group, products);
  }

  /** Offers the points of this block to the lists of some rows, from `from` to `to`, the latter excluded: at most a tile. */
  async search(rows: Rows, from: number, to: number, lists: NearestLists): Promise<void> {
    const {integers, rows: count} = rows.quantised;
    const width = integers.length / count;
    const tile = this.#tile.subarray(0, (to - from) * width);
    tile.set(new Uint8Array(integers.buffer, integers.byteOffset + from * width, tile.length));
    // Adding 128 turns the sign bit of each of four integers.
    const fours = new Int32Array(tile.buffer, 0, tile.length / 4);
    for (let c = 0; c < fours.length; c++) fours[c]! ^= SIGNS;
    const padded = this.#groups * this.group;
    await this.products.of(tile, this.memory.ints(this.#at.products, (to - from) * padded));
    for (let row = from; row < to; row++)
      this.#searchRow(rows, row, this.#at.products + (row - from) * padded * BYTES, lists);
  }

  close(): Promise<void> {
    return this.products.close();
  }

  #searchRow({first, data, quantised}: Rows, row: number, products: number, lists: NearestLists): void {
    const {k, same} = this.options;
    const place = first + row;
    const square = quantised.squares[row]!;
    const error = quantised.errors[row]!;
    /** The place of the row among the points of the block, if it is one. */
    const self = same ? place - this.points.first : -1;
    this.#scalars[SCALE / BYTES] = 2 * quantised.scales[row]!;
    this.#exact.from(data, row * this.points.block.cols);
    let known = 0;
    if (lists.limit(place) === Infinity) {
      this.#minimaOf(products);
      const wanted = k + 1;
      this.#sorted.set(this.#minima);
      this.#bound(0, this.#groups < wanted ? Infinity : kthSmallest(this.#sorted, wanted));
      known = this.#keep(this.#collect(products, 0), self, 0);
      this.#measure(0, known, place, lists);
      if (known === this.points.quantised.rows - (self >= 0 && self < this.points.quantised.rows ? 1 : 0))
        return;
    } else this.#minima.fill(-Infinity);

    const reach = this.#reach(lists.limit(place)) + error;
    this.#bound(above(2 * reach), above(reach * reach - square + ROUNDING * (reach * reach + square)));
    const kept = this.#keep(this.#collect(products, known), self, known);
    this.#measure(known, this.#exact.within(lists.limit(place), this.#found, known, kept), place, lists);
  }

  /** A distance as it is given, in the units of the quantiser, with all that its own rounding and underflow may hide. */
  #reach(distance: number): number {
    const {
      scale,
      block: {cols},
    } = this.points;
    const rounding = 4 * (cols + 8) * 2 ** -53;
    return Math.sqrt(distance * distance * (1 + rounding) + cols * 2 ** -1020) * scale * (1 + 2 ** -50);
  }

  /** What `collect` compares with. A bound that float32 cannot hold lets every point pass. */
  #bound(reach: number, limit: number): void {
    const finite = reach < Infinity && limit < Infinity;
    this.#scalars[REACH / BYTES] = finite ? reach : 0;
    this.#scalars[LIMIT / BYTES] = finite ? limit : Infinity;
  }

  #minimaOf(products: number): void {
    const {scales, squares, scalars, minima} = this.#at;
    this.memory.call('minima', products, scales, squares, scalars, this.#groups, this.group / STEP, minima);
  }

  /** Writes the points within the bound behind the first `known`: how many there are now. */
  #collect(products: number, known: number): number {
    const {scales, squares, errors, minima, largest, scalars, found} = this.#at;
    this.memory.call(
      'collect',
      products,
      scales,
      squares,
      errors,
      minima,
      largest,
      scalars,
      this.#groups,
      this.group / STEP,
      found + known * BYTES,
    );
    return (this.#end[0]! - found) / BYTES;
  }

  /** Of the points from `known` to `count` keeps those that are there, are not the row itself and not among the first `known`. */
  #keep(count: number, self: number, known: number): number {
    const found = this.#found;
    const {rows} = this.points.quantised;
    let kept = known;
    let k = 0;
    for (let n = known; n < count; n++) {
      const point = found[n]!;
      while (k < known && found[k]! < point) k++;
      if (point === self || point >= rows || (k < known && found[k] === point)) continue;
      found[kept++] = point;
    }
    return kept;
  }

  #measure(from: number, to: number, row: number, lists: NearestLists): void {
    this.#exact.to(this.#found, from, to, this.#distances);
    for (let n = from; n < to; n++)
      lists.offer(row, this.points.first + this.#found[n]!, this.#distances[n]!);
  }
}
