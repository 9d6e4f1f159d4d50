import sharp from 'sharp';
import {describe, expect, it} from 'vitest';
import type {StrataError} from '../../../src/diagnostics/diagnostic.js';
import type {Context, Inputs, Output} from '../../../src/stages/define.js';
import {scatterOf} from '../../../src/stages/plot/scatter-panels.js';
import type {ScatterOptions} from '../../../src/stages/plot/scatter-spec.js';
import {scatterSpec} from '../../../src/stages/plot/scatter-spec.js';
import scatter from '../../../src/stages/plot/scatter.js';
import pca from '../../../src/stages/project/pca.js';
import type {Row, Table} from '../../../src/stages/ports.js';
import {normals} from '../../golden/golden.js';
import {complete} from '../load/run-stage.js';

interface Given {
  readonly label?: string;
  /** In the order of the table; the index counts from its end. */
  readonly layers?: readonly string[];
  readonly n?: number;
  readonly classOf?: (i: number) => string | null;
  readonly status?: (layer: string) => string;
}

/** A table of views: normal points, shifted by class. */
function view({
  label = 'pca',
  layers = ['a'],
  n = 30,
  classOf = () => null,
  status = () => 'ok',
}: Given): Table {
  const z = normals(1, 2 * n);
  const rows = layers.flatMap((layer, at) =>
    Array.from({length: n}, (_, i): Row => {
      const about = {layer, index: layers.length - at, depth: 0.5, sample: `s${i}`, class: classOf(i), n};
      if (status(layer) !== 'ok') return {...about, status: status(layer)};
      const shift = 3 * ((classOf(i)?.length ?? 0) % 5);
      const place = {x: z[2 * i]! + shift, y: 0.1 * z[2 * i + 1]!};
      return {
        ...about,
        ...place,
        trustworthiness: 0.98765,
        continuity: 0.9,
        explained_x: 0.5,
        explained_y: 0.25,
        status: 'ok',
      };
    }),
  );
  return {label, columns: pca.columns!, rows, value: 'trustworthiness'};
}

const OPTIONS: ScatterOptions = {title: null, columns: null, size: 200};

describe('scatterOf', () => {
  it('has a panel for each layer of each table, in the order of the forward pass', () => {
    const {panels} = scatterOf([view({layers: ['b', 'a']}), view({label: 'umap', layers: ['c']})]);
    expect(panels.map(p => p.title)).toEqual(['pca · a', 'pca · b', 'umap · c']);
    expect(scatterOf([view({layers: ['b', 'a']})]).panels.map(p => p.title)).toEqual(['a', 'b']);
    expect(panels[0]!.notes).toEqual([
      'trustworthiness 0.988',
      'continuity 0.900',
      'explained variance 0.750',
    ]);
    expect(panels[0]!.dots).toHaveLength(30);
  });

  it('says why there is no view', () => {
    const {panels} = scatterOf([view({layers: ['b', 'a'], status: l => (l === 'a' ? 'constant' : 'ok')})]);
    expect(panels[0]).toEqual({title: 'a', notes: [], dots: [], missing: 'constant'});
    expect(panels[1]!.missing).toBeNull();
  });

  it('draws no more than can be seen, of all classes alike', () => {
    const {panels} = scatterOf([view({n: 40_000, classOf: i => (i < 20_000 ? 'first' : 'second')})]);
    const {dots, notes} = panels[0]!;
    expect(dots).toHaveLength(20_000);
    expect(notes.at(-1)).toBe('20000 of 40000 samples drawn');
    const share = (some: typeof dots): number => some.filter(d => d.class === 'first').length / some.length;
    for (const from of [0, 5000, 19_000]) expect(share(dots.slice(from, from + 1000))).toBeCloseTo(0.5, 1);
  });

  it('names classes in an order that people expect', () => {
    const names = ['class 10', 'class 9', 'b', 'a', null];
    const table = view({n: 5, classOf: i => names[i]!});
    expect(scatterOf([table]).classes).toEqual(['a', 'b', 'class 9', 'class 10']);
    expect(scatterOf([view({n: 30, classOf: i => String(i % 12)})]).classes.slice(0, 4)).toEqual([
      '0',
      '1',
      '2',
      '3',
    ]);
    expect(scatterOf([view({})]).classes).toEqual([]);
  });

  it.each([
    [
      {columns: pca.columns!.filter(c => c.name !== 'x')},
      'the table of "pca" cannot be drawn as points: it has no column "x"',
    ],
    [{rows: []}, 'the table of "pca" has no rows'],
  ])('refuses what is no view', (change, message) => {
    try {
      scatterOf([{...view({}), ...change}]);
    } catch (error) {
      expect((error as StrataError).diagnostics).toMatchObject([{code: 'E501', message}]);
      return;
    }
    throw new Error('did not fail');
  });
});

