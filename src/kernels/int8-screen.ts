import {EXACT_DISTANCES, ExactDistances} from './exact-distances.js';
import type {Int8Products} from './int8-products.js';
import {openInt8Products} from './int8-products.js';
import type {FloatArray} from './matrix.js';
import type {NearestLists} from './nearest-lists.js';
import type {Quantised} from './quantised.js';
import {kthSmallest} from './kth-smallest.js';
import {WasmInstance} from './wasm-instance.js';
import type {Code} from './wasm.js';
import {f32x4, i32, times, v128, when, wasmFunction} from './wasm.js';

/** Rows, and the numbers that go with them. */
export interface Rows {
  /** As given: rows x cols. */
  readonly data: FloatArray;
  readonly quantised: Quantised;
}

const BYTES = 4;
const VECTOR = 16;
/** Points of a step of `collect`, four vectors. */
const STEP = 16;
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

/** Scalars of a row, in memory: 2 scale, 2 reach, limit, and where the last point was written. */
const [SCALE, REACH, LIMIT, END] = [0, 4, 8, 12];

/** square - 2 scale_i scale_j product: of points that follow `points` by so many bytes. */
const score = (at: {products: Code; scales: Code; squares: Code}, scale: Code, bytes: number): Code =>
  f32x4.sub(
    v128.loadAfter(bytes)(at.squares),
    f32x4.mul(
      f32x4.mul(f32x4.ofInts(v128.loadAfter(bytes)(at.products)), v128.loadAfter(bytes)(at.scales)),
      scale,
    ),
  );

/** The smallest score of every group of points. */
const minima = wasmFunction(
  'minima',
  {
    params: ['products', 'scales', 'squares', 'row', 'groups', 'steps', 'out'],
    ints: ['step'],
    vectors: ['scale', 'a', 'b'],
  },
  l => {
    const at = {products: l.products.get, scales: l.scales.get, squares: l.squares.get};
    const next = (bytes: number): Code => score(at, l.scale.get, bytes);
    return [
      l.scale.set(v128.load32Splat(i32.add(l.row.get, i32.const(SCALE)))),
      times(l.groups, [
        l.a.set(next(0)),
        l.b.set(next(VECTOR)),
        l.step.set(l.steps.get),
        times(l.step, [
          l.a.set(f32x4.min(f32x4.min(l.a.get, next(0)), next(2 * VECTOR))),
          l.b.set(f32x4.min(f32x4.min(l.b.get, next(VECTOR)), next(3 * VECTOR))),
          ...[l.products, l.scales, l.squares].map(p => p.increase(i32.const(STEP * BYTES))),
        ]),
        l.a.set(f32x4.min(l.a.get, l.b.get)),
        l.a.set(f32x4.min(l.a.get, v128.pick([2, 3, 0, 1])(l.a.get, l.a.get))),
        l.a.set(f32x4.min(l.a.get, v128.pick([1, 0, 3, 2])(l.a.get, l.a.get))),
        v128.store32(l.out.get, l.a.get),
        l.out.increase(i32.const(BYTES)),
      ]),
    ];
  },
);

