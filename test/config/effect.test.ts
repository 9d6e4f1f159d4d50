/** Parameters that have an effect only where others are as they need: see also `broken/*without-effect*`. */
import {describe, expect, test} from 'vitest';
import {resolved} from '../../src/config/resolved.js';
import {CATALOGUE} from './catalogue.js';
import {codes, experiment, load, loadAll, stage} from './load-text.js';

const gride = (params: string, more = ''): string =>
  experiment(`  id: {stage: metric, metric: gride, from: hidden${params}}`, more);

describe('a parameter without effect', () => {
  test.each([
    ['as it would be anyway', ', fit: line, trim: 0, draw: {n: null, by: none}'],
    ['that has one', ', fit: likelihood, trim: 0.01, draw: {n: 3, by: class}'],
    ['that goes by the end of a path, whatever its letters', ', file: a.b.CSV, header: false'],
  ])('is not told of one %s', (_, params) => expect(codes(gride(params))).toEqual([]));

  test('is told wherever it was written', () => {
    expect(codes(gride(', trim: 0.01'))).toEqual(['E121']);
    expect(codes(gride(''), ['stages.id.trim=0.01'])).toEqual(['E121']);
    expect(codes(gride(', trim: 0.01'), ['stages.id.fit=likelihood'])).toEqual([]);
  });

  test('is not told beside mistakes, which it may come of', () =>
    expect(codes(gride(', fitt: likelihood, trim: 0.01'))).toEqual(['E104']));

  test('of a map that several stages share has one if one of them makes use of it', () => {
    const shared = (fit: string): string =>
      experiment(
        `  one: {stage: metric, metric: gride, from: hidden, fit: line, <<: &more {trim: 0.01}}
  two: {stage: metric, metric: gride, from: hidden, fit: ${fit}, <<: *more}`,
      );
    expect(codes(shared('likelihood'))).toEqual([]);
    expect(codes(shared('line'))).toEqual(['E121']);
  });
});

describe('in a sweep', () => {
  const swept = gride(
    ', trim: 0.01, file: a.csv, header: false',
    'sweep: {grid: {stages.id.fit: [line, likelihood]}}',
  );
  const variants = loadAll(swept);

  test('an option of one method counts in the variants of that method, and is as it would be anyway in the others', () =>
    expect(variants.map(v => stage(v.experiment, 'id').params)).toEqual([
      expect.objectContaining({fit: 'line', trim: 0, header: false}),
      expect.objectContaining({fit: 'likelihood', trim: 0.01, header: true}),
    ]));

  test('a variant on its own has the options that count in it, and is the same', () => {
    const [line, likelihood] = variants.map(
      ({experiment: of}) => (resolved(of, CATALOGUE) as {stages: Record<string, object>}).stages['id'],
    );
    expect(line).not.toHaveProperty('trim');
    expect(line).toHaveProperty('header', false);
    expect(likelihood).toHaveProperty('trim', 0.01);
    expect(likelihood).not.toHaveProperty('header');
    for (const {experiment: of} of variants) {
      const own = load(JSON.stringify({...resolved(of, CATALOGUE), name: 'own'}));
      expect(stage(own, 'id').params).toEqual(stage(of, 'id').params);
    }
  });
});
