import {createHash} from 'node:crypto';

/** What a key or a digest can be made of. `undefined` is refused: absent and null are different things. */
export type Canonical =
  null | boolean | number | string | readonly Canonical[] | {readonly [name: string]: Canonical};

/**
 * Format of the encoding below, hashed first. Raising it makes every result new.
 *
 * One tag byte, then: null, true, false nothing; integer (safe integers; -0 is not one) and float 8 bytes, NaN always
 * the same pattern; string its length in UTF-8 bytes and the bytes; list its length and the items; map its length and
 * the entries in code-unit order of their names. Lengths are 4 bytes, all numbers little-endian.
 */
const FORMAT = 1;

/** sha256 (hex) of a value under a domain: equal values give equal digests on every machine, in every locale. */
export function canonicalDigest(domain: string, value: Canonical): string {
  return createHash('sha256')
    .update(encode(`strata/${domain}/${FORMAT}`))
    .update(encode(value))
    .digest('hex');
}

/** The canonical bytes of a value. Different values have different bytes. */
export function encode(value: Canonical): Buffer {
  const writer = new Writer();
  writer.value(value, '');
  return writer.bytes();
}

class Writer {
  #buffer = Buffer.allocUnsafe(1024);
  #length = 0;

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  value(value: Canonical, where: string): void {
    if (value === null) this.#tag('n');
    else if (value === true) this.#tag('t');
    else if (value === false) this.#tag('f');
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#string(value);
    else if (Array.isArray(value)) {
      this.#tag('l');
      this.#size(value.length);
      value.forEach((item: Canonical, i) => this.value(item, `${where}.${i}`));
    } else if (typeof value === 'object') {
      const names = Object.keys(value).sort();
      this.#tag('m');
      this.#size(names.length);
      for (const name of names) {
        this.#string(name);
        this.value((value as Record<string, Canonical>)[name]!, `${where}.${name}`);
      }
    } else throw new Error(`no canonical form of ${typeof value} at "${where}"`);
  }

  #tag(tag: string): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = tag.charCodeAt(0);
  }

  #size(size: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32LE(size, this.#length);
  }

  #number(value: number): void {
    const integer = Number.isSafeInteger(value) && !Object.is(value, -0);
    this.#tag(integer ? 'i' : 'd');
    this.#reserve(8);
    if (integer) this.#length = this.#buffer.writeBigInt64LE(BigInt(value), this.#length);
    else if (Number.isNaN(value))
      this.#length = this.#buffer.writeBigUInt64LE(0x7ff8000000000000n, this.#length);
    else this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  #string(value: string): void {
    this.#tag('s');
    const size = Buffer.byteLength(value);
    this.#size(size);
    this.#reserve(size);
    this.#buffer.write(value, this.#length);
    this.#length += size;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
