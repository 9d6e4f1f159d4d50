import {describe, expect, it} from 'vitest';
import {layerTable} from '../../src/report/summary.js';
import {toText} from '../../src/report/table.js';
import {ACCURACY, ID, OVERLAP, tidyTable} from '../stages/plot/tables.js';

const LAYERS = ['embed', 'blocks.0', 'blocks.1', 'head'];

describe('layerTable', () => {
  it('joins tables by layer, at the largest fraction', () => {
    const id = tidyTable({
      label: 'id',
      value: ID,
      layers: LAYERS,
      fractions: [0.5, 1],
      repeats: 3,
      measure: ({index, fraction, repeat}) =>
        index === 0 ? 'constant' : (10 + index + 0.6 * repeat) * fraction,
    });
    const gt = tidyTable({
      label: 'gt',
      value: OVERLAP,
      layers: LAYERS,
      measure: ({depth}) => 0.1 + 0.6 * depth,
    });
    expect(toText(layerTable([id, gt]))).toBe(
      [
        'layer               id   gt',
        'embed         constant  0.1',
        'blocks.0  11.60 ± 0.49  0.3',
        'blocks.1  12.60 ± 0.49  0.5',
        'head      13.60 ± 0.49  0.7',
      ].join('\n'),
    );
  });

  it('takes what is of all samples, not of their classes as well', () => {
    const table = tidyTable({label: 'kstar', value: ID, layers: ['a', 'b'], measure: ({index}) => index});
    const rows = table.rows.flatMap(row => [
      {...row, group: null},
      ...['cat', 'dog'].map(group => ({...row, group, id: 7})),
    ]);
    expect(layerTable([{...table, rows}]).rows).toEqual(layerTable([table]).rows);
    const classes = rows.filter(row => row.group !== null);
    expect(layerTable([{...table, rows: classes}]).rows).not.toEqual(layerTable([table]).rows);
  });

  it('does not average what was asked in several ways, and leaves out pairs', () => {
    const table = tidyTable({label: 'alpha', value: ID, layers: ['a', 'b'], measure: ({index}) => index});
    const ranged = table.rows.flatMap(row => ['1-40', '5-30'].map(range => ({...row, range})));
    const found = layerTable([{...table, rows: ranged}]).rows;
    expect(found.map(row => row['alpha (range 1-40)'])).toEqual(
      layerTable([table]).rows.map(row => row['alpha']),
    );
    const pairs = table.rows.flatMap(row => ['a', 'b'].map(other => ({...row, other})));
    expect(layerTable([{...table, rows: pairs}])).toEqual({columns: [{name: 'layer'}], rows: []});
    // One other layer for each, as of the next: nothing is averaged.
    const next = table.rows.map(row => ({...row, other: `after ${String(row['layer'])}`}));
    expect(layerTable([{...table, rows: next}]).rows).toEqual(layerTable([table]).rows);
  });

  it('takes of a spectrum the first rank', () => {
    const share = {name: 'share', type: 'float', description: 'share of the variance'} as const;
    const first = tidyTable({
      label: 'spectra',
      value: share,
      layers: ['a', 'b'],
      measure: ({index}) => (index === 0 ? 'constant' : 0.5),
    });
    const ranked = [1, 2].flatMap(rank =>
      first.rows
        .filter(row => rank === 1 || row['status'] === 'ok')
        .map(row => ({...row, rank: row['status'] === 'ok' ? rank : null, share: 0.5 / rank})),
    );
    expect(layerTable([{...first, rows: ranked}]).rows).toEqual([
      {layer: 'a', 'spectra (rank 1)': 'constant'},
      {layer: 'b', 'spectra (rank 1)': 0.5},
    ]);
  });

  it('orders by depth the layers of tables that do not share all of them', () => {
    const {rows, ...rest} = tidyTable({label: 'head', value: ACCURACY, layers: ['head'], measure: () => 0.9});
    const head = {...rest, rows: rows.map(row => ({...row, depth: 1}))};
    const id = tidyTable({label: 'id', value: ID, layers: LAYERS, measure: ({index}) => index});
    expect(layerTable([head, id]).rows).toEqual([
      {layer: 'embed', head: null, id: 0},
      {layer: 'blocks.0', head: null, id: 1},
      {layer: 'blocks.1', head: null, id: 2},
      {layer: 'head', head: 0.9, id: 3},
    ]);
  });

  it('averages what is defined, and else gives all reasons', () => {
    const id = tidyTable({
      label: 'id',
      value: ID,
      layers: ['a', 'b'],
      groups: ['cat', 'dog', 'owl'],
      measure: ({index, group}) =>
        group === 'cat' ? 'constant' : index === 0 ? 'insufficient' : group === 'dog' ? 1 : 3,
    });
    expect(layerTable([id]).rows).toEqual([
      {layer: 'a', id: 'constant, insufficient'},
      {layer: 'b', id: {mean: 2, std: 1}},
    ]);
  });

  it('leaves out tables without layers or a default value', () => {
    const id = tidyTable({label: 'id', value: ID, layers: ['a'], measure: () => 1});
    const other = {...id, columns: id.columns.filter(c => c.name !== 'layer')};
    expect(layerTable([{...id, value: null}, other])).toEqual({columns: [{name: 'layer'}], rows: []});
  });

  it('keeps a stage labelled "layer" apart from the layers', () => {
    const id = tidyTable({label: 'layer', value: ID, layers: ['a'], measure: () => 1});
    expect(layerTable([id]).rows).toEqual([{layer: 'a', 'layer.id': 1}]);
  });
});
