import {describe, expect, test} from 'vitest';
import {StrataError} from '../../../src/diagnostics/diagnostic.js';
import {spectrumPanelOf} from '../../../src/stages/plot/spectrum-panel.js';
import spectrum from '../../../src/stages/plot/spectrum.js';
import type {Row, Table} from '../../../src/stages/ports.js';
import type {Figure} from './figure.js';
import {draw, expectSound, textsOf} from './figure.js';
import {ID, tidyTable} from './tables.js';

interface Spectra {
  readonly label?: string;
  readonly layers: readonly string[];
  readonly ranks: number;
  readonly tokens?: number;
  /** Of a layer and token, how fast the eigenvalues fall. Default 0.5 more for each. */
  readonly alpha?: (layer: number, token: number) => number;
}

/** Power laws, as metric eigenvalues has them. */
function spectra({label = 'spectra', layers, ranks, tokens = 1, alpha}: Spectra): Table {
  const decay = alpha ?? ((layer, token) => 0.5 * (1 + layer + token));
  const rows = layers.flatMap((layer, index) =>
    Array.from({length: tokens}, (_, t) => t).flatMap(t =>
      Array.from({length: ranks}, (_, i): Row => {
        const share = 0.3 * (i + 1) ** -decay(index, t);
        const token = tokens > 1 ? t : null;
        return {layer, index, depth: 0.5, token, rank: i + 1, share, n: 90, status: 'ok'};
      }),
    ),
  );
  const column = (name: string, type: 'string' | 'int' | 'float') => ({name, type, description: name});
  const columns = [
    ...['layer', 'status'].map(name => column(name, 'string')),
    ...['index', 'token', 'rank', 'n'].map(name => column(name, 'int')),
    ...['depth', 'share'].map(name => column(name, 'float')),
  ];
  return {label, columns, rows, value: 'share'};
}

/** The rows of a table and one that says why there are no others. */
const withConstant = (table: Table): Table => ({
  ...table,
  rows: [...table.rows, {layer: 'flat', index: 9, depth: 1, rank: null, share: null, status: 'constant'}],
});

interface Layer {
  readonly data?: {readonly values: {readonly rank: number; readonly value: number}[]};
  readonly mark: {readonly type: string};
  readonly encoding: Record<'x' | 'y', {readonly scale: {readonly domain: [number, number]}}>;
}
const layersOf = (figure: Figure): Layer[][] =>
  (figure.spec['concat'] as {layer: Layer[]}[]).map(panel => panel.layer);
/** The ends of the dashed line; none without one. */
const guideOf = (layers: readonly Layer[]) => layers.find(layer => layer.data !== undefined)?.data!.values;

describe('what is drawn', () => {
  test('a line for each layer, by rank', () => {
    const {rows, ...rest} = spectra({layers: ['a', 'b'], ranks: 4});
    const panel = spectrumPanelOf({...rest, rows: rows.toReversed()}, 'auto');
    expect(panel.series).toEqual({title: 'layer', keys: ['b', 'a'], ordered: true});
    expect(panel.notes).toEqual([]);
    const line = panel.points.filter(p => p.series === 'b');
    expect(line.map(p => p.rank)).toEqual([1, 2, 3, 4]);
    line.forEach(p => expect(p.value).toBeCloseTo(0.3 / p.rank, 12));
  });

  test('power laws of tokens as one with the mean of their slopes', () => {
    const panel = spectrumPanelOf(spectra({layers: ['a'], ranks: 4, tokens: 3}), 'auto');
    expect(panel.notes).toEqual(['mean ± std of 3 tokens, of logarithms']);
    panel.points.forEach(({rank, value, low, high, observations}) => {
      expect(observations).toBe(3);
      expect(value).toBeCloseTo(0.3 / rank, 12);
      // Slopes 0.5, 1 and 1.5: one standard deviation is sqrt(1/6).
      expect(value / low!).toBeCloseTo(rank ** Math.sqrt(1 / 6), 12);
      expect(high! / value).toBeCloseTo(rank ** Math.sqrt(1 / 6), 12);
    });
  });

  test('a line for each variant of a sweep', () => {
    const {rows, columns, ...rest} = spectra({layers: ['a'], ranks: 4});
    const both = ['n=5', 'n=10'].flatMap((variant, i) =>
      rows.map((row): Row => ({variant, ...row, share: Number(row['share']) / (i + 1)})),
    );
    const variant = {name: 'variant', type: 'string', description: 'variant'} as const;
    const panel = spectrumPanelOf({...rest, columns: [variant, ...columns], rows: both}, 'variant');
    expect(panel.series).toEqual({title: 'n', keys: ['5', '10'], ordered: true});
    expect(panel.points.map(p => [p.series, p.rank])).toEqual(
      ['5', '10'].flatMap(key => [1, 2, 3, 4].map(rank => [key, rank])),
    );
  });

  test('what is undefined is left out, and counted by spectra', () => {
    const panel = spectrumPanelOf(withConstant(spectra({layers: ['a', 'b'], ranks: 4})), 'auto');
    expect(panel.notes).toEqual(['1 of 3 undefined: constant']);
    expect(panel.points).toHaveLength(8);
  });

  test('a table of something else is refused', () => {
    const table = tidyTable({label: 'id', value: ID, layers: ['a'], measure: () => 1});
    const read = () => spectrumPanelOf(table, 'auto');
    expect(read).toThrow(StrataError);
    expect(read).toThrow('the table of "id" is not of eigenvalues by rank');
  });
});

