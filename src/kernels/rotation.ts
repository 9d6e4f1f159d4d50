import {uniformInt} from 'pure-rand/distribution/uniformInt';
import {xoroshiro128plus} from 'pure-rand/generator/xoroshiro128plus';
import {permutation} from './decimation.js';
import type {WasmInstance} from './wasm-instance.js';
import {f32x4, i32, times, v128, wasmFunction} from './wasm.js';

const BYTES = 4;
/** Numbers of a vector, which a stage does not mix; the permutation does. */
const LANES = 4;
/** Lengths of blocks with an even number of stages, so that what makes them orthogonal is a power of two. */
const BLOCKS = [1024, 256, 64, 16];

/** The columns, filled up to a whole number of vectors. */
export const widthOf = (cols: number): number => Math.ceil(cols / LANES) * LANES;

/**
 * One stage of the transform on stretches of 2 `apart` bytes: x, y become x + y, x - y for numbers that are `apart` bytes from each
 * other. `turns` vectors make a half of a stretch.
 */
const stage = wasmFunction(
  'stage',
  {params: ['x', 'apart', 'turns', 'stretches'], ints: ['y', 'turn'], vectors: ['a', 'b']},
  l => [
    times(l.stretches, [
      l.y.set(i32.add(l.x.get, l.apart.get)),
      l.turn.set(l.turns.get),
      times(l.turn, [
        l.a.set(v128.load(l.x.get)),
        l.b.set(v128.load(l.y.get)),
        v128.store(l.x.get, f32x4.add(l.a.get, l.b.get)),
        v128.store(l.y.get, f32x4.sub(l.a.get, l.b.get)),
        l.x.increase(i32.const(LANES * BYTES)),
        l.y.increase(i32.const(LANES * BYTES)),
      ]),
      l.x.set(l.y.get),
    ]),
  ],
);

/** Writes numbers of rows of `vectors` vectors in another order, times factors. The order is given as bytes from the start of a row. */
const permute = wasmFunction(
  'permute',
  {params: ['from', 'to', 'order', 'factors', 'vectors', 'rows'], ints: ['o', 'f', 'vector'], vectors: ['x']},
  l => [
    times(l.rows, [
      l.o.set(l.order.get),
      l.f.set(l.factors.get),
      l.vector.set(l.vectors.get),
      times(l.vector, [
        ...Array.from({length: LANES}, (_, lane) =>
          l.x.set(
            v128.load32Lane(lane)(
              i32.add(l.from.get, i32.load(i32.add(l.o.get, i32.const(lane * BYTES)))),
              l.x.get,
            ),
          ),
        ),
        v128.store(l.to.get, f32x4.mul(l.x.get, v128.load(l.f.get))),
        ...[l.to, l.o, l.f].map(pointer => pointer.increase(i32.const(LANES * BYTES))),
      ]),
      l.from.increase(i32.mul(l.vectors.get, i32.const(LANES * BYTES))),
    ]),
  ],
);

/** The functions of a rotation. */
export const ROTATION = [stage, permute];

/**
 * A fixed orthogonal map that makes the coordinates of a vector alike in size: twice random signs, a random order, and the
 * Walsh-Hadamard transform of blocks of it (Ailon and Chazelle 2009). What does not fill a block is mixed by one more that overlaps the
 * last. Distances stay as they are; in float32 the result is off by at most `ROUNDING` of the length of the vector.
 */
export class Rotation {
  /** Every stage rounds once: two rounds of at most two blocks of eight, and some to spare. */
  static readonly ROUNDING = 40 * 2 ** -24;

  /** Numbers of a row: the columns, and zeros up to a whole number of vectors. */
  readonly width: number;
  /** Where each number of a row that is to be turned comes from, and by what it is multiplied: powers of two with random signs. */
  readonly order: Int32Array;
  readonly factors: Float32Array;
  /** Where rows, with their numbers in that order and multiplied, are put to be turned: an address. */
  readonly rows: number;
  /** Numbers of a block; 0 if a row is too short for one. */
  readonly #block: number;
  /** What a stage that adds and subtracts makes too large, over all stages of a block: a power of two. */
  readonly #scale: number;
  /** Addresses: of what becomes of them, and of the order and factors of the second round. */
  readonly #at: Readonly<Record<'turned' | 'order' | 'factors', number>>;

  /**
   * @param memory has the functions of `ROTATION`
   * @param most rows that are turned at once
   */
  constructor(
    cols: number,
    most: number,
    private readonly memory: WasmInstance,
  ) {
    const width = (this.width = widthOf(cols));
    this.#block = BLOCKS.find(length => length <= width) ?? 0;
    this.#scale = this.#block === 0 ? 1 : 1 / Math.sqrt(this.#block / LANES);
    const whole = this.#block === 0 ? 0 : width - (width % this.#block);
    const generator = xoroshiro128plus(1);
    const int = (n: number): number => uniformInt(generator, 0, n - 1);
    const round = (): {order: Int32Array; factors: Float32Array} => ({
      order: permutation(width, {int}),
      factors: Float32Array.from(
        {length: width},
        (_, c) => (int(2) === 0 ? 1 : -1) * (c < whole ? this.#scale : 1),
      ),
    });
    const [first, second] = [round(), round()];
    this.order = first.order;
    this.factors = first.factors;
    this.#at = {
      order: memory.put(second.order.map(place => place * BYTES)),
      factors: memory.put(second.factors),
      turned: memory.place(most * width * BYTES),
    };
    this.rows = memory.place(most * width * BYTES);
  }

  /** Turns so many rows: the address of what becomes of them. */
  turn(rows: number): number {
    const {turned, order, factors} = this.#at;
    this.#mix(this.rows, rows);
    this.memory.call('permute', this.rows, turned, order, factors, this.width / LANES, rows);
    this.#mix(turned, rows);
    return turned;
  }

  #mix(at: number, rows: number): void {
    const {width} = this;
    const block = this.#block;
    if (block === 0) return;
    const rest = width % block;
    if (rest === 0) {
      this.#transform(at, (rows * width) / block);
      return;
    }
    const x = this.memory.singles(at, rows * width);
    for (let row = 0; row < rows * width; row += width) {
      this.#transform(at + row * BYTES, (width - rest) / block);
      const last = row + width - block;
      for (let c = last; c < last + block; c++) x[c]! *= this.#scale;
      this.#transform(at + last * BYTES, 1);
    }
  }

  #transform(at: number, blocks: number): void {
    for (let apart = LANES; apart < this.#block; apart *= 2)
      this.memory.call('stage', at, apart * BYTES, apart / LANES, (blocks * this.#block) / (2 * apart));
  }
}
