import sharp from 'sharp';
import {describe, expect, test} from 'vitest';
import {StrataError} from '../../../src/diagnostics/diagnostic.js';
import type {Context, Inputs, Output} from '../../../src/stages/define.js';
import type {ScaleOptions} from '../../../src/stages/plot/scale-panel.js';
import {scalePanelOf} from '../../../src/stages/plot/scale-panel.js';
import scale from '../../../src/stages/plot/scale.js';
import type {Row, Table} from '../../../src/stages/ports.js';
import {complete} from '../load/run-stage.js';
import {ID, blocks, scatter, tidyTable} from './tables.js';

const OPTIONS: ScaleOptions = {x: 'n', y: null, series: 'auto', band: 'std'};

/** Blocks of 500 samples at five sizes: as many of each as there are. */
function decimated(layers: readonly string[]): Table {
  const table = tidyTable({
    label: 'id',
    value: ID,
    layers,
    fractions: [1, 0.5, 0.25, 0.125, 0.0625],
    repeats: 16,
    measure: ({index, fraction, repeat}) =>
      fraction === 0.0625 && repeat === 3
        ? 'insufficient'
        : 8 + index + Math.log2(fraction) + scatter(index, fraction, repeat) * (1.1 - fraction),
  });
  const rows = table.rows
    .filter(row => Number(row['repeat']) < 1 / Number(row['fraction']))
    .map((row): Row => ({...row, scale: (1 + Number(row['index'])) * Number(row['fraction']) ** -0.2}));
  return {
    ...table,
    rows,
    columns: [...table.columns, {name: 'scale', type: 'float', description: 'distance'}],
  };
}

/** Three scales of two layers. */
const gride: Table = {
  label: 'gride',
  value: 'id',
  columns: [
    {name: 'layer', type: 'string', description: 'layer'},
    {name: 'scale_n2', type: 'int', description: 'neighbour'},
    {name: 'scale', type: 'float', description: 'distance'},
    ID,
    {name: 'n', type: 'int', description: 'samples'},
    {name: 'status', type: 'string', description: 'status'},
  ],
  rows: ['a', 'b'].flatMap((layer, at) =>
    [8, 2, 4].map((n2): Row => ({layer, scale_n2: n2, scale: n2 / 2 + at, id: 5 + at, n: 90, status: 'ok'})),
  ),
};

describe('what is drawn', () => {
  test('a point for each size, the mean of its blocks, in ascending order', () => {
    const panel = scalePanelOf(decimated(['a', 'b']), OPTIONS);
    expect(panel.series).toEqual({title: 'layer', keys: ['a', 'b'], ordered: true});
    expect(panel.notes).toEqual(['mean ± std of 2 to 15 repeats', '2 of 62 undefined: insufficient']);
    const line = panel.points.filter(p => p.series === 'b');
    expect(line.map(p => p.x)).toEqual([31, 63, 125, 250, 500]);
    expect(line.map(p => p.observations)).toEqual([15, 8, 4, 2, 1]);
    const half = [0, 1].map(repeat => 8 + scatter(1, 0.5, repeat) * 0.6);
    expect(line[3]!.value).toBeCloseTo((half[0]! + half[1]!) / 2, 12);
    expect(line[3]!.high! - line[3]!.low!).toBeCloseTo(Math.abs(half[0]! - half[1]!), 12);
  });

  test('against distances, of Gride too', () => {
    const points = scalePanelOf(decimated(['a', 'b']), {...OPTIONS, x: 'scale'}).points;
    expect(points.filter(p => p.series === 'a').map(p => p.x)[4]).toBeCloseTo(16 ** 0.2, 12);
    const found = scalePanelOf(gride, {...OPTIONS, x: 'scale'});
    expect(found.points.map(p => [p.series, p.x, p.value])).toEqual([
      ['a', 1, 5],
      ['a', 2, 5],
      ['a', 4, 5],
      ['b', 2, 6],
      ['b', 3, 6],
      ['b', 5, 6],
    ]);
    expect(found.notes).toEqual([]);
  });

  test('one line of all layers, if asked for', () => {
    const panel = scalePanelOf(decimated(['a', 'b']), {...OPTIONS, series: 'none'});
    expect(panel.points).toHaveLength(5);
    expect(panel.notes[0]).toBe('mean ± std of 2 layers × 2 to 15 repeats');
  });

  test('nothing at a distance of 0, and nothing undefined', () => {
    const rows = gride.rows.map((row, i): Row =>
      i < 3 ? {...row, scale: 0} : {...row, id: null, status: 'constant'},
    );
    expect(scalePanelOf({...gride, rows}, {...OPTIONS, x: 'scale'}).points).toEqual([]);
  });

  test('a table without distances is refused', () => {
    const table = tidyTable({label: 'pr', value: ID, layers: ['a'], measure: () => 1});
    const draw = () => scalePanelOf(table, {...OPTIONS, x: 'scale'});
    expect(draw).toThrow(StrataError);
    expect(draw).toThrow('the table of "pr" has no column "scale" to draw over');
  });
});

describe('the figure', () => {
  type Figure = Extract<Output, {type: 'figure'}>;
  async function draw(tables: readonly Table[], params: object = {}): Promise<Figure> {
    const ctx = {signal: new AbortController().signal} as Context;
    const inputs = {tables: () => Promise.resolve([...tables])} as unknown as Inputs;
    return (await scale.run(ctx, inputs, complete(scale, {...params}), [])) as Figure;
  }

  test('nothing is cut off, whatever the number of lines', async () => {
    for (const layers of [['a'], blocks(6), blocks(19)]) {
      const {svg, png} = await draw([decimated(layers)], {title: 'Scales'});
      expect(svg).toContain('>number of samples<');
      for (const tick of [31, 63, 125, 250, 500]) expect(svg).toContain(`>${tick}<`);
      const {data, info} = await sharp(png).greyscale().raw().toBuffer({resolveWithObject: true});
      const edge = data.filter((_, i) => {
        const [x, y] = [i % info.width, Math.floor(i / info.width)];
        return x < 20 || y < 20 || x >= info.width - 20 || y >= info.height - 20;
      });
      expect(edge.every(v => v === 255)).toBe(true);
    }
  });

  test('panels share the axis of distances, so that decimation and Gride can be compared', async () => {
    const {spec, svg} = await draw([decimated(['a', 'b']), gride], {x: 'scale'});
    const panels = spec['vconcat'] as {layer: {encoding: {x: {scale: {domain: number[]}}}}[]}[];
    const domains = panels.map(({layer}) => layer[0]!.encoding.x.scale.domain);
    expect(domains[0]).toEqual(domains[1]);
    expect(svg.match(/>mean distance to the neighbours</g)).toHaveLength(1);
    expect(svg).toContain('>gride<');
  });

  test('of nothing defined is empty, and says why', async () => {
    const rows = gride.rows.map((row): Row => ({...row, id: null, status: 'constant'}));
    expect((await draw([{...gride, rows}])).svg).toContain('>6 of 6 undefined: constant<');
  });
});
