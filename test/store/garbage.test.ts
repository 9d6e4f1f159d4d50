import {expect, test} from 'vitest';
import type {Contents} from '../../src/store/contents.js';
import {GRACE, type Limits, findGarbage} from '../../src/store/garbage.js';
import type {RunState} from '../../src/store/runs.js';

const HOUR = 3600_000;
const NOW = 1e12;

interface Result {
  readonly blobs: readonly string[];
  /** Hours ago. */
  readonly touched: number;
  readonly units?: readonly string[];
}
interface Run {
  readonly keys: readonly string[];
  readonly state?: RunState;
  /** Hours ago. */
  readonly used?: number;
  readonly running?: number;
  readonly folder?: string;
}

/** A store whose manifests take one byte, and blobs ten. */
function contents(
  results: Record<string, Result>,
  runs: readonly Run[] = [],
  loose: readonly string[] = [],
): Contents {
  const blobs = new Set([...Object.values(results).flatMap(r => r.blobs), ...loose]);
  return {
    results: new Map(
      Object.entries(results).map(([key, {blobs: own, touched, units = []}]) => {
        const parts = own.map(blob => ({blob, bytes: 10}));
        return [key, {key, stage: 'test', units, parts, bytes: 1, touched: NOW - touched * HOUR}];
      }),
    ),
    blobs: new Map([...blobs].map(blob => [blob, {bytes: 10, modified: NOW - 100 * HOUR}])),
    runs: runs.map(({keys, state = 'there', used = 0, running, folder}, i) => ({
      id: String(i),
      used: NOW - used * HOUR,
      state,
      usage: {
        format: 1,
        folder: folder ?? `/out/x/${i}`,
        experiment: 'x',
        keys,
        host: 'here',
        running: running === undefined ? null : NOW - running * HOUR,
        pinned: state === 'pinned',
      },
    })),
    now: NOW,
  };
}

function garbage(
  c: Contents,
  limits: Partial<Limits> = {},
): {results: string[]; blobs: string[]; excess: number} {
  const {results, blobs, excess} = findGarbage(c, {
    olderThan: null,
    maxBytes: null,
    keepRuns: null,
    ...limits,
  });
  return {results: results.map(r => r.key), blobs: [...blobs], excess};
}

test('the results of runs stay, with their units; the others go with the blobs that only they name', () => {
  const c = contents(
    {
      a: {blobs: ['1', '2'], touched: 50, units: ['b', 'gone']},
      b: {blobs: ['1'], touched: 50},
      c: {blobs: ['2', '3'], touched: 50},
    },
    [{keys: ['a', 'never made']}],
  );
  expect(garbage(c)).toEqual({results: ['c'], blobs: ['3'], excess: 0});
});

test.each([
  ['there', []],
  ['pinned', []],
  ['live', []],
  ['elsewhere', []],
  ['gone', ['a']],
] as const)('a run that is %s', (state, goes) => {
  const c = contents({a: {blobs: ['1'], touched: 50}}, [{keys: ['a'], state, used: 40, running: 40}]);
  expect(garbage(c).results).toEqual(goes);
});

test('a run whose folder only another machine can see counts until it is too old', () => {
  const c = contents({a: {blobs: ['1'], touched: 50}}, [{keys: ['a'], state: 'elsewhere', used: 40}]);
  expect(garbage(c, {olderThan: 41 * HOUR}).results).toEqual([]);
  expect(garbage(c, {olderThan: 39 * HOUR}).results).toEqual(['a']);
});

test('an age counts from the last use, by whichever run and of the whole for its units', () => {
  const c = contents(
    {
      a: {blobs: ['1'], touched: 50, units: ['b']},
      b: {blobs: ['2'], touched: 50},
      c: {blobs: ['3'], touched: 50},
    },
    [
      {keys: ['a', 'c'], state: 'gone', used: 30},
      {keys: ['a'], state: 'gone', used: 20},
    ],
  );
  expect(garbage(c, {olderThan: 25 * HOUR}).results).toEqual(['c']);
  expect(garbage(c, {olderThan: 35 * HOUR}).results).toEqual([]);
});

