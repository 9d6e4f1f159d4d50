import {describe, expect, it} from 'vitest';
import {layerChannel, layerScale} from '../../../src/stages/plot/layer-axis.js';
import type {Panel} from '../../../src/stages/plot/panel.js';
import {panelOf} from '../../../src/stages/plot/panel.js';
import {variantNames} from '../../../src/stages/plot/variant-names.js';
import type {Row, Table} from '../../../src/stages/ports.js';
import {ID, tidyTable} from './tables.js';

/** One table of several variants, each with layers of its own. */
function ofVariants(
  variants: Readonly<Record<string, readonly string[]>>,
  change = (row: Row): Row => row,
): Table {
  const tables = Object.entries(variants).map(([variant, layers], i) => {
    const table = tidyTable({label: 'id', value: ID, layers, measure: ({index}) => 10 * i + index});
    return {...table, rows: table.rows.map(row => change({variant, ...row}))};
  });
  const columns = [{name: 'variant', type: 'string', description: 'variant'} as const, ...tables[0]!.columns];
  return {...tables[0]!, columns, rows: tables.flatMap(t => t.rows)};
}
const panel = (table: Table): Panel => panelOf(table, {y: null, series: 'variant', band: 'std'});
const lines = ({points}: Panel): unknown => points.map(p => [p.series, p.layer, p.depth, p.value]);

describe('the names of variants', () => {
  it.each([
    [['k=5', 'k=10'], {title: 'k', names: ['5', '10'], ordered: true}],
    [['hidden.pool=cls'], {title: 'hidden.pool', names: ['cls'], ordered: true}],
    [['baseline', 'few'], {title: 'variant', names: ['baseline', 'few'], ordered: false}],
    [['k=5', 'n=5'], {title: 'variant', names: ['k=5', 'n=5'], ordered: false}],
    [['k=5,n=1', 'k=5,n=2'], {title: 'variant', names: ['k=5,n=1', 'k=5,n=2'], ordered: false}],
  ])('%j', (ids, names) => expect(variantNames(ids)).toEqual(names));
});

describe('a panel of variants', () => {
  it('has a line for each, in the order of the table', () => {
    const drawn = panel(ofVariants({'m=b': ['x', 'y'], 'm=a': ['x', 'y']}));
    expect(drawn.series).toEqual({title: 'm', keys: ['b', 'a'], ordered: true});
    expect(drawn.alike).toBe(true);
    expect(lines(drawn)).toEqual([
      ['b', 'x', 0, 0],
      ['b', 'y', 1, 1],
      ['a', 'x', 0, 10],
      ['a', 'y', 1, 11],
    ]);
  });

  it('numbers the layers of one network afresh where lines have some of them each', () => {
    const depths: Record<string, number> = {embed: 0, mid: 0.5, norm: 1};
    const table = ofVariants({all: ['embed', 'mid', 'norm'], ends: ['embed', 'norm']}, row => ({
      ...row,
      depth: depths[String(row['layer'])]!,
    }));
    const drawn = panel(table);
    expect(drawn.alike).toBe(true);
    expect(drawn.layers.map(l => [l.layer, l.index])).toEqual([
      ['embed', 0],
      ['mid', 1],
      ['norm', 2],
    ]);
    // A layer that a line does not have is no gap in it.
    expect(lines(drawn)).toEqual([
      ['all', 'embed', 0, 0],
      ['all', 'mid', 0.5, 1],
      ['all', 'norm', 1, 2],
      ['ends', 'embed', 0, 10],
      ['ends', 'norm', 1, 11],
    ]);
  });

  it('puts the layers of networks that differ where each has them, without names', () => {
    const drawn = panel(
      ofVariants({shallow: ['b.0', 'b.1', 'b.2'], deep: ['b.0', 'b.1', 'b.2', 'b.3', 'b.4']}),
    );
    expect(drawn.alike).toBe(false);
    expect(drawn.points.filter(p => p.layer === 'b.1').map(p => p.depth)).toEqual([0.5, 0.25]);
    expect(layerScale('depth', drawn)).toBe('depth');
    expect(layerScale('layer', drawn)).toBe('index');
    const channel = layerChannel(drawn.layers, {scale: 'depth', alike: false, width: 480, bare: false});
    expect(channel['axis']).toMatchObject({title: 'relative depth', tickCount: 10});
    const numbered = layerChannel(drawn.layers, {scale: 'index', alike: false, width: 480, bare: false});
    expect(numbered['scale']).toMatchObject({domain: [0, 4]});
  });

  it('is refused with more lines than can be told apart', () => {
    const many = Object.fromEntries(Array.from({length: 22}, (_, i) => [`k=${i}`, ['x', 'y']]));
    expect(() => panel(ofVariants(many))).toThrow(
      '"variant" of "id" would give 22 lines; 21 can be told apart',
    );
  });
});
