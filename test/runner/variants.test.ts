import {describe, expect, test} from 'vitest';
import type {Node} from '../../src/runner/node.js';
import {labelIn, variantOf} from '../../src/runner/variant-label.js';
import {nodesTogether} from '../../src/runner/variant-nodes.js';
import {mergeVariants} from '../../src/runner/variant-tables.js';
import type {Column, Row, Table} from '../../src/stages/ports.js';

const column = (name: string, type: Column['type'] = 'float'): Column => ({name, type, description: name});
const table = (label: string, names: readonly string[], rows: readonly Row[]): Table => ({
  label,
  columns: names.map(name => column(name)),
  rows,
  value: names[0]!,
});

test('a label in a variant tells the variant and the stage', () => {
  expect(variantOf(labelIn('k=5,n=1e-3', 'hidden~neighbors'))).toEqual({
    variant: 'k=5,n=1e-3',
    label: 'hidden~neighbors',
  });
  expect(variantOf('overlap')).toBeNull();
});

describe('tables of variants', () => {
  test('become one for each stage, in the order of the variants', () => {
    const merged = mergeVariants([
      table('b/id', ['id'], [{id: 1}, {id: 2}]),
      table('a/id', ['id'], [{id: 3}]),
      table('b/gt', ['gt'], [{gt: 4}]),
      table('plain', ['x'], [{x: 5}]),
    ]);
    expect(merged.map(t => [t.label, t.value, t.columns.map(c => `${c.name} ${c.type}`), t.rows])).toEqual([
      [
        'id',
        'id',
        ['variant string', 'id float'],
        [
          {variant: 'b', id: 1},
          {variant: 'b', id: 2},
          {variant: 'a', id: 3},
        ],
      ],
      ['gt', 'gt', ['variant string', 'gt float'], [{variant: 'b', gt: 4}]],
      ['plain', 'x', ['x float'], [{x: 5}]],
    ]);
  });

  test('that measure different things have the columns of all, and no value to show', () => {
    const [merged] = mergeVariants([
      table('a/m', ['id', 'n'], [{id: 1, n: 2}]),
      table('b/m', ['gt', 'n'], [{gt: 3, n: 4}]),
    ]);
    expect(merged!.columns.map(c => c.name)).toEqual(['variant', 'id', 'n', 'gt']);
    expect(merged!.value).toBeNull();
    expect(merged!.rows).toEqual([
      {variant: 'a', id: 1, n: 2},
      {variant: 'b', gt: 3, n: 4},
    ]);
  });
});

describe('the nodes of a sweep itself', () => {
  const node = (label: string, from: Node['from'] = {}, seed = 1): Node => ({
    label,
    entry: {} as Node['entry'],
    params: {},
    from,
    neighbors: {},
    seed,
    paths: [],
    place: null,
  });
  const plain = (nodes: readonly Node[]): unknown => nodes.map(({label, from, seed}) => [label, from, seed]);

  test('are what its plots depend on in each variant, seeds and all, and the plots', () => {
    const stages = [
      node('data'),
      node('other'),
      node('scales', {from: ['data']}, 7),
      node('id', {from: ['scales']}),
      node('gt', {from: ['other'], with: ['data']}),
    ];
    const variants = [
      {id: 'a', nodes: stages},
      {id: 'b', nodes: stages.slice(0, 3)},
    ];
    expect(plain(nodesTogether(variants, [node('figure', {from: ['id', 'scales']})]))).toEqual([
      ['a/data', {}, 1],
      ['a/scales', {from: ['a/data']}, 7],
      ['a/id', {from: ['a/scales']}, 1],
      ['b/data', {}, 1],
      ['b/scales', {from: ['b/data']}, 7],
      ['figure', {from: ['a/id', 'a/scales', 'b/scales']}, 1],
    ]);
  });
});