interface Panel {
  readonly data: {readonly values: readonly {x: number; y: number}[]};
  readonly mark: {readonly size: number; readonly opacity: number};
  readonly encoding: Record<
    'x' | 'y' | 'color',
    {scale: {domain: [number, number]}; legend?: unknown; value?: string}
  >;
}
const spec = (given: Given, options: Partial<ScatterOptions> = {}) =>
  scatterSpec(scatterOf([view(given)]), {...OPTIONS, ...options}) as unknown as {
    concat: Panel[];
    columns: number;
    title?: {text: string[]};
  };

describe('scatterSpec', () => {
  it('has both axes to one scale, with all points well inside', () => {
    const [{encoding, data}] = spec({}).concat as [Panel];
    const [x, y] = [encoding.x.scale.domain, encoding.y.scale.domain];
    expect(x[1] - x[0]).toBeCloseTo(y[1] - y[0], 10);
    for (const point of data.values) {
      expect(point.x > x[0] && point.x < x[1] && point.y > y[0] && point.y < y[1]).toBe(true);
    }
  });

  it('draws many points smaller and fainter', () => {
    const [few, many] = [30, 10_000].map(n => spec({n}).concat[0]!.mark) as [Panel['mark'], Panel['mark']];
    expect(many.size).toBeLessThan(few.size);
    expect(many.opacity).toBeLessThan(few.opacity);
  });

  it('has a legend where classes can be told apart', () => {
    const {color} = spec({n: 60, classOf: i => `c${i % 21}`}).concat[0]!.encoding;
    expect(color.scale.domain).toHaveLength(21);
    expect(color.legend).toMatchObject({title: 'class', columns: 2});
    const crowd = spec({n: 60, classOf: i => `c${i % 22}`});
    expect(crowd.concat[0]!.encoding.color.legend).toBeNull();
    expect(crowd.title!.text).toEqual(['22 classes: their colours and shapes repeat']);
    expect(spec({}).concat[0]!.encoding.color).toEqual({value: '#0072b2'});
    expect(spec({}).title).toBeUndefined();
  });

  it('sets panels in rows', () => {
    const layers = (count: number): string[] => Array.from({length: count}, (_, i) => `l${i}`);
    expect([1, 3, 4, 5, 6, 7, 24].map(count => spec({layers: layers(count)}).columns)).toEqual([
      1, 3, 4, 3, 3, 4, 4,
    ]);
    expect(spec({layers: layers(7)}, {columns: 2}).columns).toBe(2);
  });
});

describe('plot/scatter', () => {
  const FIGURES: Record<string, [Given[], Record<string, unknown>]> = {
    'one layer without classes': [[{n: 300}], {}],
    'long names, many classes': [
      [
        {
          layers: ['blocks.11.attention.output.projection', 'b', 'c'],
          classOf: i => `a long name of a class ${i % 20}`,
        },
      ],
      {title: 'A title that is longer than what it stands above, so that it has to go on in a second line'},
    ],
    'more classes than colours': [[{layers: ['a', 'b'], n: 100, classOf: i => `c${i % 40}`}], {columns: 1}],
    'several tables, one without a view': [
      [{label: 'pca'}, {label: 'tsne', status: () => 'constant'}],
      {size: 120},
    ],
    'points at one place': [[{n: 1, classOf: () => 'only'}], {}],
  };
  it.each(Object.entries(FIGURES))('draws %s: nothing is cut off', async (_, [tables, params]) => {
    const ctx = {signal: new AbortController().signal} as Context;
    const inputs = {tables: () => Promise.resolve(tables.map(view))} as unknown as Inputs;
    const figure = (await scatter.run(ctx, inputs, complete(scatter, params), [])) as Extract<
      Output,
      {type: 'figure'}
    >;
    const {data, info} = await sharp(figure.png).greyscale().raw().toBuffer({resolveWithObject: true});
    const margin = 16;
    const clear = data.every((value, i) => {
      const [x, y] = [i % info.width, Math.floor(i / info.width)];
      const inside = x >= margin && y >= margin && x < info.width - margin && y < info.height - margin;
      return inside || value === 255;
    });
    expect(clear).toBe(true);
  });
});
