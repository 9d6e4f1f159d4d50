import {mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import fc from 'fast-check';
import {afterAll, describe, expect, test} from 'vitest';
import type {CatalogueEntry} from '../../src/stages/catalogue.js';
import type {PathKind} from '../../src/stages/define.js';
import type {Canonical} from '../../src/store/canonical.js';
import type {KeyRecord, Manifest, Part} from '../../src/store/manifest.js';
import {StatCache} from '../../src/store/stat-cache.js';
import {keyOf} from '../../src/store/store.js';
import {OutsideFiles} from '../../src/runner/files.js';
import type {Node} from '../../src/runner/node.js';
import {keyParams, stageRecord, stageSeed, unitRecord} from '../../src/runner/node.js';

const folder = mkdtempSync(join(tmpdir(), 'strata-node-'));
afterAll(() => rmSync(folder, {recursive: true}));

const ENTRY: CatalogueEntry = {
  kind: 'metric',
  name: 'twonn',
  nameKey: 'metric',
  version: 1,
  summary: '',
  source: '',
  params: {},
  inputs: {},
  output: 'table',
  columns: [],
  value: null,
  notInKey: ['batch'],
  seeded: false,
  runtime: false,
  neighbors: false,
  checks: false,
};

const node = (change: Partial<Omit<Node, 'entry'>> = {}, entry: Partial<CatalogueEntry> = {}): Node => ({
  label: 'id',
  entry: {...ENTRY, ...entry},
  params: {},
  from: {},
  neighbors: {},
  seed: 1,
  paths: [],
  place: null,
  ...change,
});

const part = (name: string, digest: string, meta: Part['meta'] = {}): Part => {
  return {name, digest, blob: '0'.repeat(64), bytes: 1, meta};
};
const artifact = (type: Manifest['type'], parts: readonly Part[]): Manifest => ({
  format: 1,
  key: '0'.repeat(64),
  record: {},
  type,
  parts,
  units: [],
  seconds: 0,
  made: {host: 'here', pid: 1, at: ''},
});

const recordOf = (n: Node, artifacts: Record<string, Manifest> = {}): KeyRecord =>
  stageRecord(
    n,
    keyParams(n, new OutsideFiles(new StatCache(tmpdir()))).params,
    new Map(Object.entries(artifacts)),
  );
const key = (n: Node, artifacts: Record<string, Manifest> = {}): string => keyOf(recordOf(n, artifacts));

/** Parameter values as an experiment can hold them. */
const value = fc.letrec<{value: Canonical}>(tie => ({
  value: fc.oneof(
    {maxDepth: 2},
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({noNaN: true, noDefaultInfinity: true}),
    fc.string(),
    fc.array(tie('value'), {maxLength: 3}),
    fc.dictionary(fc.string(), tie('value'), {maxKeys: 3, noNullPrototype: true}),
  ),
})).value;
const params = fc.dictionary(fc.string(), value, {maxKeys: 5, noNullPrototype: true});

const without = (map: Record<string, Canonical>, name: string): Record<string, Canonical> =>
  Object.fromEntries(Object.entries(map).filter(([key]) => key !== name));

/** The same value with the keys of every map in the opposite order. */
const reversed = (v: Canonical): Canonical => {
  if (Array.isArray(v)) return (v as Canonical[]).map(reversed);
  if (typeof v !== 'object' || v === null) return v;
  return Object.fromEntries(
    Object.entries(v as Record<string, Canonical>)
      .reverse()
      .map(([k, own]) => [k, reversed(own)]),
  );
};

describe('a key', () => {
  test('is the same whatever the order of the parameters, the label, the neighbours and what is not in it', () => {
    fc.assert(
      fc.property(params, fc.string(), fc.integer(), (p, label, batch) => {
        const kept = without(p, 'batch');
        const plain = key(node({params: kept}));
        expect(key(node({params: reversed(kept) as typeof p}))).toBe(plain);
        expect(key(node({params: {...kept, batch}, label, neighbors: {from: label}}))).toBe(plain);
        expect(key(node({params: kept, seed: batch}))).toBe(plain);
      }),
    );
  });

  test('differs as soon as any parameter does', () => {
    fc.assert(
      fc.property(params, fc.string(), value, value, (p, name, a, b) => {
        fc.pre(name !== 'batch' && !isDeepStrictEqual(a, b));
        const kept = without(p, 'batch');
        expect(key(node({params: {...kept, [name]: a}}))).not.toBe(key(node({params: {...kept, [name]: b}})));
      }),
    );
  });

  test.each([
    [true, {}, true],
    [false, {sample: {n: 60}}, false],
    ['sample.n', {sample: {n: 60}}, true],
    ['sample.n', {sample: {n: null}}, false],
    ['draw', {draw: 0}, true],
  ])('holds the seed of a stage that is seeded (%j) with %j: %s', (seeded, p, drawn) => {
    const [one, other] = [1, 2].map(seed => key(node({params: p, seed}, {seeded})));
    expect(one !== other).toBe(drawn);
    expect('seed' in recordOf(node({params: p}, {seeded}))).toBe(drawn);
  });

  test('differs by stage, version, seed and runtime, where the stage has them', () => {
    const keys = [
      key(node()),
      key(node({}, {name: 'anisotropy'})),
      key(node({}, {version: 2})),
      key(node({}, {seeded: true})),
      key(node({seed: 2}, {seeded: true})),
      key(node({}, {runtime: true})),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(recordOf(node({}, {seeded: true, runtime: true}))).toEqual({
      stage: 'metric/twonn',
      version: 1,
      seed: 1,
      runtime: expect.stringMatching(/^onnxruntime \d+\.\d+\.\d+$/) as string,
      params: {},
      inputs: {},
    });
  });

  test('of a stage holds what is known of every part of its inputs, but not where they come from', () => {
    const from = {from: ['a']};
    const of = (type: Manifest['type'], ...parts: Part[]): string =>
      key(node({from}), {a: artifact(type, parts)});
    const base = of('activations', part('layer/x', 'd', {depth: 0.5}));
    expect(of('activations', {...part('layer/x', 'd', {depth: 0.5}), blob: '1'.repeat(64), bytes: 9})).toBe(
      base,
    );
    expect(
      key(node({from: {from: ['b']}}), {b: artifact('activations', [part('layer/x', 'd', {depth: 0.5})])}),
    ).toBe(base);
    const others = [
      of('activations', part('layer/x', 'e', {depth: 0.5})),
      of('activations', part('layer/x', 'd', {depth: 0.6})),
      of('activations', part('layer/y', 'd', {depth: 0.5})),
      of('activations', part('layer/x', 'd', {depth: 0.5}), part('samples', 's')),
      key(node({from: {other: ['a']}}), {a: artifact('activations', [part('layer/x', 'd', {depth: 0.5})])}),
      key(node({from: {from: ['a', 'a']}}), {
        a: artifact('activations', [part('layer/x', 'd', {depth: 0.5})]),
      }),
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
  });

  test('of a stage knows the order of the parts, not the numbers that they bear', () => {
    const of = (...parts: Part[]): string =>
      key(node({from: {from: ['a']}}), {a: artifact('activations', parts)});
    const [x, y] = [part('layer/x', 'd', {index: 0}), part('layer/y', 'e', {index: 1})];
    expect(of(x, {...y, meta: {index: 5}})).toBe(of(x, y));
    expect(of(y, x)).not.toBe(of(x, y));
  });

  test('of what takes tables holds their labels, which figures show', () => {
    const table = artifact('table', [part('table', 'd')]);
    expect(key(node({from: {from: ['a']}}), {a: table})).not.toBe(
      key(node({from: {from: ['b']}}), {b: table}),
    );
  });

  test('of a unit holds the parts that it reads and no others, by role', () => {
    const record = (
      digests: Record<string, string>,
      reads: Record<string, readonly [string, string]>,
    ): string => {
      const parts = Object.entries(digests).map(([name, digest]) =>
        part(name, digest, {index: digest.length}),
      );
      const n = node({from: {from: ['a']}});
      return keyOf(unitRecord(n, {}, {id: 'x', reads}, {from: artifact('activations', parts)}));
    };
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
        fc.pre(a !== b);
        const reads = {layer: ['from', 'x'], labels: ['from', 's']} as const;
        const base = record({x: a, s: c, y: a}, reads);
        expect(record({s: c, x: a, y: b}, {labels: reads.labels, layer: reads.layer})).toBe(base);
        expect(record({x: b, s: c, y: a}, reads)).not.toBe(base);
        expect(record({x: a, s: c, y: a}, {layer: reads.layer})).not.toBe(base);
        if (a !== c)
          expect(record({x: a, s: c, y: a}, {layer: reads.labels, labels: reads.layer})).not.toBe(base);
      }),
    );
  });

  test('of a unit is not that of its stage, and takes its own parameters over those of the stage', () => {
    const n = node({params: {layers: ['x', 'y'], pool: 'cls'}});
    const p = keyParams(n, new OutsideFiles(new StatCache(tmpdir()))).params;
    const unit = {id: 'x', reads: {}, params: {layers: 'x'}};
    expect(unitRecord(n, p, unit, {})).toEqual({
      stage: 'metric/twonn',
      version: 1,
      unit: true,
      params: {layers: 'x', pool: 'cls'},
      inputs: {},
    });
    expect(keyOf(unitRecord(n, p, {id: 'x', reads: {}}, {}))).not.toBe(keyOf(recordOf(n)));
  });
});

