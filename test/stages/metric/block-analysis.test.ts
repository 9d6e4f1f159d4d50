import {describe, expect, test} from 'vitest';
import type {Row, Table} from '../../../src/stages/ports.js';
import {failure} from '../load/run-stage.js';
import {ID, tidyTable} from '../plot/tables.js';
import {runMetric} from './run-metric.js';

const table = (rows: (row: Row) => Row = row => row): Table => {
  const made = tidyTable({
    label: 'id',
    value: ID,
    layers: ['a', 'b'],
    fractions: [1, 0.25],
    repeats: 4,
    measure: ({index, fraction, repeat}) =>
      fraction === 0.25 && repeat === 2 ? 'insufficient' : 10 * index + [1, 2, 9, 6][repeat]!,
  });
  const kept = made.rows.filter(row => row['fraction'] !== 1 || row['repeat'] === 0);
  return {
    ...made,
    rows: kept.map(row => rows({...row, scale: 1 + Number(row['repeat'])})),
    columns: [...made.columns, {name: 'scale', type: 'float', description: 'distance'}],
  };
};
const analyse = (of: Table, params: object = {}): Promise<Row[]> =>
  runMetric('metric/block-analysis', {...params}, {tables: [of]});

describe('block analysis', () => {
  test('gives mean, spread and error of each size, and counts what has no value', async () => {
    const [whole, quarter, ...others] = await analyse(table());
    expect(whole).toMatchObject({
      layer: 'a',
      fraction: 1,
      mean: 1,
      std: 0,
      std_error: 0,
      subsets: 1,
      skipped: 0,
    });
    expect(quarter).toMatchObject({
      layer: 'a',
      fraction: 0.25,
      group: null,
      mean: 3,
      subsets: 3,
      skipped: 1,
      n: 125,
    });
    const std = Math.sqrt((4 + 1 + 9) / 3);
    expect(quarter!['std']).toBeCloseTo(std, 14);
    expect(quarter!['std_error']).toBeCloseTo(std / Math.sqrt(3), 14);
    expect(quarter!['scale']).toBeCloseTo((1 + 2 + 4) / 3, 14);
    expect(others.map(row => [row['layer'], row['mean']])).toEqual([
      ['b', 11],
      ['b', 13],
    ]);
  });

  test('says why where no subset has a value', async () => {
    const [, quarter] = await analyse(
      table(row => (row['layer'] === 'a' ? {...row, id: null, status: 'constant'} : row)),
    );
    expect(quarter).toMatchObject({subsets: 0, skipped: 4, status: 'constant'});
    expect(quarter!['mean'] ?? null).toBeNull();
  });

  test('averages the column that is asked for', async () => {
    const rows = await analyse(table(), {y: 'scale'});
    expect(rows[0]!['mean']).toBe(1);
    expect(rows[1]!['mean']).toBeCloseTo(7 / 3, 14);
  });

  test('refuses what it cannot average', async () => {
    const {columns, ...rest} = table();
    const without = {...rest, columns: columns.filter(c => c.name !== 'subset')};
    expect(await failure(analyse(without))).toContain('E501 the table of "id" has no column "subset"');
    expect(await failure(analyse(table(), {y: 'dim'}))).toBe(
      'E501 the table of "id" has no column of values "dim" (it has: id, scale)',
    );
    expect(await failure(analyse(table(row => ({...row, subset: 'full'}))))).toContain(
      'has several rows for one subset',
    );
  });
});
