import {describe, expect, it} from 'vitest';
import {type Selection, select} from '../../../src/stages/load/select.js';
import {createRng} from '../../../src/stages/rng.js';
import {failure} from './run-stage.js';

const names = ['cat', 'dog', 'eel'];
/** 5 cats, 4 dogs, 3 eels, interleaved; every third is in the split "val". */
const rows = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 0].map((label, i) => ({
  i,
  label,
  class: names[label]!,
  split: i % 3 === 0 ? 'val' : 'train',
}));

const all: Selection = {sample: {n: null, by: 'none', seed: null}, classes: null};
const pick = (selection: Partial<Selection>, seed = 1): typeof rows =>
  select(rows, names, {...all, ...selection}, createRng(seed));
const told = (selection: Partial<Selection>): Promise<string> =>
  failure(Promise.resolve().then(() => pick(selection)));
const counts = (chosen: typeof rows): number[] =>
  names.map((_, l) => chosen.filter(r => r.label === l).length);

describe('select', () => {
  it('keeps everything by default', () => {
    expect(pick({})).toEqual(rows);
  });

  it('draws without replacement and keeps the order', () => {
    const chosen = pick({sample: {n: 7, by: 'none', seed: null}});
    const order = chosen.map(r => r.i);
    expect(new Set(order).size).toBe(7);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('draws from the seed of the stage unless it has its own', () => {
    const of = (seed: number | null, stage: number): number[] =>
      pick({sample: {n: 6, by: 'none', seed}}, stage).map(r => r.i);
    expect(of(null, 1)).toEqual(of(null, 1));
    expect(of(null, 1)).not.toEqual(of(null, 2));
    expect(of(5, 1)).toEqual(of(5, 2));
    expect(of(1, 9)).toEqual(of(null, 1));
  });

  it('draws every sample equally often', () => {
    const hits = new Int32Array(rows.length);
    for (let seed = 0; seed < 3000; seed++)
      for (const r of pick({sample: {n: 4, by: 'none', seed}})) hits[r.i]!++;
    // Binomial with mean 1000 and standard deviation 26.
    for (const h of hits) expect(Math.abs(h - 1000)).toBeLessThan(120);
  });

  it('takes as many of every class, to within one', () => {
    expect(counts(pick({sample: {n: 9, by: 'class', seed: null}}))).toEqual([3, 3, 3]);
    for (let seed = 0; seed < 20; seed++) {
      const c = counts(pick({sample: {n: 7, by: 'class', seed}}));
      expect(c.toSorted()).toEqual([2, 2, 3]);
    }
    // Eels have no more than three, so the one over is a cat or a dog.
    for (let seed = 0; seed < 20; seed++)
      expect(counts(pick({sample: {n: 10, by: 'class', seed}}))[2]).toBe(3);
  });

  it('keeps classes by name and number, with their numbers', () => {
    const chosen = pick({classes: ['eel', 0]});
    expect(counts(chosen)).toEqual([5, 0, 3]);
    expect(chosen.every(r => names[r.label] === r.class)).toBe(true);
  });

  it('keeps a split, before it draws', () => {
    expect(pick({split: 'val'}).map(r => r.i)).toEqual([0, 3, 6, 9]);
    expect(pick({split: 'val', sample: {n: 4, by: 'none', seed: null}}).map(r => r.i)).toEqual([0, 3, 6, 9]);
  });

  it('says what is not there', async () => {
    expect(await told({sample: {n: 13, by: 'none', seed: null}})).toBe(
      'E306 sample of 13: there are only 12 samples',
    );
    expect(await told({sample: {n: 12, by: 'class', seed: null}})).toBe(
      'E306 sample of 12 by class: 4 of each are needed, class "eel" has 3',
    );
    const fewer = rows.filter(r => r.i !== 10);
    const most: Selection = {...all, sample: {n: 11, by: 'class', seed: null}};
    expect(await failure(Promise.resolve().then(() => select(fewer, names, most, createRng(0))))).toBe(
      'E306 sample of 11 by class: 2 classes need 4 samples, only 1 have them',
    );
    expect(await told({classes: ['dgo']})).toBe('E306 class "dgo" is not in the data (did you mean "dog"?)');
    expect(await told({classes: [7]})).toBe(
      'E306 class 7 (number 7) has no samples (classes with samples: 0, 1, 2)',
    );
    expect(await told({split: 'vall'})).toBe('E306 split "vall" is not in the data (did you mean "val"?)');
  });

  it('needs labels to go by class', async () => {
    const bare = [{label: null, class: null, split: null}];
    const go = (s: Partial<Selection>): Promise<string> =>
      failure(Promise.resolve().then(() => select(bare, [], {...all, ...s}, createRng(0))));
    expect(await go({classes: ['cat']})).toBe('E304 classes: the samples have no labels');
    expect(await go({sample: {n: 1, by: 'class', seed: null}})).toBe(
      'E304 sample by class: the samples have no labels',
    );
    expect(await go({split: 'val'})).toBe(
      'E306 split "val" is not in the data (the samples of this source have no split)',
    );
  });
});
