import {i32, repeat, v128, type WasmFunction} from './wasm.js';

/** Bits of the fraction of a fixed-point coefficient; 8-bit sums with overshoot then fit into 32 bits. */
export const BITS = 22;

/** Bytes that the kernels may read and write beyond their data. */
export const SLACK = 16;

const HALF = v128.splat(i32.const(1 << (BITS - 1)));
const four = i32.const(4);

/**
 * Sums of pixels times coefficients. An output position is described by `spans`: pairs (first input position, count), and by
 * `stride` coefficients, of which the first `count` are used. Sums begin at a half and lose their fraction: rounded, and clamped
 * to a byte by narrowing.
 *
 * alongX(source, pitch, target, rows, width, channels, spans, coefficients, stride): each vector holds the channels of one pixel;
 * what it holds beyond them is nonsense that the next pixel overwrites.
 */
const alongX: WasmFunction = {
  name: 'alongX',
  params: 9,
  ints: 6,
  vectors: 1,
  body([source, pitch, target, rows, width, channels, spans, coefficients, stride, span, left, base, pixel, k, end, sum]) {
    return [
      repeat(
        [
          span!.set(spans!.get),
          base!.set(coefficients!.get),
          left!.set(width!.get),
          repeat(
            [
              pixel!.set(i32.add(source!.get, i32.mul(i32.load(span!.get), channels!.get))),
              k!.set(base!.get),
              end!.set(i32.add(k!.get, i32.mul(i32.load(i32.add(span!.get, four)), four))),
              sum!.set(HALF),
              repeat(
                [
                  sum!.set(v128.add(sum!.get, v128.mul(v128.shortsLow(v128.bytesLow(v128.load32Zero(pixel!.get))), v128.load32Splat(k!.get)))),
                  pixel!.increase(channels!.get),
                  k!.increase(four),
                ],
                i32.less(k!.get, end!.get),
              ),
              sum!.set(v128.shiftRight(sum!.get, i32.const(BITS))),
              sum!.set(v128.narrowInts(sum!.get, sum!.get)),
              v128.store32(target!.get, v128.narrowShorts(sum!.get, sum!.get)),
              target!.increase(channels!.get),
              span!.increase(i32.const(8)),
              base!.increase(i32.mul(stride!.get, four)),
              left!.increase(i32.const(-1)),
            ],
            i32.less(i32.const(0), left!.get),
          ),
          source!.increase(pitch!.get),
          rows!.increase(i32.const(-1)),
        ],
        i32.less(i32.const(0), rows!.get),
      ),
    ];
  },
};

/**
 * alongY(source, length, target, height, spans, coefficients, stride): rows of `length` bytes, sixteen at a time; what is written
 * beyond the end of a row is overwritten by the next.
 */
const alongY: WasmFunction = {
  name: 'alongY',
  params: 7,
  ints: 5,
  vectors: 8,
  body([source, length, target, height, spans, coefficients, stride, column, pixel, k, end, row, bytes, low, high, factor, a, b, c, d]) {
    const sums = [a!, b!, c!, d!];
    const quarters = [v128.shortsLow(low!.get), v128.shortsHigh(low!.get), v128.shortsLow(high!.get), v128.shortsHigh(high!.get)];
    const [ints0, ints1, ints2, ints3] = sums.map(s => v128.shiftRight(s.get, i32.const(BITS)));
    return [
      repeat(
        [
          row!.set(i32.add(source!.get, i32.mul(i32.load(spans!.get), length!.get))),
          end!.set(i32.add(coefficients!.get, i32.mul(i32.load(i32.add(spans!.get, four)), four))),
          column!.set(i32.const(0)),
          repeat(
            [
              pixel!.set(i32.add(row!.get, column!.get)),
              k!.set(coefficients!.get),
              ...sums.map(s => s.set(HALF)),
              repeat(
                [
                  bytes!.set(v128.load(pixel!.get)),
                  factor!.set(v128.load32Splat(k!.get)),
                  low!.set(v128.bytesLow(bytes!.get)),
                  high!.set(v128.bytesHigh(bytes!.get)),
                  ...sums.map((s, i) => s.set(v128.add(s.get, v128.mul(quarters[i]!, factor!.get)))),
                  pixel!.increase(length!.get),
                  k!.increase(four),
                ],
                i32.less(k!.get, end!.get),
              ),
              v128.store(
                i32.add(target!.get, column!.get),
                v128.narrowShorts(v128.narrowInts(ints0!, ints1!), v128.narrowInts(ints2!, ints3!)),
              ),
              column!.increase(i32.const(16)),
            ],
            i32.less(column!.get, length!.get),
          ),
          target!.increase(length!.get),
          spans!.increase(i32.const(8)),
          coefficients!.increase(i32.mul(stride!.get, four)),
          height!.increase(i32.const(-1)),
        ],
        i32.less(i32.const(0), height!.get),
      ),
    ];
  },
};

export const RESAMPLE: readonly WasmFunction[] = [alongX, alongY];
