import {type Code, i32, type Local, repeat, times, v128, wasmFunction} from '../../kernels/wasm.js';

/** Bits of the fraction of a fixed-point coefficient; 8-bit sums with overshoot then fit into 32 bits. */
export const BITS = 22;

// Sums of pixels times coefficients. An output position is described by a span (first input position, count), 8 bytes, and by
// `stride` coefficients of 4 bytes, of which the first `count` are used. Sums begin at a half and then lose their fraction, so they
// are rounded; narrowing clamps them to a byte. Up to 15 bytes beyond the data are read and written.

const HALF = v128.splat(i32.const(1 << (BITS - 1)));
const SPAN = i32.const(8);
const INT = i32.const(4);

/** Rows of pixels, each vector one pixel; what it holds beyond the channels is nonsense that the next pixel overwrites. */
const alongX = wasmFunction(
  'alongX',
  {
    params: ['source', 'pitch', 'target', 'rows', 'width', 'channels', 'spans', 'coefficients', 'stride'],
    ints: ['columns', 'span', 'base', 'pixel', 'factor', 'end'],
    vectors: ['sum'],
  },
  ({
    source,
    pitch,
    target,
    rows,
    width,
    channels,
    spans,
    coefficients,
    stride,
    columns,
    span,
    base,
    pixel,
    factor,
    end,
    sum,
  }) => [
    times(rows, [
      span.set(spans.get),
      base.set(coefficients.get),
      columns.set(width.get),
      times(columns, [
        pixel.set(i32.add(source.get, i32.mul(i32.load(span.get), channels.get))),
        factor.set(base.get),
        end.set(i32.add(base.get, i32.mul(i32.load(i32.add(span.get, INT)), INT))),
        sum.set(HALF),
        repeat(
          [
            sum.set(
              v128.add(
                sum.get,
                v128.mul(
                  v128.shortsLow(v128.bytesLow(v128.load32Zero(pixel.get))),
                  v128.load32Splat(factor.get),
                ),
              ),
            ),
            pixel.increase(channels.get),
            factor.increase(INT),
          ],
          i32.less(factor.get, end.get),
        ),
        sum.set(v128.shiftRight(sum.get, i32.const(BITS))),
        sum.set(v128.narrowInts(sum.get, sum.get)),
        v128.store32(target.get, v128.narrowShorts(sum.get, sum.get)),
        target.increase(channels.get),
        span.increase(SPAN),
        base.increase(i32.mul(stride.get, INT)),
      ]),
      source.increase(pitch.get),
    ]),
  ],
);

/** Rows of `length` bytes, sixteen at a time; what is written beyond the end of a row is overwritten by the next. */
const alongY = wasmFunction(
  'alongY',
  {
    params: ['source', 'length', 'target', 'height', 'spans', 'coefficients', 'stride'],
    ints: ['first', 'column', 'pixel', 'factor', 'end'],
    vectors: ['bytes', 'low', 'high', 'weight', 'a', 'b', 'c', 'd'],
  },
  ({
    source,
    length,
    target,
    height,
    spans,
    coefficients,
    stride,
    first,
    column,
    pixel,
    factor,
    end,
    ...vectors
  }) => {
    const {bytes, low, high, weight, a, b, c, d} = vectors;
    const accumulate = (sum: Local, ints: Code): Code =>
      sum.set(v128.add(sum.get, v128.mul(ints, weight.get)));
    const rounded = (sum: Local): Code => v128.shiftRight(sum.get, i32.const(BITS));
    return [
      times(height, [
        first.set(i32.add(source.get, i32.mul(i32.load(spans.get), length.get))),
        end.set(i32.add(coefficients.get, i32.mul(i32.load(i32.add(spans.get, INT)), INT))),
        column.set(i32.const(0)),
        repeat(
          [
            pixel.set(i32.add(first.get, column.get)),
            factor.set(coefficients.get),
            ...[a, b, c, d].map(sum => sum.set(HALF)),
            repeat(
              [
                bytes.set(v128.load(pixel.get)),
                low.set(v128.bytesLow(bytes.get)),
                high.set(v128.bytesHigh(bytes.get)),
                weight.set(v128.load32Splat(factor.get)),
                accumulate(a, v128.shortsLow(low.get)),
                accumulate(b, v128.shortsHigh(low.get)),
                accumulate(c, v128.shortsLow(high.get)),
                accumulate(d, v128.shortsHigh(high.get)),
                pixel.increase(length.get),
                factor.increase(INT),
              ],
              i32.less(factor.get, end.get),
            ),
            v128.store(
              i32.add(target.get, column.get),
              v128.narrowShorts(
                v128.narrowInts(rounded(a), rounded(b)),
                v128.narrowInts(rounded(c), rounded(d)),
              ),
            ),
            column.increase(i32.const(16)),
          ],
          i32.less(column.get, length.get),
        ),
        target.increase(length.get),
        spans.increase(SPAN),
        coefficients.increase(i32.mul(stride.get, INT)),
      ]),
    ];
  },
);

export const RESAMPLE = [alongX, alongY];
