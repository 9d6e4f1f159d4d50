import {describe, expect, it} from 'vitest';
import {formatNumber, formatSpread} from '../../src/report/number.js';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [0.125, '0.125'],
    [13.5573, '13.56'],
    [9.1000001, '9.100'],
    [99.996, '100.0'],
    [-0.099812, '-0.09981'],
    [1234.5678, '1235'],
    [123456.789, '123457'],
    [50000, '50000'],
    [-1503, '-1503'],
    [0.00012345, '0.0001234'],
    [0.000012345, '1.234e-5'],
    [12345678.9, '1.235e+7'],
    [2e-7, '2e-7'],
    [NaN, 'NaN'],
  ])('%d is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('formatSpread', () => {
  it.each([
    [13.5573, 0.1234, '13.56 ± 0.12'],
    [11.5, 0, '11.50 ± 0.00'],
    [0, 0, '0 ± 0'],
    [0.0012, 3.4, '0.001 ± 3.400'],
    [21345.6, 123.4, '21346 ± 123'],
    [3e-6, 1e-7, '3e-6 ± 1e-7'],
  ])('%d, %d is %s', (mean, std, text) => {
    expect(formatSpread(mean, std)).toBe(text);
  });
});
