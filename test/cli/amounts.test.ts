import {describe, expect, test} from 'vitest';
import {formatSize, parseSize} from '../../src/cli/size.js';
import {formatSpan, parseSpan} from '../../src/cli/span.js';

describe('sizes', () => {
  test.each([
    ['0B', 0],
    ['50GB', 50e9],
    ['500 mb', 500e6],
    ['1.5TB', 1.5e12],
    ['10GiB', 10 * 2 ** 30],
    ['2kB', 2000],
  ])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', '50', 'GB', '-1GB', '5 bits', '1e3GB', '1,5GB', '5 G B'])('"%s" is none', text => {
    expect(() => parseSize(text)).toThrow(`E726 "${text}" is not a size`);
  });

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9999, '10.0 kB'],
    [12_345, '12.3 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [50e9, '50.0 GB'],
    [5e15, '5000 TB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatSize(bytes)).toBe(text));
});

describe('spans of time', () => {
  test.each([
    ['90m', 5_400_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
    ['0.5 s', 500],
  ])('%s is %i ms', (text, ms) => expect(parseSpan(text)).toBe(ms));

  test.each(['', '30', 'd', '-1d', '3 months', '1y'])('"%s" is none', text => {
    expect(() => parseSpan(text)).toThrow(`E726 "${text}" is not a span of time`);
  });

  test.each([
    [-5, '0 seconds'],
    [1000, '1 second'],
    [3_599_000, '59 minutes'],
    [7_200_000, '2 hours'],
    [86_400_000, '1 day'],
    [40 * 86_400_000, '40 days'],
  ])('%i ms are %s', (ms, text) => expect(formatSpan(ms)).toBe(text));
});
