/**
 * A small assembler of WebAssembly, for loops that need the vector instructions that JavaScript lacks. An expression is the bytes of
 * its instructions; operands come first, as on the stack machine. Encodings are those of the WebAssembly core specification 3.0.
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
const vector = (code: number, ...more: number[]): ((...operands: Code[]) => Code) =>
  op(0xfd, ...uleb(code), ...more);

export const i32 = {
  const: (value: number): Code => [0x41, ...sleb(value)],
  /** The number at an address. */
  load: op(0x28, 2, 0),
  /** (address, value) */
  store: op(0x36, 2, 0),
  add: op(0x6a),
  sub: op(0x6b),
  mul: op(0x6c),
  and: op(0x71),
  shiftRight: op(0x76),
  less: op(0x48),
  /** The number of zero bits below the lowest bit that is set. */
  trailingZeros: op(0x68),
};

/** Vectors of 128 bits; names as in the specification. */
export const v128 = {
  load: vector(0x00, 0, 0),
  /** What is so many bytes after an address. */
  loadAfter: (bytes: number) => vector(0x00, 0, ...uleb(bytes)),
  /** Four bytes at an address; the rest is 0. */
  load32Zero: vector(0x5c, 0, 0),
  /** Eight bytes that are so many bytes after an address; the rest is 0. */
  load64Zero: (bytes: number) => vector(0x5d, 0, ...uleb(bytes)),
  /** The number at an address, four times. */
  load32Splat: vector(0x09, 2, 0),
  /** (address, vector): a number of the vector becomes that at the address. */
  load32Lane: (lane: number) => vector(0x56, 2, 0, lane),
  /** As `load32Lane`, of two numbers of 64 bits. */
  load64Lane: (lane: number) => vector(0x57, 3, 0, lane),
  /** (address, vector) */
  store: vector(0x0b, 0, 0),
  /** So many bytes after the address. */
  storeAfter: (bytes: number) => vector(0x0b, 0, ...uleb(bytes)),
  /** (address, vector): its first four bytes. */
  store32: vector(0x5a, 0, 0, 0),
  /** (address, vector): its first eight bytes. */
  store64: vector(0x5b, 0, 0, 0),
  splat: vector(0x11),
  add: vector(0xae),
  mul: vector(0xb5),
  /** Of two integers of 64 bits. */
  longSub: vector(0xd1),
  shiftRight: vector(0xac),
  bytesLow: vector(0x89),
  bytesHigh: vector(0x8a),
  shortsLow: vector(0xa9),
  shortsHigh: vector(0xaa),
  /** Two vectors of four integers to one of eight, saturated. */
  narrowInts: vector(0x85),
  /** Two vectors of eight signed integers to one of sixteen signed bytes, saturated. */
  narrowSigned: vector(0x65),
  /** Two vectors of eight signed integers to one of sixteen unsigned bytes, saturated. */
  narrowShorts: vector(0x66),
  or: vector(0x50),
  /** Whether any bit is set. */
  any: vector(0x53),
  /** The sign bits of four numbers as the low bits of an integer. */
  signs: vector(0xa4),
  /** Four of the eight numbers of two vectors, by their places. */
  pick: (places: readonly [number, number, number, number]) =>
    vector(0x0d, ...places.flatMap(place => [0, 1, 2, 3].map(byte => 4 * place + byte))),
};

/** Vectors of four numbers of 32 bits. */
export const f32x4 = {
  add: vector(0xe4),
  sub: vector(0xe5),
  mul: vector(0xe6),
  min: vector(0xe8),
  max: vector(0xe9),
  abs: vector(0xe0),
  /** The nearest whole numbers. */
  nearest: vector(0x6a),
  /** Of two numbers of 64 bits; the rest is 0. */
  ofDoubles: vector(0x5e),
  /** As signed integers, cut towards 0. */
  toInts: vector(0xf8),
  /** All bits of a number set where the first is less than or equal to the second, none elsewhere. */
  lessOrEqual: vector(0x45),
  /** Of four signed integers, rounded. */
  ofInts: vector(0xfa),
};

