/**
 * The protobuf wire format, as far as ONNX uses it: varints, 64-bit, length-delimited and 32-bit fields.
 * Reading yields views of the input, never copies.
 * Source: "Protocol Buffers: Encoding", protobuf.dev.
 */

/** Bytes that are not what the format promises, and where. */
export class WireError extends Error {
  override readonly name = 'WireError';
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** Deeper nesting than this is refused, as protobuf's own parsers do. */
const MAX_DEPTH = 100;

/** A place in `bytes`, reading up to `end`. */
export class Reader {
  readonly bytes: Buffer;
  readonly view: DataView;
  pos: number;
  end: number;
  depth = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = 0;
    this.end = bytes.byteLength;
  }

  byte(): number {
    if (this.pos >= this.end) throw new WireError(this.pos, 'truncated');
    return this.bytes[this.pos++]!;
  }

  /** A varint as an unsigned integer; for tags and lengths, which fit in 2^53. */
  unsigned(): number {
    const start = this.pos;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const b = this.byte();
      value += (b & 0x7f) * scale;
      if (b < 0x80) return value;
      scale *= 128;
    }
    throw new WireError(start, 'a length or tag of more than 8 bytes');
  }

  /** A varint as a signed 64-bit integer. */
  int64(): bigint {
    const start = this.pos;
    let low = 0;
    let high = 0n;
    for (let i = 0; i < 10; i++) {
      const b = this.byte();
      if (i < 4) low += (b & 0x7f) * 2 ** (7 * i);
      else high |= BigInt(b & 0x7f) << BigInt(7 * i);
      if (b < 0x80) return i < 4 ? BigInt(low) : BigInt.asIntN(64, high | BigInt(low));
    }
    throw new WireError(start, 'an integer of more than 10 bytes');
  }

  /** A varint as a signed integer that a double holds exactly. */
  int(): number {
    const start = this.pos;
    const first = this.byte();
    if (first < 0x80) return first;
    this.pos = start;
    const value = Number(this.int64());
    if (!Number.isSafeInteger(value)) throw new WireError(start, `the integer ${value} is out of range`);
    return value;
  }

  /** A view of `count` bytes. */
  take(count: number): Uint8Array {
    if (count > this.end - this.pos) {
      throw new WireError(this.end, `truncated: ${count - (this.end - this.pos)} bytes missing`);
    }
    return this.bytes.subarray(this.pos, (this.pos += count));
  }

  /** Steps over the value of a field. */
  skip(wire: number): void {
    const start = this.pos;
    if (wire === VARINT) this.int64();
    else if (wire === FIXED64) this.take(8);
    else if (wire === BYTES) this.take(this.unsigned());
    else if (wire === FIXED32) this.take(4);
    else throw new WireError(start, `wire type ${wire}, which no ONNX field has`);
  }

  /** Runs `read` on the length-delimited message that starts here. */
  nested<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) throw new WireError(this.pos, `messages nested deeper than ${MAX_DEPTH}`);
    const length = this.unsigned();
    if (length > this.end - this.pos) {
      throw new WireError(this.end, `truncated: ${length - (this.end - this.pos)} bytes missing`);
    }
    const outer = this.end;
    this.end = this.pos + length;
    const value = read();
    this.end = outer;
    this.depth--;
    return value;
  }
}

/** Collects chunks; nothing large is copied until `bytes`. */
export class Writer {
  private readonly chunks: Uint8Array[] = [];
  private small: number[] = [];
  size = 0;

  private push(byte: number): void {
    this.small.push(byte);
    this.size++;
  }

  private flush(): void {
    if (this.small.length > 0) this.chunks.push(Uint8Array.from(this.small));
    this.small = [];
  }

  unsigned(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.push((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.push(rest);
  }

  int64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 128n) {
      this.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.push(Number(rest));
  }

  tag(field: number, wire: number): void {
    this.unsigned(field * 8 + wire);
  }

  raw(bytes: Uint8Array): void {
    if (bytes.byteLength < 64) for (const b of bytes) this.small.push(b);
    else {
      this.flush();
      this.chunks.push(bytes);
    }
    this.size += bytes.byteLength;
  }

  /** A length-delimited message, written by `write`. */
  nested(write: (inner: Writer) => void): void {
    const inner = new Writer();
    write(inner);
    inner.flush();
    this.unsigned(inner.size);
    for (const chunk of inner.chunks) this.raw(chunk);
  }

  bytes(): Uint8Array {
    this.flush();
    const out = new Uint8Array(this.size);
    let at = 0;
    for (const chunk of this.chunks) {
      out.set(chunk, at);
      at += chunk.byteLength;
    }
    return out;
  }
}
