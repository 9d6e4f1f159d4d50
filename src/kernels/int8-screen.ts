import {EXACT_DISTANCES, ExactDistances} from './exact-distances.js';
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

export interface ScreenOptions {
  readonly cols: number;
  /** Length of the lists. */
  readonly k: number;
  /** Whether rows and points are the same: then a row is not offered to itself. */
  readonly same: boolean;
  /** That of the quantiser. */
  readonly scale: number;
  /** Threads of the products. Default: one per physical core. */
  readonly threads: number | undefined;
}

const BYTES = 4;
const VECTOR = 16;
/** Points of a group are looked at together: the more groups, the closer the k-th smallest of their minima is to the k-th score. */
const LARGEST_GROUP = 64;
const GROUPS_PER_NEIGHBOR = 4;
/** Rows whose products are taken at once, and how many products are held. */
const TILE = 256;
/**
 * A score takes at most five roundings of its terms, a bound on it three more; each term is at most the sum of the squares
 * involved.
 */
const ROUNDING = 16 * 2 ** -24;
const UNDERFLOW = 2 ** -110;

/** What all screens of a search run in, one after the other. */
export const screenMemory = (): WasmInstance => new WasmInstance([minima, collect, ...EXACT_DISTANCES]);

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
  readonly #at: Readonly<
    Record<'products' | 'scales' | 'squares' | 'errors' | 'minima' | 'scalars' | 'found', number>
  >;
  readonly #tile: Uint8Array<ArrayBuffer>;
  /** What the memory holds. */
  readonly #found: Int32Array;
  readonly #minima: Float32Array;
  readonly #scalars: Float32Array;
  readonly #end: Int32Array;
  /** The largest error of a point in each group. */
  readonly #largest: Float64Array;
  readonly #sorted: Float32Array;
  readonly #distances: Float64Array;

  private constructor(
    private readonly memory: WasmInstance,
    private readonly points: Rows,
    private readonly options: ScreenOptions,
    private readonly group: number,
    private readonly products: Int8Products,
  ) {
    const {rows, scales, squares, errors, integers} = points.quantised;
    this.#groups = Math.ceil(rows / group);
    const padded = this.#groups * group;
    memory.clear();
    this.#exact = new ExactDistances(memory, points.data, options.cols);
    this.#at = {
      products: memory.place(TILE * padded * BYTES),
      scales: memory.place(padded * BYTES),
      squares: memory.place(padded * BYTES),
      errors: memory.place(padded * BYTES),
      minima: memory.place(this.#groups * BYTES),
      scalars: memory.place(VECTOR),
      found: memory.place(2 * padded * BYTES),
    };
    this.#exact.open();
    this.#found = memory.ints(this.#at.found, 2 * padded);
    this.#minima = memory.singles(this.#at.minima, this.#groups);
    this.#scalars = memory.singles(this.#at.scalars, 3);
    this.#end = memory.ints(this.#at.scalars + END, 1);
    this.#largest = new Float64Array(this.#groups);
    this.#sorted = new Float32Array(this.#groups);
    this.#distances = new Float64Array(2 * padded);
    this.#tile = new Uint8Array((TILE * integers.length) / rows);

    const held = (at: number): Float32Array => memory.singles(at, padded);
    held(this.#at.scales).fill(0).set(scales);
    const heldSquares = held(this.#at.squares).fill(Infinity);
    const heldErrors = held(this.#at.errors).fill(0);
    for (let j = 0; j < rows; j++) {
      const error = above(errors[j]!);
      heldErrors[j] = error;
      heldSquares[j] = below(squares[j]! - error * error - ROUNDING * (squares[j]! + error * error));
      const g = Math.floor(j / group);
      this.#largest[g] = Math.max(this.#largest[g]!, error);
    }
  }

  /**
   * @param memory what it held is gone
   * @param points a block of points, quantised by the same quantiser as the rows will be
   */
  static async open(memory: WasmInstance, points: Rows, options: ScreenOptions): Promise<Int8Screen> {
    const {rows, integers} = points.quantised;
    let group = LARGEST_GROUP;
    while (group > STEP && rows / group < GROUPS_PER_NEIGHBOR * (options.k + 1)) group /= 2;
    const width = integers.length / rows;
    const padded = new Int8Array(Math.ceil(rows / group) * group * width);
    padded.set(integers);
    const products = await openInt8Products(padded, width, options.threads);
    return new Int8Screen(memory, points, options, group, products);
  }

  /** Offers the points of this block to the lists of some rows. */
  async search(rows: Rows, lists: NearestLists, step: (rows: number) => void): Promise<void> {
    const {integers, rows: count} = rows.quantised;
    const width = integers.length / count;
    for (let from = 0; from < count; from += TILE) {
      const taken = Math.min(TILE, count - from);
      const tile = this.#tile.subarray(0, taken * width);
      tile.set(new Uint8Array(integers.buffer, integers.byteOffset + from * width, taken * width));
      // Adding 128 turns the sign bit of each of four integers.
      const fours = new Uint32Array(tile.buffer, 0, tile.length / 4);
      for (let c = 0; c < fours.length; c++) fours[c]! ^= 0x80808080;
      await this.products.of(tile, this.memory.ints(this.#at.products, taken * this.#groups * this.group));
      for (let r = 0; r < taken; r++) this.#searchRow(rows, from + r, r, lists);
      step(taken);
    }
  }

  close(): Promise<void> {
    return this.products.close();
  }

  #searchRow({first, data, quantised}: Rows, row: number, inTile: number, lists: NearestLists): void {
    const {cols, k, same} = this.options;
    const square = quantised.squares[row]!;
    const error = quantised.errors[row]!;
    /** The place of the row among the points of the block, if it is one. */
    const self = same ? first + row - this.points.first : -1;
    this.#scalars[SCALE / BYTES] = 2 * quantised.scales[row]!;
    this.#exact.from(data, row * cols);
    const products = this.#at.products + inTile * this.#groups * this.group * BYTES;
    const found = this.#found;
    const minima = this.#minima;
    let known = 0;

    const full = lists.limit(row) !== Infinity;
    if (!full) {
      this.memory.call(
        'minima',
        products,
        this.#at.scales,
        this.#at.squares,
        this.#at.scalars,
        this.#groups,
        this.group / STEP,
        this.#at.minima,
      );
      const wanted = k + 1;
      this.#sorted.set(minima);
      const limit = this.#groups < wanted ? Infinity : kthSmallest(this.#sorted, wanted);
      this.#bound(0, limit);
      let end = this.#at.found;
      for (let g = 0; g < this.#groups; g++)
        if (minima[g]! <= limit) end = this.#collect(products, g, 1, end);
      known = this.#keep(found, (end - this.#at.found) / BYTES, self, 0);
      this.#measure(0, known, row, lists);
      if (known === this.points.quantised.rows - (self >= 0 && self < this.points.quantised.rows ? 1 : 0))
        return;
    }

    const reach = this.#reach(lists.limit(row)) + error;
    const limit = above(reach * reach - square + ROUNDING * (reach * reach + square));
    this.#bound(above(2 * reach), limit);
    let end = this.#at.found + known * BYTES;
    if (full) end = this.#collect(products, 0, this.#groups, end);
    else
      for (let g = 0; g < this.#groups; g++)
        if (minima[g]! - 2 * reach * this.#largest[g]! <= limit) end = this.#collect(products, g, 1, end);
    const kept = this.#keep(found, (end - this.#at.found) / BYTES, self, known);
    this.#measure(known, this.#exact.within(lists.limit(row), found, known, kept), row, lists);
  }

  /** A distance as it is given, in the units of the quantiser, with all that its own rounding and underflow may hide. */
  #reach(distance: number): number {
    const {cols, scale} = this.options;
    const rounding = 4 * (cols + 8) * 2 ** -53;
    return Math.sqrt(distance * distance * (1 + rounding) + cols * 2 ** -1020) * scale * (1 + 2 ** -50);
  }

  /** What `collect` compares with. A bound that float32 cannot hold lets every point pass. */
  #bound(reach: number, limit: number): void {
    const finite = reach < Infinity && limit < Infinity;
    this.#scalars[REACH / BYTES] = finite ? reach : 0;
    this.#scalars[LIMIT / BYTES] = finite ? limit : Infinity;
  }

  #collect(products: number, group: number, groups: number, end: number): number {
    const first = group * this.group;
    const bytes = first * BYTES;
    this.memory.call(
      'collect',
      products + bytes,
      this.#at.scales + bytes,
      this.#at.squares + bytes,
      this.#at.errors + bytes,
      this.#at.scalars,
      (groups * this.group) / STEP,
      first,
      end,
    );
    return this.#end[0]!;
  }

  /** Of the points from `known` on keeps those that are there, are not the row itself and not among the first `known`. */
  #keep(found: Int32Array, count: number, self: number, known: number): number {
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