test('without an age or a size, what was used within the last hour stays', () => {
  const c = contents({a: {blobs: ['1'], touched: 0.9}, b: {blobs: ['2'], touched: 1.1}});
  expect(garbage(c)).toEqual({results: ['b'], blobs: ['2'], excess: 0});
});

test('down to a size, the least recently used go; blobs in common go with the last', () => {
  const c = contents(
    {
      a: {blobs: ['1'], touched: 10},
      b: {blobs: ['1', '2'], touched: 30},
      c: {blobs: ['3'], touched: 20},
      d: {blobs: ['3', '4'], touched: 40},
    },
    [{keys: ['d'], used: 40}],
  );
  // All take 44 bytes.
  expect(garbage(c, {maxBytes: 44})).toEqual({results: [], blobs: [], excess: 0});
  expect(garbage(c, {maxBytes: 43})).toEqual({results: ['b'], blobs: ['2'], excess: 0});
  expect(garbage(c, {maxBytes: 32})).toEqual({results: ['b', 'c'], blobs: ['2'], excess: 0});
  expect(garbage(c, {maxBytes: 31})).toEqual({results: ['b', 'c', 'a'], blobs: ['1', '2'], excess: 0});
  expect(garbage(c, {maxBytes: 20})).toEqual({results: ['b', 'c', 'a'], blobs: ['1', '2'], excess: 1});
});

test('an age and a size: first all that is too old, then what there is no room for', () => {
  const c = contents({
    a: {blobs: ['1'], touched: 10},
    b: {blobs: ['2'], touched: 20},
    c: {blobs: ['3'], touched: 30},
  });
  expect(garbage(c, {olderThan: 25 * HOUR, maxBytes: 22}).results).toEqual(['c']);
  expect(garbage(c, {olderThan: 25 * HOUR, maxBytes: 21}).results).toEqual(['c', 'b']);
});

test('only the latest runs of a folder of runs may count', () => {
  const results = Object.fromEntries(['a', 'b', 'c', 'd'].map(key => [key, {blobs: [key], touched: 50}]));
  const c = contents(results, [
    {keys: ['a'], used: 50, folder: '/out/x/20250101-000000'},
    {keys: ['b'], used: 50, folder: '/out/x/20250301-000000'},
    {keys: ['c'], used: 50, folder: '/out/x/20250201-000000'},
    {keys: ['d'], used: 50, folder: '/out/x/variant/20250101-000000'},
  ]);
  expect(garbage(c, {keepRuns: 1}).results).toEqual(['a', 'c']);
  expect(garbage(c, {keepRuns: 2}).results).toEqual(['a']);
});

test('while a run goes on, what was made or used since it began stays, and blobs that came since', () => {
  const early = 5 + GRACE / HOUR;
  const c = contents(
    {a: {blobs: ['1'], touched: early - 0.1}, b: {blobs: ['2'], touched: early + 0.1}},
    [{keys: [], state: 'live', running: 5}],
    ['old', 'new'],
  );
  const blobs = new Map(c.blobs).set('new', {bytes: 10, modified: NOW - (early - 0.1) * HOUR});
  expect(garbage({...c, blobs}, {olderThan: 0, maxBytes: 0})).toEqual({
    results: ['b'],
    blobs: ['2', 'old'],
    excess: 11,
  });
});

test('blobs of no result go when they are an hour old', () => {
  const c = contents({}, [], ['old', 'new']);
  const blobs = new Map(c.blobs).set('new', {bytes: 10, modified: NOW - 0.9 * HOUR});
  expect(garbage({...c, blobs}, {olderThan: 0})).toEqual({results: [], blobs: ['old'], excess: 0});
  expect(findGarbage({...c, blobs}, {olderThan: 0, maxBytes: null, keepRuns: null}).young).toBe(10);
});
