import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
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
  for (const damage of [(f: string) => truncateSync(f, 3), (f: string) => rmSync(f)]) {
    const store = fresh();
    const manifest = commit(store);
    damage(store.blob(manifest.parts[0]!.blob));
    expect(store.find(manifest.key)).toBeUndefined();
    expect(readdirSync(join(store.root, 'quarantine'))).toEqual([`${manifest.key}.json`]);
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

test('a store of a newer format is refused', () => {
  const store = fresh();
  writeFileSync(join(store.root, 'format.json'), '{"format":2}');
  expect(() => store.draft()).toThrow(
    `E602 the store ${store.root} has format 2; this version of Strata reads format 1`,
  );
});