describe('the figure', () => {
  const twelve = Array.from({length: 12}, (_, i) => `blocks.${i}`);

  test.each([
    ['one layer', [spectra({layers: ['a'], ranks: 64})]],
    ['a single rank', [spectra({layers: ['a', 'b'], ranks: 1})]],
    ['many layers', [spectra({layers: twelve, ranks: 500, alpha: layer => 0.2 + layer / 6})]],
    ['tokens', [spectra({layers: ['a', 'b'], ranks: 50, tokens: 5})]],
    ['two networks', ['a', 'b'].map(label => spectra({label, layers: twelve, ranks: 20}))],
    ['no eigenvalue', [withConstant(spectra({layers: [], ranks: 0}))]],
  ])('of %s is sound', async (_name, tables) => {
    await expectSound(await draw(spectrum, tables, {title: 'Spectra'}));
  });

  test('says what is on its axes, in powers of ten', async () => {
    const texts = textsOf(await draw(spectrum, [spectra({layers: ['a', 'b', 'c'], ranks: 100})]));
    for (const text of ['share of the variance', 'rank n', 'n⁻¹', '10⁻¹', '10⁻³', '100', 'layer', 'a', 'b'])
      expect(texts).toContain(text);
  });

  test.each([
    ['steep', 2],
    ['level', 0.2],
  ])('has the guide above %s lines, within the axes, of slope -1', async (_name, alpha) => {
    const table = spectra({layers: ['a'], ranks: 50, alpha: () => alpha});
    const [layers] = layersOf(await draw(spectrum, [table]));
    const [from, to] = guideOf(layers!)!;
    const [, most] = layers!.at(-1)!.encoding.y.scale.domain;
    expect(from!.value).toBeLessThanOrEqual(most * (1 + 1e-12));
    expect(to!.rank).toBe(50);
    expect(from!.value * from!.rank).toBeCloseTo(to!.value * to!.rank, 12);
    for (const row of table.rows)
      expect(Number(row['share']) * Number(row['rank'])).toBeLessThan(to!.value * to!.rank);
  });

  test('has no guide where there is a single rank', async () => {
    const [layers] = layersOf(await draw(spectrum, [spectra({layers: ['a'], ranks: 1})]));
    expect(guideOf(layers!)).toBeUndefined();
  });

  test('has the same axes in all panels, so that slopes can be compared', async () => {
    const tables = [
      spectra({label: 'one', layers: ['a'], ranks: 9}),
      spectra({label: 'two', layers: ['a'], ranks: 90}),
    ];
    const figure = await draw(spectrum, tables);
    const [one, two] = layersOf(figure).map(([layer]) => layer!.encoding);
    expect([one!.x.scale, one!.y.scale]).toEqual([two!.x.scale, two!.y.scale]);
    for (const label of ['one', 'two']) expect(textsOf(figure)).toContain(label);
  });

  test('is the same on every machine', async () => {
    const {spec, svg} = await draw(spectrum, [spectra({layers: ['a', 'b', 'c'], ranks: 20, tokens: 2})]);
    await expect(`${JSON.stringify(spec, null, 1)}\n`).toMatchFileSnapshot('../../golden/plot/spectrum.json');
    await expect(svg).toMatchFileSnapshot('../../golden/plot/spectrum.svg');
  });
});
