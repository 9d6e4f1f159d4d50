import {describe, expect, it} from 'vitest';
import type {PanelOptions} from '../../../src/stages/plot/panel.js';
import {panelOf} from '../../../src/stages/plot/panel.js';
import type {Table} from '../../../src/stages/ports.js';
import type {StrataError} from '../../../src/diagnostics/diagnostic.js';
import type {TableOptions} from './tables.js';
import {ACCURACY, ID, tidyTable} from './tables.js';

const OPTIONS: PanelOptions = {y: null, series: 'auto', band: 'std'};
const table = (options: Partial<TableOptions>): Table =>
  tidyTable({label: 'id', value: ID, layers: ['a', 'b', 'c'], measure: () => 1, ...options});

/** The diagnostics that a call fails with. */
function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as StrataError).diagnostics;
  }
  throw new Error('did not fail');
}

describe('panelOf', () => {
  it('averages repeats, with a band of one standard deviation', () => {
    const panel = panelOf(
      table({repeats: 2, measure: ({index, repeat}) => index * 10 + repeat * 4}),
      OPTIONS,
    );
    expect(panel).toMatchObject({title: 'Intrinsic dimension', y: 'id', series: null});
    expect(panel.notes).toEqual(['mean ± std of 2 repeats']);
    expect(panel.points.map(p => [p.layer, p.value, p.low, p.high, p.observations])).toEqual([
      ['a', 2, 0, 4, 2],
      ['b', 12, 10, 14, 2],
      ['c', 22, 20, 24, 2],
    ]);
  });

  it('spans the range, or draws no band', () => {
    const three = table({repeats: 3, measure: ({repeat}) => [1, 2, 6][repeat]!});
    expect(panelOf(three, {...OPTIONS, band: 'minmax'}).points[0]).toMatchObject({value: 3, low: 1, high: 6});
    expect(panelOf(three, {...OPTIONS, band: 'minmax'}).notes).toEqual(['mean, min to max of 3 repeats']);
    expect(panelOf(three, {...OPTIONS, band: 'none'}).points[0]).toMatchObject({
      value: 3,
      low: null,
      high: null,
    });
    expect(panelOf(three, {...OPTIONS, band: 'none'}).notes).toEqual(['mean of 3 repeats']);
  });

  it('draws fractions as lines, the whole first', () => {
    const panel = panelOf(table({fractions: [0.25, 1, 0.5], groups: ['cat', 'dog']}), OPTIONS);
    expect(panel.series).toEqual({title: 'fraction', keys: ['1', '0.5', '0.25'], ordered: true});
    expect(panel.notes).toEqual(['mean ± std of 2 groups']);
  });

  it('draws up to 12 groups as lines in the order of the table, and averages more', () => {
    const groups = Array.from({length: 12}, (_, i) => `class ${11 - i}`);
    expect(panelOf(table({groups}), OPTIONS).series).toEqual({title: 'group', keys: groups, ordered: false});
    const panel = panelOf(table({groups: [...groups, 'one more']}), OPTIONS);
    expect(panel.series).toBeNull();
    expect(panel.notes).toEqual(['mean ± std of 13 groups']);
  });

  it('draws lines by the column asked for, or none', () => {
    const both = table({fractions: [1, 0.5], repeats: 2});
    expect(panelOf(both, {...OPTIONS, series: 'repeat'}).series).toEqual({
      title: 'repeat',
      keys: ['0', '1'],
      ordered: true,
    });
    expect(panelOf(both, {...OPTIONS, series: 'none'}).notes).toEqual([
      'mean ± std of 2 fractions × 2 repeats',
    ]);
  });

  it('leaves a gap where nothing is defined, and says how much is missing and why', () => {
    const measure: TableOptions['measure'] = ({index, repeat}) =>
      index === 1 ? 'constant' : index === 2 && repeat === 0 ? 'insufficient' : index;
    const panel = panelOf(table({repeats: 2, measure}), OPTIONS);
    expect(panel.points.map(p => [p.value, p.observations, p.alone])).toEqual([
      [0, 2, true],
      [null, 0, false],
      [2, 1, true],
    ]);
    expect(panel.notes).toEqual(['mean ± std of 2 repeats', '3 of 6 undefined: 2 constant, 1 insufficient']);
  });

  it('orders layers by index, whatever the order of the rows', () => {
    const {rows, ...rest} = table({});
    expect(panelOf({...rest, rows: rows.toReversed()}, OPTIONS).layers.map(l => l.layer)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('takes the level of chance by layer', () => {
    const panel = panelOf(
      table({value: ACCURACY, repeats: 2, chance: ({repeat}) => 0.1 + 0.2 * repeat}),
      OPTIONS,
    );
    expect(panel.chance?.map(c => c.chance)).toEqual([0.2, 0.2, 0.2]);
    expect(panelOf(table({}), OPTIONS).chance).toBeNull();
  });

  it.each([
    ['slope of the fit, in nats', 'Slope of the fit'],
    ['top-1 accuracy (test samples)', 'Top-1 accuracy'],
    ['regression: (a + b) / (c + d)', 'Regression: (a + b) / (c + d)'],
    ['', 'id'],
  ])('reads the long name from the description %j', (description, title) => {
    expect(panelOf(table({value: {...ID, description}}), OPTIONS).title).toBe(title);
  });

  it('names the columns when one is unknown', () => {
    expect(failure(() => panelOf(table({}), {...OPTIONS, y: 'ids'}))).toEqual([
      {code: 'E501', message: 'the table of "id" has no column of values "ids"', hint: 'did you mean "id"?'},
    ]);
    expect(failure(() => panelOf(table({}), {...OPTIONS, y: 'layer'}))).toEqual([
      {code: 'E501', message: 'the table of "id" has no column of values "layer"', hint: 'it has: id'},
    ]);
    expect(failure(() => panelOf({...table({}), value: null}, OPTIONS))).toEqual([
      {code: 'E501', message: 'the table of "id" has no column to show by default', hint: 'it has: id'},
    ]);
    expect(failure(() => panelOf(table({}), {...OPTIONS, series: 'grup'}))).toEqual([
      {
        code: 'E501',
        message: 'the table of "id" has no column "grup" to draw lines by',
        hint: 'did you mean "group"?',
      },
    ]);
  });

  it('refuses tables that are not over layers, are empty, or have too many lines', () => {
    const {columns, ...rest} = table({});
    expect(
      failure(() => panelOf({...rest, columns: columns.filter(c => c.name !== 'depth')}, OPTIONS)),
    ).toEqual([
      {
        code: 'E501',
        message: 'the table of "id" cannot be drawn over layers: it has no column "depth"',
        hint: 'a profile draws the tables of metrics and probes',
      },
    ]);
    expect(failure(() => panelOf(table({layers: []}), OPTIONS))).toEqual([
      {
        code: 'E501',
        message: 'the table of "id" has no rows',
        hint: 'check which layers and samples its stage was given',
      },
    ]);
    const groups = Array.from({length: 22}, (_, i) => String(i));
    expect(failure(() => panelOf(table({groups}), {...OPTIONS, series: 'group'}))).toEqual([
      {
        code: 'E501',
        message: '"group" of "id" would give 22 lines; 21 can be told apart',
        hint: 'set series: none for their mean and spread',
      },
    ]);
  });
});
