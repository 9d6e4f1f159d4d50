import {uniformInt} from 'pure-rand/distribution/uniformInt';
import {xoroshiro128plus} from 'pure-rand/generator/xoroshiro128plus';
import {permutation} from './decimation.js';
import {WasmInstance} from './wasm-instance.js';
import {f32x4, i32, times, v128, wasmFunction} from './wasm.js';

const BYTES = 4;
/** Numbers of a vector, which a stage does not mix; the permutation does. */
const LANES = 4;
/** Lengths of blocks with an even number of stages, so that what makes them orthogonal is a power of two. */
const BLOCKS = [1024, 256, 64, 16];
const ROUNDS = 2;

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
  readonly #memory = new WasmInstance([stage]);
  readonly #rounds: {readonly order: Int32Array; readonly factors: Float32Array}[];
  /** Numbers of a block; 0 if a row is too short for one. */
  readonly #block: number;
  /** What a stage that adds and subtracts makes too large, over all stages of a block: a power of two. */
  readonly #scale: number;

  constructor(cols: number) {
    const width = (this.width = Math.ceil(cols / LANES) * LANES);
    this.#block = BLOCKS.find(length => length <= width) ?? 0;
    this.#scale = 1 / Math.sqrt(this.#block / LANES);
    const whole = this.#block === 0 ? 0 : width - (width % this.#block);
    const generator = xoroshiro128plus(1);
    const int = (n: number): number => uniformInt(generator, 0, n - 1);
    this.#rounds = Array.from({length: this.#block === 0 ? 0 : ROUNDS}, () => ({
      order: permutation(width, {int}),
      factors: Float32Array.from(
        {length: width},
        (_, c) => (int(2) === 0 ? 1 : -1) * (c < whole ? this.#scale : 1),
      ),
    }));
  }

  /** Turns rows of `width` numbers in place. */
  apply(x: Float32Array): void {
    const {width} = this;
    this.#memory.clear();
    const at = this.#memory.place(x.byteLength);
    const turned = this.#memory.singles(at, x.length);
    for (const {order, factors} of this.#rounds) {
      for (let row = 0; row < x.length; row += width)
        for (let c = 0; c < width; c++) turned[row + c] = x[row + order[c]!]! * factors[c]!;
      this.#mix(at, turned);
      x.set(turned);
    }
  }

  #mix(at: number, turned: Float32Array): void {
    const {width} = this;
    const block = this.#block;
    const rest = width % block;
    if (rest === 0) {
      this.#transform(at, turned.length / block);
      return;
    }
    for (let row = 0; row < turned.length; row += width) {
      this.#transform(at + row * BYTES, (width - rest) / block);
      const last = row + width - block;
      for (let c = last; c < last + block; c++) turned[c]! *= this.#scale;
      this.#transform(at + last * BYTES, 1);
    }
  }

  #transform(at: number, blocks: number): void {
    for (let apart = LANES; apart < this.#block; apart *= 2)
      this.#memory.call('stage', at, apart * BYTES, apart / LANES, (blocks * this.#block) / (2 * apart));
  }
}
