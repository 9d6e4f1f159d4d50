import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {Store, keyOf} from '../../src/store/store.js';
import type {Manifest} from '../../src/store/manifest.js';

const RECORD = {stage: 'test', params: {n: 1}};
const fresh = (): Store => new Store(mkdtempSync(join(tmpdir(), 'strata-store-')));

function commit(store: Store, text = 'hello'): Manifest {
  const draft = store.draft();
  draft.addBytes('table', 'd1', text);
  return draft.commit(RECORD, 'table', 0.5);
}

test('a result is found after its commit and not before', () => {
  const store = fresh();
  expect(store.find(keyOf(RECORD))).toBeUndefined();
  const draft = store.draft();
  draft.addBytes('table', 'd1', 'hello');
  expect(store.find(keyOf(RECORD))).toBeUndefined();
  draft.commit(RECORD, 'table', 0.5);
  const manifest = store.find(keyOf(RECORD))!;
  expect(manifest.record).toEqual(RECORD);
  expect(readFileSync(store.blob(manifest.parts[0]!.blob), 'utf8')).toBe('hello');
  expect(readdirSync(join(store.root, 'drafts'))).toEqual([]);
});

test('a discarded draft leaves nothing that can be found', () => {
  const store = fresh();
  const draft = store.draft();
  draft.addBytes('table', 'd1', 'hello');
  draft.discard();
  expect(store.find(keyOf(RECORD))).toBeUndefined();
});

test('a truncated or missing blob is a miss, is put aside, and can be made again', () => {
  for (const damage of [(f: string) => truncateSync(f, 3), rmSync]) {
    const store = fresh();
    const manifest = commit(store);
    damage(store.blob(manifest.parts[0]!.blob));
    expect(store.find(manifest.key)).toBeUndefined();
    const blob = damage === rmSync ? [] : [manifest.parts[0]!.blob];
    expect(readdirSync(join(store.root, 'quarantine')).sort()).toEqual(
      [`${manifest.key}.json`, ...blob].sort(),
    );
    expect(store.quarantined).toEqual({results: 1, blobs: blob.length});
    commit(store);
    expect(readFileSync(store.blob(store.find(manifest.key)!.parts[0]!.blob), 'utf8')).toBe('hello');
  }
});

test('no flipped byte of a manifest is served', () => {
  const store = fresh();
  const {key} = commit(store);
  const file = join(store.root, 'results', key.slice(0, 2), `${key.slice(2)}.json`);
  const whole = readFileSync(file);
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole);
    bytes[at] = bytes[at]! ^ 0x01;
    writeFileSync(file, bytes);
    expect(store.find(key), `byte ${at}`).toBeUndefined();
  }
});

test('drafts of dead processes of this host are cleared, others are not', () => {
  const store = fresh();
  const drafts = join(store.root, 'drafts');
  for (const name of [
    `${hostname()}-999999999-aa`,
    `${hostname()}-${process.pid}-bb`,
    'elsewhere-999999999-cc',
  ])
    mkdirSync(join(drafts, name), {recursive: true});
  commit(store);
  expect(readdirSync(drafts).sort()).toEqual(
    [`${hostname()}-${process.pid}-bb`, 'elsewhere-999999999-cc'].sort(),
  );
});

test('a flipped byte of a blob is not served, though size and time of modification are as before', () => {
  for (const known of [true, false]) {
    const store = fresh();
    const {key, parts} = commit(store);
    const file = store.blob(parts[0]!.blob);
    if (!known) rmSync(join(store.root, 'stamps'), {recursive: true});
    const {atime, mtime} = statSync(file);
    writeFileSync(file, 'hellp');
    utimesSync(file, atime, mtime);
    expect(new Store(store.root).find(key)).toBeUndefined();
    expect(readFileSync(join(store.root, 'quarantine', parts[0]!.blob), 'utf8')).toBe('hellp');
    commit(store);
    expect(readFileSync(store.blob(new Store(store.root).find(key)!.parts[0]!.blob), 'utf8')).toBe('hello');
  }
});

test('a commit replaces a damaged blob of the same size', () => {
  const store = fresh();
  const {parts} = commit(store);
  writeFileSync(store.blob(parts[0]!.blob), 'hellp');
  const draft = store.draft();
  draft.addBytes('table', 'd1', 'hello');
  const {key} = draft.commit({other: true}, 'table', 0);
  expect(readFileSync(store.blob(new Store(store.root).find(key)!.parts[0]!.blob), 'utf8')).toBe('hello');
});

/** How many blobs a new look at results reads. */
function reads(root: string, keys: readonly string[], options?: {paranoid: boolean}): number {
  const store = new Store(root, options);
  const hash = vi.spyOn(store.stamps, 'hashAnew');
  for (const key of keys) expect(store.find(key)).toBeDefined();
  return hash.mock.calls.length;
}

test('a blob is read when it is not known to be whole, now and then in any case, and always when paranoid', () => {
  const store = fresh();
  const draft = store.draft();
  for (let i = 0; i < 64; i++) draft.addBytes(`${i}`, 'd', `blob ${i}`);
  const {key} = draft.commit(RECORD, 'table', 0);
  expect(reads(store.root, [key], {paranoid: true})).toBe(64);
  // Which ones differs from process to process: a quarter of one in the mean.
  const sampled = Array.from({length: 400}, () => reads(store.root, [key])).reduce((a, b) => a + b);
  expect(sampled).toBeGreaterThan(50);
  expect(sampled).toBeLessThan(170);
  rmSync(join(store.root, 'stamps'), {recursive: true});
  expect(reads(store.root, [key])).toBe(64);
});

test('a blob that many results name is hashed once', () => {
  const store = fresh();
  const keys = Array.from({length: 20}, (_, n) => {
    const draft = store.draft();
    draft.addBytes('table', 'd', 'the same');
    return draft.commit({n}, 'table', 0).key;
  });
  expect(reads(store.root, keys, {paranoid: true})).toBe(1);
});

test('a manifest keeps every number of its record', () => {
  const store = fresh();
  const record = {a: -0, b: [0, -0, 1e-300], c: '-0', d: {e: -0}};
  const draft = store.draft();
  draft.addBytes('table', 'd', 'hello');
  const {key} = draft.commit(record, 'table', 0);
  expect(store.find(key)!.record).toStrictEqual(record);
  expect(keyOf(store.find(key)!.record)).toBe(key);
});

test('a store of a newer format is refused, before anything of it is read or written', () => {
  const store = fresh();
  writeFileSync(join(store.root, 'format.json'), '{"format":2}');
  const says = `E602 the store ${store.root} has format 2; this version of Strata reads format 1`;
  expect(() => store.draft()).toThrow(says);
  expect(() => store.find(keyOf(RECORD))).toThrow(says);
  expect(readdirSync(store.root)).toEqual(['format.json']);
});
