import type {Code, Local} from './wasm.js';
import {f32x4, f64x2, i32, times, v128, wasmFunction} from './wasm.js';

// What makes integers of a row of float32, by vector instructions.

const VECTOR = 16;
/** Bytes of a number, and numbers of a vector. */
const FOUR = 4;

/** Numbers of a row that are read and written on the way: as bytes from where they begin. */
export const LARGEST = 0;
export const INVERSE = 4;
export const SCALE = 8;
/** Of each sum two halves. */
export const [LOST, LENGTH, SQUARE] = [16, 32, 48];
export const ROUNDING_BYTES = 64;

const at = (start: Local, bytes: number): Code => i32.add(start.get, i32.const(bytes));

const high = (x: Code): Code => v128.pick([2, 3, 2, 3])(x, x);

/**
 * Numbers of a row in another order, less shifts and times factors in float64, in float32. The order is given as bytes from the start of
 * the row.
 *
 * @param pair two numbers at addresses, in float64
 */
const gather = (name: string, pair: (a: Code, b: Code) => Code) =>
  wasmFunction(
    name,
    {params: ['row', 'to', 'order', 'shifts', 'factors', 'turns'], ints: [], vectors: ['a', 'b']},
    l => {
      const place = (n: number): Code => i32.add(l.row.get, i32.load(at(l.order, n * FOUR)));
      return [
        times(l.turns, [
          ...[l.a, l.b].map((x, half) =>
            x.set(
              f64x2.mul(
                f64x2.sub(
                  pair(place(2 * half), place(2 * half + 1)),
                  v128.loadAfter(half * VECTOR)(l.shifts.get),
                ),
                v128.loadAfter(half * VECTOR)(l.factors.get),
              ),
            ),
          ),
          v128.store(l.to.get, v128.pick([0, 1, 4, 5])(f32x4.ofDoubles(l.a.get), f32x4.ofDoubles(l.b.get))),
          ...[l.to, l.order].map(pointer => pointer.increase(i32.const(VECTOR))),
          ...[l.shifts, l.factors].map(pointer => pointer.increase(i32.const(2 * VECTOR))),
        ]),
      ];
    },
  );

export const GATHER = [
  gather('gather32', (a, b) => f64x2.ofFloats(v128.load32Lane(1)(b, v128.load32Zero(a)))),
  gather('gather64', (a, b) => v128.load64Lane(1)(b, v128.load64Zero(0)(a))),
];

/** The largest absolute value of a row, into its numbers. */
export const largest = wasmFunction(
  'largest',
  {params: ['row', 'turns', 'numbers'], ints: [], vectors: ['most']},
  l => [
    times(l.turns, [
      l.most.set(f32x4.max(l.most.get, f32x4.abs(v128.load(l.row.get)))),
      l.row.increase(i32.const(VECTOR)),
    ]),
    l.most.set(f32x4.max(l.most.get, v128.pick([2, 3, 0, 1])(l.most.get, l.most.get))),
    l.most.set(f32x4.max(l.most.get, v128.pick([1, 0, 3, 2])(l.most.get, l.most.get))),
    v128.store32(at(l.numbers, LARGEST), l.most.get),
  ],
);

/**
 * The integers nearest to a row times its inverse scale, and in float64 the sums of squares of what they lose, of the row itself and of
 * the integers.
 */
export const round = wasmFunction(
  'round',
  {
    params: ['row', 'turns', 'numbers', 'integers'],
    ints: [],
    vectors: ['inverse', 'scale', 'x', 'q', 'a', 'b', 'lost', 'length', 'square'],
  },
  l => {
    const addSquare = (sum: Local, x: Local): Code => sum.set(f64x2.add(sum.get, f64x2.mul(x.get, x.get)));
    return [
      l.inverse.set(v128.load32Splat(at(l.numbers, INVERSE))),
      l.scale.set(f64x2.loadSplat(at(l.numbers, SCALE))),
      times(l.turns, [
        l.x.set(v128.load(l.row.get)),
        l.q.set(f32x4.nearest(f32x4.mul(l.x.get, l.inverse.get))),
        ...[(x: Code) => x, high].flatMap(half => [
          l.a.set(f64x2.ofFloats(half(l.x.get))),
          l.b.set(f64x2.ofFloats(half(l.q.get))),
          addSquare(l.length, l.a),
          addSquare(l.square, l.b),
          l.a.set(f64x2.sub(l.a.get, f64x2.mul(l.b.get, l.scale.get))),
          addSquare(l.lost, l.a),
        ]),
        l.q.set(f32x4.toInts(l.q.get)),
        l.q.set(v128.narrowInts(l.q.get, l.q.get)),
        v128.store32(l.integers.get, v128.narrowSigned(l.q.get, l.q.get)),
        l.row.increase(i32.const(VECTOR)),
        l.integers.increase(i32.const(FOUR)),
      ]),
      v128.store(at(l.numbers, LOST), l.lost.get),
      v128.store(at(l.numbers, LENGTH), l.length.get),
      v128.store(at(l.numbers, SQUARE), l.square.get),
    ];
  },
);
