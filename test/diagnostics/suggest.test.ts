import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {editDistance, suggest, suggestion} from '../../src/diagnostics/suggest.js';

describe('edit distance', () => {
  test.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'ab', 1],
    ['abc', 'acb', 1],
    ['modle', 'model', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%s to %s is %d', (a, b, distance) => {
    expect(editDistance(a, b, 10)).toBe(distance);
    expect(editDistance(b, a, 10)).toBe(distance);
  });

  test('stops at its limit', () => expect(editDistance('kitten', 'sitting', 2)).toBe(3));

  test('is 0 only for equals, and no more than the longer length', () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const distance = editDistance(a, b, 100);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
      {seed: 1},
    ));
});

describe('suggest', () => {
  const names = ['model', 'layers', 'pool', 'device', 'k'];
  test.each([
    ['modle', 'model'],
    ['MODEL', 'model'],
    ['layer', 'layers'],
    ['devcie', 'device'],
    ['kk', 'k'],
    ['dev', 'device'],
    ['de', null],
    ['colour', null],
    ['m', null],
    ['', null],
  ])('%s: %s', (word, expected) => expect(suggest(word, names)).toBe(expected));

  test('takes the closest, and the first of equals', () => {
    expect(suggest('blocks', ['block', 'blocks.1', 'blocks'])).toBe('blocks');
    expect(suggest('heed', ['head', 'feed'])).toBe('head');
  });

  test('lists the names where none is close, if they are few', () => {
    expect(suggestion('modle', names, 'parameters')).toBe('did you mean "model"?');
    expect(suggestion('colour', names, 'parameters')).toBe('parameters: model, layers, pool, device, k');
    expect(suggestion('colour', [], 'parameters')).toBeNull();
    expect(
      suggestion(
        'colour',
        Array.from({length: 40}, (_, i) => `name${i}`),
        'parameters',
      ),
    ).toBeNull();
  });
});
