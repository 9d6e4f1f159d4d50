import {describe, expect, test} from 'vitest';
import {StrataError} from '../../../src/diagnostics/diagnostic.js';
import tokenMap from '../../../src/stages/plot/token-map.js';
import {tokenPanelsOf} from '../../../src/stages/plot/token-panels.js';
import type {Row, Table} from '../../../src/stages/ports.js';
import {draw, expectSound, textsOf} from './figure.js';
import {SAMPLES, scatter} from './tables.js';

const OPTIONS = {y: null, special: null, grid: null};

/** A value for each of 1 + 4 x 4 tokens of some layers. */
function decay(layers: number): Table {
  const rows = Array.from({length: layers}, (_, index) => index).flatMap(index =>
    Array.from({length: 17}, (_, token): Row => {
      const defined = token > 0 || index > 0;
      return {
        ...{layer: `blocks.${index}`, index, depth: 0.5, token},
        ...{
          alpha: defined ? 1 + 0.1 * token + 0.2 * scatter(index, token) : null,
          status: defined ? 'ok' : 'constant',
        },
      };
    }),
  );
  const columns = [
    {name: 'layer', type: 'string', description: 'layer'} as const,
    {name: 'token', type: 'int', description: 'token'} as const,
    {name: 'alpha', type: 'float', description: 'spectral decay alpha (of ranks)'} as const,
    {name: 'status', type: 'string', description: 'status'} as const,
  ];
  return {columns, rows, value: 'alpha', label: 'decay'};
}

/** Two clusterings of 2 x 3 patches. */
const clusters: Table = {
  columns: [
    ...(['k', 'token', 'x', 'y', 'cluster'] as const).map(
      name => ({name, type: 'int', description: name}) as const,
    ),
    ...(['silhouette', 'joins', 'joins_chance'] as const).map(
      name => ({name, type: 'float', description: name}) as const,
    ),
  ],
  rows: [2, 3].flatMap((k): Row[] => [
    {k, token: null, cluster: null, silhouette: 0.5, joins: 0.75, joins_chance: 1 / k, status: 'ok'},
    ...Array.from({length: 6}, (_, i): Row => ({
      ...{k, token: 1 + i, x: i % 3, y: Math.floor(i / 3), cluster: i % k, silhouette: 0.1 * i, status: 'ok'},
    })),
  ]),
  value: 'cluster',
  label: 'regions',
};

const failure = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof StrataError ? error.diagnostics : error;
  }
  return null;
};

describe('what is drawn', () => {
  test('a panel for each layer, the class token left out, row by row from the upper left corner', () => {
    const {panels, grid, clusters: numbered, notes} = tokenPanelsOf(decay(2), OPTIONS);
    expect([grid, numbered, notes]).toEqual([[4, 4], false, []]);
    expect(panels.map(p => [p.name, p.patches.length])).toEqual([
      ['blocks.0', 16],
      ['blocks.1', 16],
    ]);
    const value = decay(2).rows.find(row => row['layer'] === 'blocks.1' && row['token'] === 7)!['alpha'];
    expect(panels[1]!.patches[6]).toEqual({x: 2, y: 1, value});
  });

  test('another grid', () => {
    expect(tokenPanelsOf(decay(1), {...OPTIONS, grid: [2, 8]}).grid).toEqual([2, 8]);
    expect(tokenPanelsOf(decay(1), {...OPTIONS, grid: [1, 17], special: 0}).panels[0]!.patches).toHaveLength(
      17,
    );
    expect(failure(() => tokenPanelsOf(decay(1), {...OPTIONS, grid: [5, 5]}))).toMatchObject([
      {message: '17 tokens are not a grid of 5 x 5 patches'},
    ]);
  });

  test('clusterings where their table says, with what it says of each', () => {
    const found = tokenPanelsOf(clusters, OPTIONS);
    expect([found.grid, found.clusters]).toEqual([[2, 3], true]);
    expect(found.panels.map(p => [p.name, p.notes])).toEqual([
      ['k = 2', ['silhouette 0.50', 'joins 0.75, chance 0.50']],
      ['k = 3', ['silhouette 0.50', 'joins 0.75, chance 0.33']],
    ]);
    expect(found.panels[1]!.patches.at(-1)).toEqual({x: 2, y: 1, value: 2});
  });

  test('a table without tokens is refused', () => {
    expect(failure(() => tokenPanelsOf(SAMPLES['single']![0]!, OPTIONS))).toEqual([
      {
        code: 'E501',
        message: 'the table of "id" has no rows of tokens',
        hint: 'extract with pool: tokens, and measure with a metric of tokens, such as spectrum-alpha',
      },
    ]);
  });
});

describe('the figure', () => {
  test.each([
    ['layers', decay(7)],
    ['many layers', decay(24)],
    ['clusterings', clusters],
  ])('of %s is sound', async (_name, table) => {
    await expectSound(await draw(tokenMap, [table]));
  });

  test('names its panels, and has one legend', async () => {
    const texts = textsOf(await draw(tokenMap, [decay(7)]));
    for (const text of ['Spectral decay alpha', 'blocks.0', 'blocks.6']) expect(texts).toContain(text);
    expect(texts.filter(text => text === 'alpha')).toHaveLength(1);
    const clustered = textsOf(await draw(tokenMap, [clusters]));
    for (const text of ['k = 2', 'joins 0.75, chance 0.33', 'cluster', '0', '1', '2'])
      expect(clustered).toContain(text);
  });

  test('is the same on every machine', async () => {
    const rows = clusters.rows.map((row, i) => (i === 3 ? {...row, cluster: null, status: 'constant'} : row));
    const {spec, svg} = await draw(tokenMap, [{...clusters, rows}]);
    await expect(`${JSON.stringify(spec, null, 1)}\n`).toMatchFileSnapshot(
      '../../golden/plot/token-map.json',
    );
    await expect(svg).toMatchFileSnapshot('../../golden/plot/token-map.svg');
  });
});
