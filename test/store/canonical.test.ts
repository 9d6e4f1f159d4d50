import {expect, test} from 'vitest';
import {canonicalDigest, encode} from '../../src/store/canonical.js';

const same = (a: unknown, b: unknown): boolean => encode(a as never).equals(encode(b as never));

test('digests are pinned: changing one makes every result on every disk new', () => {
  const pinned: [unknown, string][] = [
    [null, ''],
    [true, ''],
    [0, ''],
    [-0, ''],
    [1, ''],
    [0.1, ''],
    [NaN, ''],
    ['', ''],
    ['é', ''],
    [[], ''],
    [{}, ''],
    [{b: [1, 'x', null], a: {c: false}}, ''],
  ];
  expect(pinned.map(([value]) => canonicalDigest('test', value as never).slice(0, 16)))
    .toMatchInlineSnapshot(`
    [
      "ac370e802128f7f5",
      "d4674e4435144522",
      "4ca5304747a2e084",
      "92ac5fba9d3ffdce",
      "dfc6bdf3eb02dd4c",
      "70a0331e3bf78641",
      "54c9d199add90435",
      "54869281ed54ebd9",
      "564cb43f6990e36e",
      "c487cc9a6ac19138",
      "6ffa703e49b58dc0",
      "0a883a397a09ac3e",
    ]
  `);
});

test('what JavaScript confuses stays apart', () => {
  const values = [
    null,
    false,
    true,
    0,
    -0,
    1,
    '1',
    '',
    [],
    {},
    [[]],
    [null],
    NaN,
    Infinity,
    1e-3,
    '0.001',
    {a: null},
  ];
  for (const [i, a] of values.entries())
    for (const [j, b] of values.entries()) expect(same(a, b)).toBe(i === j);
});

test('lengths keep neighbours apart', () => {
  expect(same(['ab', 'c'], ['a', 'bc'])).toBe(false);
  expect(same({ab: 'c'}, {a: 'bc'})).toBe(false);
  expect(same([[1], 2], [[1, 2]])).toBe(false);
});

test('the order of names does not matter, and is that of code units', () => {
  expect(same({a: 1, B: 2, ä: 3}, {ä: 3, B: 2, a: 1})).toBe(true);
  const text = encode({a: 1, B: 2}).toString('latin1');
  expect(text.indexOf('B')).toBeLessThan(text.indexOf('a'));
});

test('1 and 1.0 are one number; undefined has no form', () => {
  expect(same(1, 1.0)).toBe(true);
  expect(() => encode({a: [undefined]} as never)).toThrow('no canonical form of undefined at ".a.0"');
});
