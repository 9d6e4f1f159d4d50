import type {Code} from './wasm.js';
import {f32x4, i32, times, v128, wasmFunction, when, whenElse} from './wasm.js';

// Loops over the products of one row with points, by vector instructions.

const BYTES = 4;
const VECTOR = 16;
/** Points of a step: four vectors. */
export const STEP = 16;

/** Scalars of a row, in memory: 2 scale, 2 reach, limit, and where the last point was written. */
export const [SCALE, REACH, LIMIT, END] = [0, 4, 8, 12];

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
export const minima = wasmFunction(
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

/**
 * Writes the numbers of the points whose score, less 2 reach times their error, does not exceed the limit. Groups are left out if their
 * smallest score, less 2 reach times their largest error, exceeds it: rounding keeps the order, so that none of their points would pass.
 */
export const collect = wasmFunction(
  'collect',
  {
    params: ['products', 'scales', 'squares', 'errors', 'minima', 'largest', 'row', 'groups', 'steps', 'out'],
    ints: ['index', 'step', 'mask'],
    vectors: ['scale', 'reach', 'limit', 'm0', 'm1', 'm2', 'm3'],
  },
  l => {
    const at = {products: l.products.get, scales: l.scales.get, squares: l.squares.get};
    const masks = [l.m0, l.m1, l.m2, l.m3];
    const splat = (bytes: number): Code => v128.load32Splat(i32.add(l.row.get, i32.const(bytes)));
    const passes = (score: Code, error: Code): Code =>
      f32x4.lessOrEqual(f32x4.sub(score, f32x4.mul(error, l.reach.get)), l.limit.get);
    const onward = (bytes: Code): Code[] =>
      [l.products, l.scales, l.squares, l.errors].map(pointer => pointer.increase(bytes));
    return [
      l.scale.set(splat(SCALE)),
      l.reach.set(splat(REACH)),
      l.limit.set(splat(LIMIT)),
      times(l.groups, [
        whenElse(
          v128.any(passes(v128.load32Splat(l.minima.get), v128.load32Splat(l.largest.get))),
          [
            l.step.set(l.steps.get),
            times(l.step, [
              ...masks.map((mask, m) =>
                mask.set(
                  passes(score(at, l.scale.get, m * VECTOR), v128.loadAfter(m * VECTOR)(l.errors.get)),
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
                      l.mask.set(
                        i32.add(i32.and(l.mask.get, i32.add(l.mask.get, i32.const(-1))), i32.const(1)),
                      ),
                    ]),
                  ]),
                ]),
              ]),
              l.index.increase(i32.const(STEP)),
              ...onward(i32.const(STEP * BYTES)),
            ]),
          ],
          [
            l.index.increase(i32.mul(l.steps.get, i32.const(STEP))),
            ...onward(i32.mul(l.steps.get, i32.const(STEP * BYTES))),
          ],
        ),
        ...[l.minima, l.largest].map(pointer => pointer.increase(i32.const(BYTES))),
      ]),
      i32.store(i32.add(l.row.get, i32.const(END)), l.out.get),
    ];
  },
);