/** Vectors of two numbers of 64 bits. */
export const f64x2 = {
  zero: vector(0x0c, ...new Array<number>(16).fill(0))(),
  one: vector(0x0c, ...new Uint8Array(Float64Array.of(1, 1).buffer))(),
  /** The number at an address, twice. */
  loadSplat: vector(0x0a, 3, 0),
  add: vector(0xf0),
  sub: vector(0xf1),
  mul: vector(0xf2),
  div: vector(0xf3),
  min: vector(0xf4),
  max: vector(0xf5),
  sqrt: vector(0xef),
  /** a b + c, rounded once where the processor can: the last bit depends on it, as it does of a product on ONNX Runtime. */
  relaxedMadd: vector(0x107),
  /** c - a b, as `relaxedMadd`. */
  relaxedNmadd: vector(0x108),
  /** Of the first two of four numbers of 32 bits. */
  ofFloats: vector(0x5f),
  /** All bits of a number set where the first is less than or equal to the second, none elsewhere. */
  lessOrEqual: vector(0x4b),
  /** The first numbers of two vectors. */
  firsts: v128.pick([0, 1, 4, 5]),
  /** The second numbers of two vectors. */
  seconds: v128.pick([2, 3, 6, 7]),
};

/** Runs the body, then again for as long as the condition holds. */
export const repeat = (body: readonly Code[], condition: Code): Code => [
  0x03,
  0x40,
  ...body.flat(),
  ...condition,
  0x0d,
  0,
  0x0b,
];

/** Runs the body if the condition holds. */
export const when = (condition: Code, body: readonly Code[]): Code => [
  ...condition,
  0x04,
  0x40,
  ...body.flat(),
  0x0b,
];

/** Runs one body if the condition holds, the other if not. */
export const whenElse = (condition: Code, body: readonly Code[], other: readonly Code[]): Code => [
  ...condition,
  0x04,
  0x40,
  ...body.flat(),
  0x05,
  ...other.flat(),
  0x0b,
];

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

/** As `repeat`, so many times as a local says, at least once; it ends at 0. */
export const times = (count: Local, body: readonly Code[]): Code =>
  repeat([...body, count.increase(i32.const(-1))], i32.less(i32.const(0), count.get));

/** A function of integers, without a result. */
export interface WasmFunction {
  readonly name: string;
  readonly params: number;
  readonly ints: number;
  readonly vectors: number;
  readonly body: Code;
}

/** Declares a function by the names of its parameters and of its other locals, integers and vectors, and a body made of them. */
export function wasmFunction<P extends string, I extends string, V extends string>(
  name: string,
  {params, ints, vectors}: {params: readonly P[]; ints: readonly I[]; vectors: readonly V[]},
  body: (locals: Readonly<Record<P | I | V, Local>>) => readonly Code[],
): WasmFunction {
  const names = [...params, ...ints, ...vectors];
  const locals = Object.fromEntries(names.map((n, i) => [n, new Local(i)])) as Record<P | I | V, Local>;
  return {name, params: params.length, ints: ints.length, vectors: vectors.length, body: body(locals).flat()};
}

const I32 = 0x7f;
const V128 = 0x7b;

const sized = (bytes: Code): number[] => [...uleb(bytes.length), ...bytes];
const list = (items: readonly Code[]): number[] => [...uleb(items.length), ...items.flat()];
const section = (id: number, items: readonly Code[]): number[] => [id, ...sized(list(items))];
const text = (value: string): number[] => sized([...Buffer.from(value)]);

/** The most pages of a memory. */
const MOST_PAGES = 65536;

/**
 * The bytes of a module of functions over one memory: its own, which it exports as `memory`, or one that is shared by threads, which it
 * imports as `shared.memory`.
 */
export function assemble(functions: readonly WasmFunction[], shared = false): Uint8Array<ArrayBuffer> {
  const types = functions.map(f => [0x60, ...list(Array.from({length: f.params}, () => [I32])), 0]);
  const bodies = functions.map(({ints, vectors, body}) => {
    const declared = list([
      [...uleb(ints), I32],
      [...uleb(vectors), V128],
    ]);
    return sized([...declared, ...body, 0x0b]);
  });
  const exported = functions.map((f, i) => [...text(f.name), 0, ...uleb(i)]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, shared ? [[...text('shared'), ...text('memory'), 2, 3, 0, ...uleb(MOST_PAGES)]] : []),
    ...section(
      3,
      functions.map((_, i) => uleb(i)),
    ),
    ...section(5, shared ? [] : [[0, 1]]),
    ...section(7, shared ? exported : [[...text('memory'), 2, 0], ...exported]),
    ...section(10, bodies),
  ]);
}