describe('a path in a key', () => {
  const place = {file: 'a.yaml', line: 1, col: 1, width: 1, text: ''};
  const at = (name: string): string => join(folder, name);
  const of = (kind: PathKind, path: string, where: readonly (string | number)[] = ['path']): string =>
    key(
      node({
        params: where.length === 1 ? {path} : {list: [{file: path}]},
        paths: [{at: where, kind, path, place}],
      }),
    );

  test('stands for the content of a file: where it is, its name and its times do not matter', () => {
    writeFileSync(at('a.csv'), '1,2');
    const base = of('file', at('a.csv'));
    utimesSync(at('a.csv'), 1, 1);
    expect(of('file', at('a.csv'))).toBe(base);
    mkdirSync(at('other'));
    renameSync(at('a.csv'), at('other/b.csv'));
    expect(of('file', at('other/b.csv'))).toBe(base);
    writeFileSync(at('other/b.csv'), '1,3');
    expect(of('file', at('other/b.csv'))).not.toBe(base);
  });

  test('stands for the files of a folder by their places in it; hidden ones do not count', () => {
    mkdirSync(at('data/x'), {recursive: true});
    writeFileSync(at('data/x/1.png'), 'one');
    const base = of('folder', at('data'));
    writeFileSync(at('data/.DS_Store'), 'hidden');
    renameSync(at('data'), at('moved'));
    expect(of('folder', at('moved'))).toBe(base);
    renameSync(at('moved/x/1.png'), at('moved/x/2.png'));
    expect(of('folder', at('moved'))).not.toBe(base);
  });

  test('is found within a parameter, and leaves the parameters as they are', () => {
    writeFileSync(at('c.csv'), '5');
    const params = {list: [{file: at('c.csv')}]};
    const n = node({params, paths: [{at: ['list', 0, 'file'], kind: 'file', path: at('c.csv'), place}]});
    const list = keyParams(n, new OutsideFiles(new StatCache(tmpdir()))).params['list'] as Canonical[];
    expect(list).toEqual([{file: {content: expect.stringMatching(/^[0-9a-f]{64}$/) as string}}]);
    expect(params).toEqual({list: [{file: at('c.csv')}]});
    expect(of('file', at('c.csv'), ['list', 0, 'file'])).toBe(key(n));
  });

  test('that cannot be read is told with the place where it was written, all of them at once', () => {
    const missing = (name: string): Node['paths'][number] => ({
      at: [name],
      kind: 'file',
      path: at(name),
      place,
    });
    writeFileSync(at('b'), '5');
    const paths = [missing('a'), missing('b'), missing('c')];
    const n = node({params: {a: at('a'), b: at('b'), c: at('c'), k: 1}, paths});
    expect(keyParams(n, new OutsideFiles(new StatCache(tmpdir())))).toEqual({
      params: {
        a: at('a'),
        b: {content: expect.stringMatching(/^[0-9a-f]{64}$/) as string},
        c: at('c'),
        k: 1,
      },
      missing: [paths[0]!, paths[2]!].map(path => ({
        ...path,
        diagnostics: [{code: 'E301', message: `no such file: ${path.path}`, place}],
      })),
    });
  });
});

test('the seed of a stage depends on the seed of the experiment and the label, and on nothing else', () => {
  expect(stageSeed(0, 'shapes')).toBe(stageSeed(0, 'shapes'));
  const seeds = [0, 1, -1].flatMap(seed => ['a', 'b', 'ab'].map(label => stageSeed(seed, label)));
  expect(new Set(seeds).size).toBe(9);
  for (const seed of seeds) expect(seed).toBe(seed >>> 0);
  // A pinned value: another would make the draws of all experiments new.
  expect(stageSeed(0, 'scales')).toMatchInlineSnapshot(`4104878792`);
});
