import {describe, expect, test} from 'vitest';
import {StrataError} from '../../../src/diagnostics/diagnostic.js';
import distribution from '../../../src/stages/plot/distribution.js';
import {distributionsOf} from '../../../src/stages/plot/distributions.js';
import {binEdges, histogram} from '../../../src/stages/plot/histogram.js';
import type {Row, Table} from '../../../src/stages/ports.js';
import {draw, expectSound, textsOf} from './figure.js';
import {scatter} from './tables.js';

const OPTIONS = {y: null, by: 'auto', bins: 10};

/** k* of 40 samples of four classes in some layers. */
function samples(layers: number): Table {
  const rows = Array.from({length: layers}, (_, index) => index).flatMap(index =>
    Array.from({length: 40}, (_, i): Row => {
      const share = Math.min(1, (1 + index) / layers / 2 + 0.1 * scatter(index, i) + 0.1);
      return {
        ...{layer: `blocks.${index}`, index, depth: 0.5, group: `class ${i % 4}`, sample: String(i)},
        ...{kstar: Math.round(10 * share), kstar_share: share, n: 1, status: 'ok'},
      };
    }),
  );
  const columns = [
    ...(['layer', 'group', 'sample', 'status'] as const).map(
      name => ({name, type: 'string', description: name}) as const,
    ),
    {name: 'index', type: 'int', description: 'place'} as const,
    {name: 'kstar', type: 'int', description: 'samples: k*, the rank'} as const,
    {name: 'kstar_share', type: 'float', description: 'samples: share of its class (k* / n)'} as const,
  ];
  return {columns, rows, value: 'kstar_share', label: 'reach'};
}

const failure = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof StrataError ? error.diagnostics : error;
  }
  return null;
};

describe('bins', () => {
  test('cover the values, the last one with its end', () => {
    const edges = binEdges([2, 10], 4, false);
    expect(edges).toEqual([2, 4, 6, 8, 10]);
    expect(histogram([2, 3.9, 4, 10, 9], edges).map(b => b.share)).toEqual([0.4, 0.2, 0, 0.4]);
  });

  test('of whole numbers hold whole numbers, at most as many bins as asked for', () => {
    expect(binEdges([1, 4], 10, true)).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
    const edges = binEdges([1, 50], 20, true);
    expect(edges.length - 1).toBeLessThanOrEqual(20);
    expect(edges[1]! - edges[0]!).toBe(3);
    expect(edges.at(-1)!).toBeGreaterThan(50);
  });

  test('of shares fill [0, 1]; of equal values there is room around them', () => {
    expect(binEdges([0.1, 0.9], 2, false)).toEqual([0, 0.5, 1]);
    const [low, high] = binEdges([3, 3], 5, false) as [number, number];
    expect(low < 3 && high > 3).toBe(true);
    expect(histogram([3, 3], [low, high])[0]!.share).toBe(1);
  });
});

describe('what is drawn', () => {
  test('a panel for each layer, whose shares sum to 1, over the same bins', () => {
    const {panels, title, y} = distributionsOf(samples(3), OPTIONS);
    expect([title, y]).toEqual(['Share of its class', 'kstar_share']);
    expect(panels.map(p => [p.name, p.n])).toEqual([0, 1, 2].map(i => [`blocks.${i}`, 40]));
    for (const {bins} of panels) {
      expect(bins.map(b => b.start)).toEqual(panels[0]!.bins.map(b => b.start));
      expect(bins.reduce((sum, b) => sum + b.share, 0)).toBeCloseTo(1, 12);
    }
    expect(panels[2]!.mean).toBeGreaterThan(panels[0]!.mean!);
  });

  test('a panel for each class, or one of all rows', () => {
    expect(distributionsOf(samples(2), {...OPTIONS, by: 'group'}).panels).toHaveLength(4);
    expect(distributionsOf(samples(2), {...OPTIONS, by: 'none'}).panels.map(p => p.n)).toEqual([80]);
  });

  test('what is undefined is left out and counted', () => {
    const table = samples(1);
    const rows = table.rows.map((row, i) => (i < 3 ? {...row, status: 'single class'} : row));
    const found = distributionsOf({...table, rows}, OPTIONS);
    expect([found.panels[0]!.n, found.notes]).toEqual([37, ['3 of 40 undefined: single class']]);
  });

  test('what cannot be drawn says why', () => {
    const table = samples(1);
    const rows = table.rows.map(row => ({...row, status: 'single class'}));
    expect(failure(() => distributionsOf({...table, rows}, OPTIONS))).toEqual([
      {
        code: 'E501',
        message: 'column "kstar_share" of the table of "reach" has no value to draw',
        hint: 'see why: strata show RUN, column status; or choose another column by y',
      },
    ]);
    expect(failure(() => distributionsOf(table, {...OPTIONS, by: 'grup'}))).toEqual([
      {
        code: 'E501',
        message: 'the table of "reach" has no column "grup" to draw panels by',
        hint: 'did you mean "group"?',
      },
    ]);
    expect(failure(() => distributionsOf(samples(70), OPTIONS))).toMatchObject([
      {message: '"layer" of "reach" would give 70 panels; 64 can be drawn'},
    ]);
  });
});

describe('the figure', () => {
  test.each([
    ['one panel', samples(1), {by: 'none'}],
    ['seven layers', samples(7), {}],
    ['many layers', samples(24), {y: 'kstar'}],
  ])('of %s is sound', async (_name, table, params) => {
    await expectSound(await draw(distribution, [table], params));
  });

  test('says what is on its axes, the mean and the number of values', async () => {
    const texts = textsOf(await draw(distribution, [samples(2)]));
    for (const text of [
      'Share of its class',
      'blocks.0',
      'blocks.1',
      'kstar_share',
      'share',
      'n = 40 in each panel',
    ])
      expect(texts).toContain(text);
    expect(texts.filter(text => /^mean 0\.\d+$/.test(text))).toHaveLength(2);
  });

  test('is the same on every machine', async () => {
    const {spec, svg} = await draw(distribution, [samples(2)]);
    await expect(`${JSON.stringify(spec, null, 1)}\n`).toMatchFileSnapshot(
      '../../golden/plot/distribution.json',
    );
    await expect(svg).toMatchFileSnapshot('../../golden/plot/distribution.svg');
  });
});
