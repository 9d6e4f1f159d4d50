import {describe, expect, it} from 'vitest';
import type {Grid} from '../../src/report/grid.js';
import {pivot} from '../../src/report/grid.js';
import {toCsv, toJson, toMarkdown, toText} from '../../src/report/table.js';
import {ID, tidyTable} from '../stages/plot/tables.js';

const GRID: Grid = {
  columns: ['layer', 'id', 'overlap', 'n'].map(name => ({name})),
  rows: [
    {layer: 'embed', id: 'constant', overlap: 0.0998, n: 500},
    {layer: 'blocks.0', id: {mean: 9.12, std: 0.31}, overlap: null, n: 500},
    {layer: 'head', id: {mean: 13.5573, std: 1.25}, overlap: 0.75, n: 50},
  ],
};

describe('toText', () => {
  it('aligns texts left and numbers at the point', () => {
    expect(toText(GRID)).toBe(
      [
        'layer                 id  overlap    n',
        'embed           constant   0.0998  500',
        'blocks.0   9.120 ± 0.310        –  500',
        'head      13.56 ± 1.25     0.75     50',
      ].join('\n'),
    );
  });

  it('paints the header', () => {
    const grid = {columns: [{name: 'a'}], rows: [{a: 1}]};
    expect(toText(grid, {dim: text => `<${text}>`})).toBe('<a>\n1');
  });

  it('leaves out columns without any value', () => {
    const grid = {columns: [{name: 'a'}, {name: 'group'}], rows: [{a: 'x', group: null}]};
    expect(toText(grid)).toBe('a\nx');
  });

  it('prints the header of a table without rows', () => {
    expect(toText({columns: [{name: 'a'}, {name: 'b'}], rows: []})).toBe('a  b');
  });

  it('cuts long texts to fit, then leaves columns out and says which', () => {
    const grid = {
      columns: ['layer', 'id', 'status'].map(name => ({name})),
      rows: [{layer: 'stages.2.blocks.0.conv1', id: 12.5, status: 'insufficient'}],
    };
    expect(toText(grid, {width: 30})).toBe('layer          id  status\nstages.2.b…  12.5  insufficie…');
    expect(toText(grid, {width: 20})).toBe('layer       id\nstages.…  12.5\n1 more: status');
    expect(toText(grid, {width: 10})).toBe('layer\nstages.…\n2 more: i…');
  });
});

describe('toCsv', () => {
  it('gives all digits, and deviations a column of their own', () => {
    expect(toCsv(GRID)).toBe(
      [
        'layer,id,id_std,overlap,n',
        'embed,constant,,0.0998,500',
        'blocks.0,9.12,0.31,,500',
        'head,13.5573,1.25,0.75,50',
      ].join('\n'),
    );
  });

  it('quotes what needs quotes', () => {
    const grid = {
      columns: [{name: 'a,b'}],
      rows: [{'a,b': 'say "no"'}, {'a,b': 'two\nlines'}, {'a,b': true}],
    };
    expect(toCsv(grid)).toBe('"a,b"\n"say ""no"""\n"two\nlines"\ntrue');
  });
});

describe('toJson', () => {
  it('lists objects, one a line', () => {
    expect(toJson(GRID)).toBe(
      [
        '[',
        '  {"layer":"embed","id":"constant","overlap":0.0998,"n":500},',
        '  {"layer":"blocks.0","id":{"mean":9.12,"std":0.31},"overlap":null,"n":500},',
        '  {"layer":"head","id":{"mean":13.5573,"std":1.25},"overlap":0.75,"n":50}',
        ']',
      ].join('\n'),
    );
    expect(JSON.parse(toJson(GRID))).toEqual(GRID.rows);
    expect(JSON.parse(toJson({columns: [{name: 'a'}], rows: []}))).toEqual([]);
  });
});

describe('toMarkdown', () => {
  it('aligns numbers right', () => {
    expect(toMarkdown(GRID)).toBe(
      [
        '| layer | id | overlap | n |',
        '| --- | ---: | ---: | ---: |',
        '| embed | constant | 0.0998 | 500 |',
        '| blocks.0 | 9.120 ± 0.310 | – | 500 |',
        '| head | 13.56 ± 1.25 | 0.75 | 50 |',
      ].join('\n'),
    );
  });

  it('escapes bars', () => {
    expect(toMarkdown({columns: [{name: 'a|b'}], rows: []})).toBe('| a\\|b |\n| --- |');
  });
});

describe('pivot', () => {
  it('spreads the values of a column over columns', () => {
    const table = tidyTable({
      label: 'id',
      value: ID,
      layers: ['embed', 'head'],
      fractions: [1, 0.5],
      repeats: 2,
      measure: ({index, fraction, repeat}) => (index === 0 ? 'constant' : 10 * fraction + repeat),
    });
    expect(toText(pivot(table, {rows: 'layer', columns: 'fraction', value: 'id'}))).toBe(
      [
        'layer             1            0.5',
        'embed      constant       constant',
        'head   10.50 ± 0.50  5.500 ± 0.500',
      ].join('\n'),
    );
  });

  it('leaves cells empty where no row is', () => {
    const {rows, ...rest} = tidyTable({
      label: 'id',
      value: ID,
      layers: ['a', 'b'],
      groups: ['cat', 'dog'],
      measure: () => 1,
    });
    const table = {...rest, rows: rows.slice(0, 3)};
    expect(toCsv(pivot(table, {rows: 'layer', columns: 'group', value: 'id'}))).toBe(
      'layer,cat,dog\na,1,1\nb,1,',
    );
  });
});

describe('a tidy table', () => {
  it('shows a tidy table as it is', () => {
    const table = tidyTable({label: 'id', value: ID, layers: ['a'], measure: () => 0.123456});
    expect(toText(table)).toBe(
      [
        'layer  depth  index  subset  fraction  repeat      id    n  status',
        'a        0.5      0  1/0            1       0  0.1235  500  ok',
      ].join('\n'),
    );
  });
});
