import {describe, expect, test} from 'vitest';
import {distributionsOf} from '../../../src/stages/plot/distributions.js';
import {panelOf} from '../../../src/stages/plot/panel.js';
import {hasScales, scalePanelOf} from '../../../src/stages/plot/scale-panel.js';
import type {Row, Table} from '../../../src/stages/ports.js';
import {ID, tidyTable} from './tables.js';

/** Figures average samples, draws and tokens, not answers to different questions. */

const PROFILE = {y: null, series: 'auto', band: 'std'} as const;

/** A table of layers a and b with the rows of each made several: the value is 1 and 2, times the factor. */
function table(
  label: string,
  several: readonly (Row & {factor: number})[],
  fractions: readonly number[] = [1],
): Table {
  const layers = tidyTable({
    label,
    value: ID,
    layers: ['a', 'b'],
    fractions,
    measure: ({index}) => index + 1,
  });
  const rows = layers.rows.flatMap(row =>
    several.map(({factor, ...of}) => ({...row, ...of, id: factor * Number(row['id'])})),
  );
  const columns = Object.keys(several[0]!).filter(name => name !== 'factor' && name !== 'group');
  return {
    ...layers,
    rows,
    columns: [
      ...layers.columns,
      ...columns.map(name => ({name, type: 'string', description: name}) as const),
    ],
  };
}
const failure = (draw: () => unknown): string => {
  try {
    draw();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
};
const pointsOf = (of: Table): unknown[] =>
  panelOf(of, PROFILE).points.map(({series, layer, value}) => [series, layer, value]);

describe('a profile', () => {
  test('of several ranges has a line for each', () => {
    const alpha = table('alpha', [
      {range: '1-40', factor: 1},
      {range: '5-30', factor: 10},
    ]);
    expect(pointsOf(alpha)).toEqual([
      ['1-40', 'a', 1],
      ['1-40', 'b', 2],
      ['5-30', 'a', 10],
      ['5-30', 'b', 20],
    ]);
    expect(panelOf(alpha, PROFILE).notes).toEqual([]);
    expect(failure(() => panelOf(alpha, {...PROFILE, series: 'none'}))).toBe(
      'E501 rows of "alpha" that differ in "range" ("1-40", "5-30" ...) are about different things and are not averaged',
    );
  });

  test('of scales has a line for each', () => {
    const gride = table(
      'gride',
      [1, 2, 4].map(n => ({scale_n1: n, factor: n})),
    );
    expect(pointsOf(gride).map(point => (point as unknown[])[0])).toEqual(['1', '1', '2', '2', '4', '4']);
  });

  test('of pairs is refused, unless each layer has one partner', () => {
    const pairs = [
      {other: 'a', factor: 1},
      {other: 'b', factor: 3},
    ];
    expect(failure(() => panelOf(table('likeness', pairs), PROFILE))).toBe(
      'E501 rows of "likeness" that differ in "other" ("a", "b" ...) are about different things and are not averaged',
    );
    expect(pointsOf(table('likeness', pairs.slice(1)))).toEqual([
      [null, 'a', 3],
      [null, 'b', 6],
    ]);
  });

  test('of a spectrum is refused', () => {
    const ranks = Array.from({length: 40}, (_, r) => ({rank: r + 1, factor: 1 / (r + 1)}));
    expect(failure(() => panelOf(table('spectra', ranks), PROFILE))).toContain(
      'that differ in "rank" (1, 2 ...)',
    );
  });

  test('of all samples and of many classes is of all samples', () => {
    const classes = Array.from({length: 30}, (_, c) => ({group: `c${c}`, factor: 100}));
    const skewness = table('kstar', [{group: null, factor: 1}, ...classes]);
    expect(pointsOf(skewness)).toEqual([
      [null, 'a', 1],
      [null, 'b', 2],
    ]);
    expect(panelOf(skewness, PROFILE).notes).toEqual([]);
    // A few classes are lines of their own.
    expect(pointsOf(table('kstar', [{group: null, factor: 1}, ...classes.slice(0, 2)]))).toHaveLength(6);
  });
});

test('a histogram has one range, and no class twice', () => {
  const of = {y: null, by: 'auto', bins: 4} as const;
  const several = [
    {range: '1-40', factor: 1},
    {range: '5-30', factor: 10},
  ];
  expect(failure(() => distributionsOf(table('alpha', several), of))).toContain('that differ in "range"');
  expect(distributionsOf(table('alpha', several), {...of, by: 'range'}).panels.map(p => p.n)).toEqual([2, 2]);
  const classes = ['cat', 'dog'].map(group => ({group, factor: 9}));
  const {panels} = distributionsOf(table('kstar', [{group: null, factor: 1}, ...classes]), of);
  expect(panels.map(p => [p.n, p.mean])).toEqual([
    [1, 1],
    [1, 2],
  ]);
});

test('a layer that has only a reason does not take the place of the samples of another', () => {
  const samples = table(
    'reach',
    ['cat', 'dog'].map((group, i) => ({group, factor: i + 1})),
  );
  const rows = samples.rows.flatMap((row): Row[] =>
    row['layer'] === 'b'
      ? [row]
      : row['group'] === 'cat'
        ? [{...row, group: null, id: null, status: 'constant'}]
        : [],
  );
  const {panels} = distributionsOf({...samples, rows}, {y: null, by: 'auto', bins: 4});
  expect(panels.map(({name, n}) => [name, n])).toEqual([
    ['a', 0],
    ['b', 2],
  ]);
});

test('a line over distances is of one number of samples', () => {
  const scales = [1, 2, 4].map(n => ({scale_n1: n, scale_n2: 2 * n, scale: n / 10, factor: n}));
  const gride = table('gride', scales, [1, 0.5]);
  expect(hasScales(gride)).toBe(true);
  expect(hasScales(table('twonn', scales.slice(1, 2), [1, 0.5]))).toBe(false);
  const {points, notes} = scalePanelOf(gride, {x: 'scale', y: null, series: 'auto', band: 'std'});
  expect(points.map(({series, x, value}) => [series, x, value])).toEqual([
    ...[1, 2, 4].map(n => ['a', n / 10, n]),
    ...[1, 2, 4].map(n => ['b', n / 10, 2 * n]),
  ]);
  expect(notes).toEqual(['of fraction 1 alone']);
  expect(failure(() => scalePanelOf(gride, {x: 'n', y: null, series: 'auto', band: 'std'}))).toContain(
    'that differ in "scale_n1" (1, 2 ...)',
  );
});