/** Writes the numbers of the points whose score, less 2 reach times their error, does not exceed the limit. */
const collect = wasmFunction(
  'collect',
  {
    params: ['products', 'scales', 'squares', 'errors', 'row', 'steps', 'index', 'out'],
    ints: ['mask'],
    vectors: ['scale', 'reach', 'limit', 'm0', 'm1', 'm2', 'm3'],
  },
  l => {
    const at = {products: l.products.get, scales: l.scales.get, squares: l.squares.get};
    const masks = [l.m0, l.m1, l.m2, l.m3];
    const splat = (bytes: number): Code => v128.load32Splat(i32.add(l.row.get, i32.const(bytes)));
    return [
      l.scale.set(splat(SCALE)),
      l.reach.set(splat(REACH)),
      l.limit.set(splat(LIMIT)),
      times(l.steps, [
        ...masks.map((mask, m) =>
          mask.set(
            f32x4.lessOrEqual(
              f32x4.sub(
                score(at, l.scale.get, m * VECTOR),
                f32x4.mul(v128.loadAfter(m * VECTOR)(l.errors.get), l.reach.get),
              ),
              l.limit.get,
            ),
          ),
        ),
        when(v128.any(v128.or(v128.or(l.m0.get, l.m1.get), v128.or(l.m2.get, l.m3.get))), [
          ...masks.flatMap((mask, m) => [
            l.mask.set(v128.signs(mask.get)),
            when(l.mask.get, [
              times(l.mask, [
                i32.store(
                  l.out.get,
                  i32.add(i32.add(l.index.get, i32.const(4 * m)), i32.trailingZeros(l.mask.get)),
                ),
                l.out.increase(i32.const(BYTES)),
                // Clears the lowest bit; `times` takes one from it.
                l.mask.set(i32.add(i32.and(l.mask.get, i32.add(l.mask.get, i32.const(-1))), i32.const(1))),
              ]),
            ]),
          ]),
        ]),
        l.index.increase(i32.const(STEP)),
        ...[l.products, l.scales, l.squares, l.errors].map(p => p.increase(i32.const(STEP * BYTES))),
      ]),
      i32.store(i32.add(l.row.get, i32.const(END)), l.out.get),
    ];
  },
);
export const INT8_SCREEN = [minima, collect, ...EXACT_DISTANCES];

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
    private readonly cols: number,
    private readonly first: number,
    private readonly k: number,
    private readonly scale: number,
    private readonly group: number,
    private readonly products: Int8Products,
  ) {
    const {rows, scales, squares, errors, integers} = points.quantised;
    this.#groups = Math.ceil(rows / group);
    const padded = this.#groups * group;
    memory.clear();
    this.#exact = new ExactDistances(memory, points.data, cols);
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
   * @param memory of the functions of INT8_SCREEN; what it held is gone
   * @param points a block of points, quantised by the same quantiser as the rows will be
   * @param first the number of the first of them among all
   * @param k length of the lists
   * @param scale that of the quantiser
   */
  static async open(
    memory: WasmInstance,
    points: Rows,
    cols: number,
    first: number,
    k: number,
    scale: number,
    threads: number | undefined,
  ): Promise<Int8Screen> {
    const {rows, integers} = points.quantised;
    let group = LARGEST_GROUP;
    while (group > STEP && rows / group < GROUPS_PER_NEIGHBOR * (k + 1)) group /= 2;
    const width = integers.length / rows;
    const padded = new Int8Array(Math.ceil(rows / group) * group * width);
    padded.set(integers);
    const products = await openInt8Products(padded, width, threads);
    return new Int8Screen(memory, points, cols, first, k, scale, group, products);
  }

  /**
   * Offers the points of this block to the lists of some rows.
   *
   * @param firstRow the number of the first of the rows in the lists
   * @param same whether rows and points are numbered alike: then a row is not offered to itself
   */
  async search(
    rows: Rows,
    firstRow: number,
    lists: NearestLists,
    same: boolean,
    step: (rows: number) => void,
  ): Promise<void> {
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
      for (let r = 0; r < taken; r++) {
        const row = firstRow + from + r;
        this.#searchRow(rows, from + r, r, row, same ? row - this.first : -1, lists);
      }
      step(taken);
    }
  }

  close(): Promise<void> {
    return this.products.close();
  }

  #searchRow(
    {data, quantised}: Rows,
    at: number,
    inTile: number,
    row: number,
    self: number,
    lists: NearestLists,
  ): void {
    const square = quantised.squares[at]!;
    const error = quantised.errors[at]!;
    this.#scalars[0] = 2 * quantised.scales[at]!;
    this.#exact.from(data, at * this.cols);
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
      const wanted = this.k + 1;
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
    const rounding = 4 * (this.cols + 8) * 2 ** -53;
    return (
      Math.sqrt(distance * distance * (1 + rounding) + this.cols * 2 ** -1020) * this.scale * (1 + 2 ** -50)
    );
  }

  /** What `collect` compares with. A bound that float32 cannot hold lets every point pass. */
  #bound(reach: number, limit: number): void {
    const finite = reach < Infinity && limit < Infinity;
    this.#scalars[1] = finite ? reach : 0;
    this.#scalars[2] = finite ? limit : Infinity;
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
    for (let n = from; n < to; n++) lists.offer(row, this.first + this.#found[n]!, this.#distances[n]!);
  }
}
