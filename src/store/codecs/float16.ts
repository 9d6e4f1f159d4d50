/** IEEE half precision. Written here because apache-arrow 21 encodes values near zero as infinities. */

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** Nearest half-precision bit pattern, ties to even; overflow gives infinity. */
export function encodeHalf(value: number): number {
  floats[0] = value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: a multiple of 2^-24. Adding 0.5 puts its last bit at the last bit of the float, which then rounds to even.
    floats[0] = Math.abs(floats[0]) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

let decoded: Float32Array | undefined;

/** The value of every bit pattern. */
export function halfValues(): Float32Array {
  if (decoded !== undefined) return decoded;
  decoded = new Float32Array(65536);
  for (let h = 0; h < 65536; h++) {
    const exponent = (h >>> 10) & 31;
    const fraction = h & 1023;
    const size =
      exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : exponent === 0
          ? fraction * 2 ** -24
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    decoded[h] = h & 0x8000 ? -size : size;
  }
  return decoded;
}
