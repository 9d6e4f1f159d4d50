import {setFlagsFromString} from 'node:v8';
import {assemble, type WasmFunction} from './wasm.js';

/** A memory that threads share; it can be sent to them. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What is used here of the global that Node has; its types come only with those of a browser. */
declare const WebAssembly: {
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (
    module: object,
    imports?: {readonly shared: {readonly memory: SharedMemory}},
  ) => {readonly exports: Readonly<Record<string, unknown>>};
  Memory: new (size: {initial: number; maximum: number; shared: true}) => SharedMemory;
};

const PAGE = 65536;

/** Bytes after everything that is placed, which functions may read and write beyond their data. */
export const SLACK = 16;

/** Bytes that a length takes up where things are placed one after another. */
export const placed = (length: number): number => Math.ceil((length + SLACK) / 16) * 16;

function compiled(bytes: Uint8Array<ArrayBuffer>): object {
  // Node 20 has the relaxed vector instructions behind a flag.
  if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return new WebAssembly.Module(bytes);
}

/** A memory of so many bytes that threads share. */
export function sharedMemory(bytes: number): SharedMemory {
  const pages = Math.ceil(bytes / PAGE);
  return new WebAssembly.Memory({initial: pages, maximum: pages, shared: true});
}

type Call = (...args: readonly number[]) => void;

/** Functions at work on a memory that threads share. */
export function functionsOn(
  functions: readonly WasmFunction[],
  memory: SharedMemory,
): Readonly<Record<string, Call>> {
  const module = compiled(assemble(functions, true));
  return new WebAssembly.Instance(module, {shared: {memory}}).exports as Readonly<Record<string, Call>>;
}

/** Functions at work on a memory of their own, in which data are placed one after another until it is cleared. */
export class WasmInstance {
  readonly functions: Readonly<Record<string, Call>>;
  readonly #memory: Memory;
  #end = 0;

  constructor(functions: readonly WasmFunction[]) {
    const {exports} = new WebAssembly.Instance(compiled(assemble(functions)));
    this.functions = exports as Readonly<Record<string, Call>>;
    this.#memory = exports['memory'] as Memory;
  }

  /** Everything that was placed is forgotten. */
  clear(): void {
    this.#end = 0;
  }

  /** Room for so many bytes: its address, a multiple of 16. */
  place(length: number): number {
    const start = this.#end;
    this.#end += placed(length);
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return start;
  }

  /** Copies data in: their address. */
  put({buffer, byteOffset, byteLength}: ArrayBufferView): number {
    const start = this.place(byteLength);
    this.bytes(start, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
    return start;
  }

  /** A view of the memory; to be used before anything else is placed. */
  bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, start, length);
  }

  /** As `bytes`, of 64-bit numbers. */
  floats(start: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, start, length);
  }

  /** As `bytes`, of 32-bit numbers. */
  singles(start: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, start, length);
  }

  /** As `bytes`, of 32-bit integers. */
  ints(start: number, length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer, start, length);
  }

  call(name: string, ...args: readonly number[]): void {
    this.functions[name]!(...args);
  }
}
