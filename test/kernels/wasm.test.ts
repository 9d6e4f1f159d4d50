import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {i32, times, v128, wasmFunction} from '../../src/kernels/wasm.js';
import {WasmInstance} from '../../src/kernels/wasm-instance.js';

describe('WasmInstance', () => {
  it('runs what was assembled, with constants of any size', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        const sum = wasmFunction('sum', {params: ['target'], ints: [], vectors: []}, ({target}) => [
          v128.store(target.get, v128.add(v128.splat(i32.const(a)), v128.splat(i32.const(b)))),
        ]);
        const wasm = new WasmInstance([sum]);
        const target = wasm.place(16);
        wasm.call('sum', target);
        expect(new Int32Array(wasm.bytes(target, 16).slice().buffer)).toEqual(
          new Int32Array(4).fill((a + b) | 0),
        );
      }),
    );
  });

  it('repeats as often as told, and grows its memory', () => {
    const fill = wasmFunction(
      'fill',
      {params: ['target', 'count', 'value'], ints: [], vectors: []},
      ({target, count, value}) => [
        times(count, [v128.store(target.get, v128.splat(value.get)), target.increase(i32.const(16))]),
      ],
    );
    const wasm = new WasmInstance([fill]);
    const before = wasm.put(Uint8Array.of(1, 2, 3));
    const target = wasm.place(1_600_000);
    wasm.call('fill', target, 99_999, 0x01010101);
    const bytes = wasm.bytes(target, 1_600_000);
    expect(bytes.lastIndexOf(1)).toBe(99_999 * 16 - 1);
    expect(bytes.indexOf(0)).toBe(99_999 * 16);
    expect([...wasm.bytes(before, 3)]).toEqual([1, 2, 3]);
  });
});
