import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {columnStatistics, finiteStatistics} from '../../src/kernels/column-statistics.js';
import {columnsOf, rowsOf} from '../../src/kernels/columns.js';
import type {Matrix} from '../../src/kernels/matrix.js';
import {TurnedRows} from '../../src/kernels/turned-rows.js';
import {mulberry32} from '../golden/golden.js';

function random(seed: number, rows: number, cols: number, type: 'float32' | 'float64'): Matrix {
  const u = mulberry32(seed);
  const values = Array.from({length: rows * cols}, () => 3 + (u() - 0.5) * 2 ** Math.floor(20 * u() - 10));
  return {rows, cols, data: type === 'float32' ? Float32Array.from(values) : Float64Array.from(values)};
}

const shapes = fc.record({
  seed: fc.nat(),
  rows: fc.integer({min: 1, max: 40}),
  cols: fc.integer({min: 1, max: 40}),
  type: fc.constantFrom('float32' as const, 'float64' as const),
});
/** More rows than are worked on at once, and rows that are long; of odd and even numbers. */
const LARGE = [
  [1001, 700],
  [3, 30_001],
  [2, 300_000],
  [20_000, 5],
] as const;

function expectStatistics({rows, cols, data}: Matrix): void {
  const {means, least, most} = columnStatistics({rows, cols, data});
  for (let c = 0; c < cols; c++) {
    let [sum, low, high] = [0, Infinity, -Infinity];
    for (let r = 0; r < rows; r++) {
      const value = data[r * cols + c]!;
      sum += value;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (means[c] !== sum / rows || least[c] !== low || most[c] !== high)
      expect([c, means[c], least[c], most[c]]).toEqual([c, sum / rows, low, high]);
  }
}

describe('statistics of columns', () => {
  test('are those of a plain loop, bit by bit', () => {
    fc.assert(
      fc.property(shapes, ({seed, rows, cols, type}) => {
        expectStatistics(random(seed, rows, cols, type));
      }),
    );
    for (const [rows, cols] of LARGE)
      for (const type of ['float32', 'float64'] as const) expectStatistics(random(rows, rows, cols, type));
  });

  test('of no rows are zeros and infinities', () => {
    expect(columnStatistics({rows: 0, cols: 2, data: new Float32Array(0)})).toEqual({
      means: Float64Array.of(0, 0),
      least: Float32Array.of(Infinity, Infinity),
      most: Float32Array.of(-Infinity, -Infinity),
    });
  });

  test('are refused where a number is not finite, or its square would not be', () => {
    for (const [value, what] of [
      [NaN, 'row 7, column 2: NaN where a finite number was expected'],
      [-Infinity, 'row 7, column 2: -Infinity where a finite number was expected'],
      [1e200, 'row 7, column 2: 1e+200 is too large, its square is no longer a finite number'],
    ] as const) {
      const x = random(1, 5, 3, 'float64');
      x.data[2 * 3 + 2] = value;
      expect(() => finiteStatistics(x, 5)).toThrow(what);
    }
    const x = random(1, 5, 3, 'float32');
    x.data[4] = NaN;
    expect(() => finiteStatistics(x)).toThrow('row 1, column 1: NaN where a finite number was expected');
  });
});

/** Bit by bit what a plain loop makes of it. */
function expectTurned(x: Matrix): void {
  const {rows, cols, data} = x;
  const {means} = columnStatistics(x);
  const round = data instanceof Float64Array ? (value: number) => value : Math.fround;
  const {columns, squares} = columnsOf(x, means, 0.5);
  const wide = new TurnedRows().turn(x, means);
  expect({rows: wide.rows, cols: wide.cols}).toEqual({rows: cols, cols: rows});
  const long = columns.stretches[0]!.cols;
  for (let r = 0; r < rows; r++) {
    const stretch = columns.stretches[Math.floor(r / long)]!;
    let sum = 0;
    for (let c = 0; c < cols; c++) {
      const moved = data[r * cols + c]! - means[c]!;
      const value = round(moved * 0.5);
      const found = [stretch.data[c * stretch.cols + (r % long)], wide.data[c * rows + r]];
      if (found[0] !== value || found[1] !== moved) expect([r, c, ...found]).toEqual([r, c, value, moved]);
      sum += value * value;
    }
    if (squares[r] !== sum) expect([r, squares[r]]).toEqual([r, sum]);
  }
}

describe('a matrix turned', () => {
  test('is that of a plain loop, bit by bit', () => {
    fc.assert(
      fc.property(shapes, ({seed, rows, cols, type}) => {
        expectTurned(random(seed, rows, cols, type));
      }),
    );
    for (const [rows, cols] of LARGE) expectTurned(random(cols, rows, cols, 'float32'));
  });

  test('and turned back is what it was', () => {
    for (const [rows, cols] of LARGE) {
      const x = random(cols, rows, cols, 'float32');
      const {columns, squares} = columnsOf(x, new Float64Array(cols), 1);
      expect(columns.stretches).toHaveLength(Math.ceil(rows / 16_384));
      expect(Buffer.compare(Buffer.from(rowsOf(columns).data.buffer), Buffer.from(x.data.buffer))).toBe(0);
      expect(squares).toHaveLength(rows);
    }
  });
});
