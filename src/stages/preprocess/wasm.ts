/**
 * A small assembler of WebAssembly, for loops that need the vector instructions that JavaScript lacks. An expression is the bytes of
 * its instructions; operands come first, as on the stack machine. Encodings are those of the WebAssembly core specification 2.0.
 */
export type Code = readonly number[];

/** Unsigned LEB128. */
function uleb(value: number): number[] {
  const low = value & 0x7f;
  return value > 0x7f ? [low | 0x80, ...uleb(value >>> 7)] : [low];
}

/** Signed LEB128. */
function sleb(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  return rest === (low & 0x40 ? -1 : 0) ? [low] : [low | 0x80, ...sleb(rest)];
}

const op =
  (...code: number[]) =>
  (...operands: Code[]): Code => [...operands.flat(), ...code];
const vector = (code: number, ...more: number[]): ((...operands: Code[]) => Code) => op(0xfd, ...uleb(code), ...more);

export const i32 = {
  const: (value: number): Code => [0x41, ...sleb(value)],
  /** The number at an address. */
  load: op(0x28, 2, 0),
  add: op(0x6a),
  mul: op(0x6c),
  shl: op(0x74),
  less: op(0x48),
};

/** Vectors of 128 bits; names as in the specification. */
export const v128 = {
  load: vector(0x00, 0, 0),
  /** Four bytes at an address; the rest is 0. */
  load32Zero: vector(0x5c, 0, 0),
  /** The number at an address, four times. */
  load32Splat: vector(0x09, 2, 0),
  /** (address, vector) */
  store: vector(0x0b, 0, 0),
  /** (address, vector): its first four bytes. */
  store32: vector(0x5a, 0, 0, 0),
  splat: vector(0x11),
  add: vector(0xae),
  mul: vector(0xb5),
  shiftRight: vector(0xac),
  bytesLow: vector(0x89),
  bytesHigh: vector(0x8a),
  shortsLow: vector(0xa9),
  shortsHigh: vector(0xaa),
  /** Two vectors of four integers to one of eight, saturated. */
  narrowInts: vector(0x85),
  /** Two vectors of eight signed integers to one of sixteen unsigned bytes, saturated. */
  narrowShorts: vector(0x66),
};

/** Runs the body, then again for as long as the condition holds. */
export const repeat = (body: readonly Code[], condition: Code): Code => [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0, 0x0b];

export class Local {
  constructor(readonly index: number) {}
  get get(): Code {
    return [0x20, this.index];
  }
  set(value: Code): Code {
    return [...value, 0x21, this.index];
  }
  /** Adds to an integer. */
  increase(by: Code): Code {
    return this.set(i32.add(this.get, by));
  }
}

/** A function of integers without a result: its parameters, then its other locals, then the body made of them. */
export interface WasmFunction {
  readonly name: string;
  readonly params: number;
  readonly ints: number;
  readonly vectors: number;
  body(locals: readonly Local[]): readonly Code[];
}

const I32 = 0x7f;
const V128 = 0x7b;

const sized = (bytes: Code): number[] => [...uleb(bytes.length), ...bytes];
const list = (items: readonly Code[]): number[] => [...uleb(items.length), ...items.flat()];
const section = (id: number, items: readonly Code[]): number[] => [id, ...sized(list(items))];
const text = (value: string): number[] => sized([...Buffer.from(value)]);

/** The bytes of a module of functions over one memory, which it exports as `memory`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(f => [0x60, ...list(Array.from({length: f.params}, () => [I32])), 0]);
  const bodies = functions.map(({params, ints, vectors, body}) => {
    const locals = Array.from({length: params + ints + vectors}, (_, i) => new Local(i));
    const declared = list([
      [...uleb(ints), I32],
      [...uleb(vectors), V128],
    ]);
    return sized([...declared, ...body(locals).flat(), 0x0b]);
  });
  const exported = functions.map((f, i) => [...text(f.name), 0, ...uleb(i)]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(3, functions.map((_, i) => uleb(i))),
    ...section(5, [[0, 1]]),
    ...section(7, [[...text('memory'), 2, 0], ...exported]),
    ...section(10, bodies),
  ]);
}

/** What is used here of the global that Node has; its types come only with those of a browser. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => {readonly exports: Readonly<Record<string, unknown>>};
};

const PAGE = 65536;

/** Functions at work on a memory of their own. */
export class WasmInstance {
  readonly #memory: {readonly buffer: ArrayBuffer; grow(pages: number): number};
  readonly #exports: Readonly<Record<string, unknown>>;

  constructor(functions: readonly WasmFunction[]) {
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(assemble(functions))).exports;
    this.#memory = this.#exports.memory as typeof this.#memory;
  }

  /** The memory, at least this many bytes of it; what was there stays. Views of it end when it grows. */
  memory(bytes: number): ArrayBuffer {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return this.#memory.buffer;
  }

  call(name: string, ...args: number[]): void {
    (this.#exports[name] as (...args: number[]) => void)(...args);
  }
}
