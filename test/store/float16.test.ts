import {expect, test} from 'vitest';
import {encodeHalf, halfValues} from '../../src/store/codecs/float16.js';

test('every finite half survives decoding and encoding', () => {
  const values = halfValues();
  for (let h = 0; h < 65536; h++) if (!Number.isNaN(values[h]!)) expect(encodeHalf(values[h]!)).toBe(h);
});

test('rounds to nearest, ties to even, across the subnormal border and to infinity', () => {
  const values = halfValues();
  for (let h = 0; h < 0x7bff; h++) {
    const middle = (values[h]! + values[h + 1]!) / 2;
    expect(encodeHalf(middle)).toBe(h % 2 === 0 ? h : h + 1);
    expect(encodeHalf(-middle)).toBe((h % 2 === 0 ? h : h + 1) | 0x8000);
  }
  expect(encodeHalf(65519)).toBe(0x7bff);
  expect(encodeHalf(65520)).toBe(0x7c00);
  expect(encodeHalf(3e-8)).toBe(1);
  expect(encodeHalf(2.9e-8)).toBe(0);
  expect(encodeHalf(NaN) & 0x7c00).toBe(0x7c00);
});
