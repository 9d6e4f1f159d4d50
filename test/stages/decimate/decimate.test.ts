import {describe, expect, test} from 'vitest';
import type {Inputs} from '../../../src/stages/define.js';
import type {Row, Sample, Samples, Subset, Table} from '../../../src/stages/ports.js';
import {loadStage} from '../../../src/stages/registry.js';
import {complete, context, failure} from '../load/run-stage.js';

/** Samples of these labels, in this order; null where there is none. */
function samplesOf(labels: readonly (number | null)[]): Samples {
  const rows = labels.map((label, i): Sample => {
    const id = `s${i}`;
    return {id, uri: id, sha256: '', label, class: null, split: null, boxes: []};
  });
  return {rows, classes: ['cat', 'dog', 'hen']};
}

function brightness(values: readonly (number | null)[]): Table {
  return {
    label: 'light',
    columns: [
      {name: 'sample', type: 'string', description: 'id'},
      {name: 'luminance', type: 'float', description: 'mean luma'},
    ],
    // Rows may stand in another order than the samples.
    rows: values.map((luminance, i): Row => ({sample: `s${i}`, luminance})).reverse(),
    value: 'luminance',
  };
}

async function decimate(
  labels: readonly (number | null)[],
  params: Readonly<Record<string, unknown>>,
  {table = null, seed = 0}: {table?: Table | null; seed?: number} = {},
): Promise<readonly Subset[]> {
  const stage = await loadStage('decimate');
  const inputs = {
    activations: () => ({samples: samplesOf(labels), layers: []}),
    has: (port: string) => port === 'from' || table !== null,
    tables: () => Promise.resolve([table!]),
  } as unknown as Inputs;
  const output = await stage.run(context(seed), inputs, complete(stage, params), []);
  if (output.type !== 'subsets') throw new Error(`it gave ${output.type}`);
  return output.subsets;
}

const unlabelled = (n: number) => new Array<null>(n).fill(null);
const idsOf = (subsets: readonly Subset[]) => subsets.map(s => s.id);
const sizesOf = (subsets: readonly Subset[]) => subsets.map(s => s.indices.length);
const ascending = ({indices}: Subset) => [...indices].every((row, i) => i === 0 || row > indices[i - 1]!);

describe('sizes', () => {
  test('are fractions, drawn again and again', async () => {
    const subsets = await decimate(unlabelled(40), {fractions: [1, 0.25], repeats: 3});
    expect(idsOf(subsets)).toEqual(['full', '0.25/0', '0.25/1', '0.25/2']);
    expect(sizesOf(subsets)).toEqual([40, 10, 10, 10]);
    expect(subsets.every(ascending)).toBe(true);
  });

  test('halved, each drawn as often as it fits into the whole', async () => {
    const subsets = await decimate(unlabelled(100), {fractions: [1, 0.5, 0.25, 0.125], repeats: null});
    expect(sizesOf(subsets)).toEqual([100, 50, 50, 25, 25, 25, 25, ...new Array<number>(8).fill(13)]);
  });

  test('are numbers of samples', async () => {
    const random = await decimate(unlabelled(50), {sizes: [50, 20], repeats: 2});
    expect(idsOf(random)).toEqual(['full', '20/0', '20/1']);
    expect(random.map(s => s.fraction)).toEqual([1, 0.4, 0.4]);
    for (const method of ['blocks', 'strided']) {
      const blocks = await decimate(unlabelled(50), {method, sizes: [20]});
      expect(sizesOf(blocks)).toEqual([20, 20]);
      expect(new Set(blocks.flatMap(s => [...s.indices])).size).toBe(40);
    }
  });
});

describe('equal parts', () => {
  test('are a half, a third and so on of the samples, up to rounding', async () => {
    for (const method of ['blocks', 'strided'])
      expect(sizesOf(await decimate(unlabelled(60), {method, fractions: [0.5, 0.33, 0.17]}))).toEqual([
        ...[30, 30],
        ...[20, 20, 20],
        ...new Array<number>(6).fill(10),
      ]);
  });

  test('are not any share', async () => {
    for (const fraction of [0.7, 0.6, 0.3])
      expect(await failure(decimate(unlabelled(60), {method: 'blocks', fractions: [1, fraction]}))).toBe(
        `E501 fractions: method blocks cannot make equal parts of which each is ${fraction} of the samples (take 1, 0.5, 0.333, 0.25 and so on; or method: random)`,
      );
    expect(sizesOf(await decimate(unlabelled(60), {fractions: [0.7], repeats: 2}))).toEqual([42, 42]);
  });
});

