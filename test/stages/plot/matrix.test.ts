import {describe, expect, test} from 'vitest';
import {StrataError} from '../../../src/diagnostics/diagnostic.js';
import matrix from '../../../src/stages/plot/matrix.js';
import {pairsOf} from '../../../src/stages/plot/pairs.js';
import type {Row, Table} from '../../../src/stages/ports.js';
import {draw, expectSound, textsOf} from './figure.js';
import {SAMPLES} from './tables.js';

type Value = (layer: number, other: number) => number | string;

/** A table of pairs: of the first layers among themselves, or with others. */
function pairTable(layers: readonly string[], others: readonly string[] | null, value: Value): Table {
  const rows = layers.flatMap((layer, index) =>
    (others ?? layers).flatMap((other, otherIndex): Row[] => {
      if (others === null && otherIndex < index) return [];
      const found = value(index, otherIndex);
      const defined = typeof found === 'number';
      return [
        {
          ...{layer, index, depth: 0.5, other, other_index: otherIndex, other_depth: 0.5},
          ...{imbalance: defined ? found : null, imbalance_back: defined ? found / 2 : null},
          ...{chance: 0.0167, n: 600, status: defined ? 'ok' : found},
        },
      ];
    }),
  );
  const columns = [
    ...(['layer', 'other', 'status'] as const).map(
      name => ({name, type: 'string', description: name}) as const,
    ),
    ...(['index', 'other_index', 'n'] as const).map(
      name => ({name, type: 'int', description: name}) as const,
    ),
    {name: 'imbalance', type: 'float', description: 'information imbalance (0: all)'} as const,
    {name: 'imbalance_back', type: 'float', description: 'information imbalance back'} as const,
    {name: 'chance', type: 'float', description: 'of unrelated layers'} as const,
  ];
  return {columns, rows, value: 'imbalance', label: 'telling'};
}

const NAMES = ['blocks.0', 'blocks.1', 'norm'];
const apart: Value = (a, b) => Math.abs(a - b) / 4;

const failure = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof StrataError ? error.diagnostics : error;
  }
  return null;
};

describe('what is drawn', () => {
  test('the layers of one network among themselves: the half that the table lacks is the other direction', () => {
    const pairs = pairsOf(pairTable(NAMES, null, apart), null);
    expect(pairs).toMatchObject({title: 'Information imbalance', within: true, layers: NAMES, others: NAMES});
    const value = (layer: string, other: string): number | null | undefined =>
      pairs.cells.find(c => c.layer === layer && c.other === other)?.value;
    expect(pairs.cells).toHaveLength(9);
    expect(value('blocks.0', 'norm')).toBe(0.5);
    expect(value('norm', 'blocks.0')).toBe(0.25);
    expect(pairsOf(pairTable(NAMES, null, apart), 'imbalance_back').cells[2]).toEqual({
      ...{layer: 'blocks.1', other: 'blocks.0', value: 0.25},
    });
    expect(pairs.notes).toEqual(['chance 0.017']);
  });

  test('a column of one direction only is symmetric', () => {
    const table = pairTable(NAMES, null, apart);
    const columns = table.columns.filter(c => c.name !== 'imbalance_back');
    const {cells} = pairsOf({...table, columns}, null);
    for (const {layer, other, value} of cells)
      expect(cells.find(c => c.layer === other && c.other === layer)!.value).toBe(value);
  });

  test('two networks: only what the table has, also where layers have the same names', () => {
    for (const others of [NAMES, [...NAMES, 'head'], ['stages.0', 'stages.1']]) {
      const pairs = pairsOf(pairTable(NAMES, others, apart), null);
      expect(pairs.within).toBe(false);
      expect(pairs.cells).toHaveLength(NAMES.length * others.length);
    }
  });

  test('undefined pairs are counted, with the reason', () => {
    const table = pairTable(NAMES, null, (a, b) => (a === 0 && b > 0 ? 'constant' : apart(a, b)));
    const pairs = pairsOf(table, null);
    expect(pairs.notes).toEqual(['2 of 6 undefined: constant', 'chance 0.017']);
    expect(pairs.cells.filter(c => c.value === null)).toHaveLength(4);
  });
});

describe('what cannot be drawn', () => {
  const table = pairTable(NAMES, null, apart);

  test.each([
    [
      SAMPLES['single']![0]!,
      'the table of "id" is not one of pairs of layers: it has no column "other"',
      'a matrix draws metrics between layers, such as metric: cka',
    ],
    [
      {...table, rows: table.rows.map(row => ({...row, other: 'labels', other_index: null}))},
      'the table of "telling" compares layers with "labels", not with layers',
      'set with: layers in its stage; or draw it with plot: profile',
    ],
    [
      {...table, rows: []},
      'the table of "telling" has no rows',
      'check which layers and samples its stage was given',
    ],
  ])('%#', (of, message, hint) => {
    expect(failure(() => pairsOf(of, null))).toEqual([{code: 'E501', message, hint}]);
  });

  test('a column that is not there', () => {
    expect(failure(() => pairsOf(table, 'imbalanc'))).toMatchObject([{hint: 'did you mean "imbalance"?'}]);
  });
});

describe('the figure', () => {
  const blocks = (n: number): string[] => Array.from({length: n}, (_, i) => `blocks.${i}`);

  test.each([
    ['few layers', [pairTable(NAMES, null, apart)]],
    ['many layers', [pairTable(blocks(60), null, (a, b) => 1 / (1 + Math.abs(a - b)))]],
    ['two networks', [pairTable(NAMES, blocks(5), apart), pairTable(NAMES, NAMES, apart)]],
    ['one layer', [pairTable(['norm'], null, () => 1)]],
    ['nothing defined', [pairTable(NAMES, null, () => 'constant')]],
  ])('of %s is sound', async (_name, tables) => {
    await expectSound(await draw(matrix, tables, {title: 'How alike layers are'}));
  });

  test('has values in its cells where there are few, and all names', async () => {
    const texts = textsOf(await draw(matrix, [pairTable(NAMES, null, apart)]));
    for (const text of [...NAMES, ...NAMES, '0.50', '0.25', '0.13', '0', 'imbalance', 'chance 0.017'])
      expect(texts).toContain(text);
    const many = textsOf(await draw(matrix, [pairTable(blocks(60), null, () => 0.5)]));
    expect(many).not.toContain('0.50');
    expect(many).toContain('blocks.0');
    expect(many).toContain('blocks.59');
  });

  test('gives tables of one quantity the same colours, and names their stages', async () => {
    const half = {...pairTable(NAMES, null, (a, b) => Math.abs(a - b) / 8), label: 'half'};
    const {spec, svg} = await draw(matrix, [pairTable(NAMES, null, apart), half]);
    const scales = [...JSON.stringify(spec).matchAll(/"scheme":"viridis","domain":(\[[^\]]*\])/g)].map(
      m => m[1],
    );
    expect(scales).toEqual(['[0,0.5]', '[0,0.5]']);
    expect(svg).toContain('>half · chance 0.017<');
  });

  test('is the same on every machine', async () => {
    const table = pairTable(NAMES, null, (a, b) => (a === 1 && b === 2 ? 'constant' : apart(a, b)));
    const {spec, svg} = await draw(matrix, [table]);
    await expect(`${JSON.stringify(spec, null, 1)}\n`).toMatchFileSnapshot('../../golden/plot/matrix.json');
    await expect(svg).toMatchFileSnapshot('../../golden/plot/matrix.svg');
  });
});
