import {describe, expect, test} from 'vitest';
import {figureDifference} from '../../src/runner/reproduce/figure-difference.js';
import {layerDifference} from '../../src/runner/reproduce/layer-difference.js';
import {within} from '../../src/runner/reproduce/part-difference.js';
import {tableDifference} from '../../src/runner/reproduce/table-difference.js';
import type {Layer} from '../../src/stages/ports.js';

describe('tables', () => {
  const rows = [
    {layer: 'a', index: 0, id: 2, status: 'ok'},
    {layer: 'b', index: 1, id: null, status: 'few'},
    {layer: 'b', index: 1, id: -4, status: 'ok'},
  ];

  test('are compared row by row, by what a row is about and not by where it stands', () => {
    const [a, b, c] = rows;
    const moved = tableDifference(rows, [b!, c!, a!]);
    expect(moved).toMatchObject({rows: 3, missingRows: 0, addedRows: 0, columns: []});
    // Their digests differ: the order of rows is part of what a table says.
    expect(within(moved, 1)).toBe(false);
    expect(tableDifference(rows, [a!, b!, {...c!, layer: 'c'}])).toMatchObject({
      rows: 2,
      missingRows: 1,
      addedRows: 1,
      columns: [],
    });
  });

  test('of spectra are compared rank by rank', () => {
    const spectrum = [1, 2, 3].map(rank => ({layer: 'a', index: 0, rank, share: 0.5 ** rank, status: 'ok'}));
    const difference = tableDifference(spectrum, spectrum.slice(1));
    expect(difference).toMatchObject({rows: 2, missingRows: 1, addedRows: 0, columns: []});
  });

  test('differ by the largest differences of a column; what is no number has to be the same', () => {
    const now = rows.map(row => ({...row, id: row.id === null ? null : row.id * 1.5}));
    const numbers = tableDifference(rows, now);
    expect(numbers.columns).toEqual([{column: 'id', rows: 2, unlike: 0, absolute: 2, relative: 1 / 3}]);
    expect(within(numbers, 0.34)).toBe(true);
    expect(within(numbers, 0.33)).toBe(false);
    const nulls = tableDifference(
      rows,
      now.map(row => ({...row, id: row.id ?? 0})),
    );
    expect(nulls.columns).toEqual([{column: 'id', rows: 3, unlike: 1, absolute: 2, relative: 1 / 3}]);
    expect(within(nulls, 1)).toBe(false);
  });

  test('may have lost or gained columns', () => {
    const now = rows.map(({layer, index, id}) => ({layer, index, id, n: 3}));
    const difference = tableDifference(rows, now);
    expect(difference).toMatchObject({missingColumns: ['status'], addedColumns: ['n'], columns: []});
    expect(within(difference, 1)).toBe(false);
  });
});

describe('layers', () => {
  const layer = (values: readonly number[], block: number, dim = 2): Layer => ({
    name: 'x',
    index: 0,
    depth: 0,
    rows: values.length / dim,
    tokens: 1,
    dim,
    dtype: 'float64',
    async *blocks() {
      await Promise.resolve();
      for (let i = 0; i < values.length; i += block)
        yield {start: i / dim, count: block / dim, data: Float64Array.from(values.slice(i, i + block))};
    },
    matrix: () => Promise.reject(new Error('a layer is never read whole')),
  });

  test('are compared number by number, however they are cut into blocks', async () => {
    const a = layer([1, 2, 3, 4, 5, -8], 4);
    const b = layer([1, 2, 3, 4.5, 5, -8], 2);
    expect(await layerDifference(a, a)).toEqual({kind: 'layer', absolute: 0, largest: 8});
    for (const difference of [await layerDifference(a, b), await layerDifference(b, a)]) {
      expect(difference).toEqual({kind: 'layer', absolute: 0.5, largest: 8});
      expect(within(difference, 0.0625)).toBe(true);
      expect(within(difference, 0.0624)).toBe(false);
    }
    expect(await layerDifference(layer([NaN, 1], 2), layer([0, 1], 2))).toMatchObject({absolute: Infinity});
  });

  test('of other shapes are not', async () => {
    const difference = await layerDifference(layer([1, 2, 3, 4], 4), layer([1, 2, 3, 4], 4, 4));
    expect(difference).toEqual({kind: 'shape', before: [2, 1, 2], now: [1, 1, 4]});
    expect(within(difference, 1)).toBe(false);
  });
});

test('figures are compared by the numbers that they show', () => {
  const figure = {
    mark: 'line',
    data: [
      {x: 1, y: 2},
      {x: 2, y: null},
    ],
  };
  const other = (row: object): unknown => ({...figure, data: [row, figure.data[1]]});
  expect(figureDifference(figure, structuredClone(figure)).relative).toBe(0);
  expect(figureDifference(figure, other({y: 2.5, x: 1})).relative).toBe(0.2);
  for (const row of [{x: 1, y: '2'}, {x: 1}, {x: 1, z: 2}, {x: 1, y: null}, [1, 2]])
    expect(figureDifference(figure, other(row)).relative).toBeNull();
  expect(within({kind: 'figure', relative: 0.2}, 0.2)).toBe(true);
  expect(within({kind: 'figure', relative: null}, 1)).toBe(false);
});