describe('within each class', () => {
  // 40 cats, 20 dogs, 8 hens, mixed.
  const labels = Array.from({length: 68}, (_, i) => (i % 17 < 10 ? 0 : i % 17 < 15 ? 1 : 2));
  const composition = ({indices}: Subset) =>
    [0, 1, 2].map(label => [...indices].filter(row => labels[row] === label).length);

  test.each(['random', 'blocks', 'strided'])('%s keeps the proportions', async method => {
    const subsets = await decimate(labels, {method, within: 'class', fractions: [1, 0.5, 0.25], repeats: 2});
    const draws = method === 'random' ? 2 : 4;
    expect(subsets.map(composition)).toEqual([
      [40, 20, 8],
      ...new Array<number[]>(2).fill([20, 10, 4]),
      ...new Array<number[]>(draws).fill([10, 5, 2]),
    ]);
    expect(subsets.every(ascending)).toBe(true);
    if (method === 'random') return;
    const quarters = subsets.slice(3).flatMap(s => [...s.indices]);
    expect(new Set(quarters).size).toBe(quarters.length);
  });

  test.each(['random', 'blocks', 'strided'])('%s takes the same number of each', async method => {
    const subsets = await decimate(labels, {method, within: 'class', sizes: [8, 4], repeats: 2});
    const pieces = method === 'random' ? [2, 2] : [1, 2];
    expect(subsets.map(composition)).toEqual([
      ...new Array<number[]>(pieces[0]!).fill([8, 8, 8]),
      ...new Array<number[]>(pieces[1]!).fill([4, 4, 4]),
    ]);
    expect(subsets.at(-1)!.fraction).toBeCloseTo(12 / 68, 15);
  });

  test('draws of different seeds differ, of the same do not', async () => {
    const params = {within: 'class', fractions: [0.5], repeats: 1};
    const once = await decimate(labels, params, {seed: 1});
    expect(await decimate(labels, params, {seed: 1})).toEqual(once);
    expect(await decimate(labels, params, {seed: 2})).not.toEqual(once);
  });

  test('says which class is too small, and which sample has none', async () => {
    expect(await failure(decimate(labels, {within: 'class', sizes: [9]}))).toBe(
      'E501 sizes: 9 of the 8 samples of class "hen" are asked for (take smaller sizes, or load more samples)',
    );
    expect(await failure(decimate(labels, {within: 'class', method: 'blocks', fractions: [0.1]}))).toBe(
      'E501 10 parts are asked of the 8 samples of class "hen" (leave out the smallest fractions, or load more samples)',
    );
    expect(await failure(decimate([0, null], {within: 'class'}))).toBe(
      'E304 within: class needs a label for every sample; "s1" has none (load the data with labels, or set within: none)',
    );
  });
});

describe('by an attribute', () => {
  const values = Array.from({length: 22}, (_, i) => ((i * 7) % 22) / 3);
  const params = {method: 'attribute', attribute: 'luminance', bins: 2};

  test('every bin is a subset that tells its range', async () => {
    const subsets = await decimate(unlabelled(22), params, {table: brightness(values)});
    expect(idsOf(subsets)).toEqual(['luminance q1: 0 to 3.333', 'luminance q2: 3.667 to 7']);
    expect(subsets.map(({fraction, repeat}) => [fraction, repeat])).toEqual([
      [0.5, 0],
      [0.5, 1],
    ]);
    const [low, high] = subsets;
    expect([...low!.indices].every(row => values[row]! < 3.5)).toBe(true);
    expect(low!.indices.length + high!.indices.length).toBe(22);
    expect(subsets.every(ascending)).toBe(true);
  });

  test('equal values are in one bin, and an empty bin is left out', async () => {
    const tied = [...new Array<number>(12).fill(1), ...new Array<number>(6).fill(2)];
    const subsets = await decimate(unlabelled(18), {...params, bins: 4}, {table: brightness(tied)});
    expect(idsOf(subsets)).toEqual(['luminance q3: 1 to 1', 'luminance q4: 2 to 2']);
    expect(sizesOf(subsets)).toEqual([12, 6]);
  });

  test('says what is missing', async () => {
    const fails = (over: object, table: Table | null) =>
      failure(decimate(unlabelled(22), {...params, ...over}, {table}));
    expect(await fails({}, null)).toContain('E501 port attributes and method: attribute go together');
    expect(await fails({method: 'random'}, brightness(values))).toContain(
      'E501 port attributes and method: attribute go together',
    );
    expect(await fails({attribute: null}, brightness(values))).toContain('needs the name of a column');
    expect(await fails({attribute: 'hue'}, brightness(values))).toBe(
      'E501 the table of "light" has no column of numbers "hue" (it has: luminance)',
    );
    expect(await fails({}, brightness([...values.slice(1), null]))).toContain(
      '"luminance" is empty for sample "s21"',
    );
    expect(await fails({bins: 8}, brightness(values))).toBe(
      'E501 luminance q1: 0 to 0.6667 of 22 samples leaves 3, fewer than 4 (take fewer bins, or load more samples)',
    );
  });
});
