import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {hashFile} from '../../src/store/hash-file.js';
import type {Manifest} from '../../src/store/manifest.js';
import {sealManifest} from '../../src/store/manifest.js';
import {stampOf} from '../../src/store/stamp.js';
import {StatCache} from '../../src/store/stat-cache.js';
import {Store} from '../../src/store/store.js';
import {verifyStore} from '../../src/store/verify.js';
import {clockMoves} from '../rig/clock.js';

let root: string;
let made: Manifest[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'strata-verify-'));
  made = [1, 2].map(n => commit(n));
});
afterEach(() => rmSync(root, {recursive: true}));

/** A result with a blob of its own, and one that all have. */
function commit(n: number): Manifest {
  const draft = new Store(root).draft();
  draft.addBytes('both', 'b', 'both');
  draft.addBytes('own', `o${n}`, `own ${n}`);
  return draft.commit({n}, 'table', 0);
}
const verify = (): ReturnType<typeof verifyStore> => verifyStore(new Store(root));
const blob = (hash: string): string => `objects/${hash.replace(/^../, '$&/')}`;
const result = (key: string): string => `results/${key.replace(/^../, '$&/')}.json`;
const WHOLE = {damaged: [], unused: {blobs: 0, bytes: 0}, drafts: 0};

test('a store of which nothing is damaged, and one that is not there', async () => {
  expect(await verify()).toEqual({...WHOLE, results: 2, blobs: 3, bytes: 14});
  rmSync(root, {recursive: true});
  expect(await verify()).toEqual({...WHOLE, results: 0, blobs: 0, bytes: 0});
  mkdirSync(root);
});

test('a damaged blob is put aside with the results that name it, and they can be made again', async () => {
  const [first, second] = made;
  const hash = first!.parts[1]!.blob;
  writeFileSync(join(root, blob(hash)), 'own 3');
  const {damaged} = await verify();
  expect(damaged).toEqual([
    {path: result(first!.key), why: `${blob(hash)}, which it names, is damaged`, aside: true},
    {path: blob(hash), why: 'its bytes are not those of its name', aside: true},
  ]);
  expect(readdirSync(join(root, 'quarantine')).sort()).toEqual([`${first!.key}.json`, hash].sort());
  expect(await verify()).toEqual({...WHOLE, results: 1, blobs: 2, bytes: 9});
  const store = new Store(root);
  expect([first, second].map(m => store.find(m!.key)?.key)).toEqual([undefined, second!.key]);
  commit(1);
  expect(await verify()).toEqual({...WHOLE, results: 2, blobs: 3, bytes: 14});
});

test('a blob that is missing or cut short', async () => {
  const {parts} = made[0]!;
  rmSync(join(root, blob(parts[0]!.blob)));
  truncateSync(join(root, blob(parts[1]!.blob)), 2);
  const {damaged} = await verify();
  expect(damaged.map(d => d.path).sort()).toEqual(
    [...made.map(m => result(m.key)), blob(parts[1]!.blob)].sort(),
  );
  for (const {path, why} of damaged)
    if (path.startsWith('results')) expect(why).toBe(`${blob(parts[0]!.blob)}, which it names, is missing`);
});

test('a manifest that is damaged, of another format, at another address, or of another record', async () => {
  const [first, second] = made;
  const file = join(root, result(first!.key));
  const text = readFileSync(file, 'utf8');
  const elsewhere = 'f'.repeat(64);
  const cases: [() => void, string, string][] = [
    [
      () => writeFileSync(file, text.replace('"n":1', '"n":2')),
      first!.key,
      'its checksum is not that of its text',
    ],
    [
      () => writeFileSync(file, sealManifest({...first!, record: {n: 3}})),
      first!.key,
      'its record is that of another key',
    ],
    [() => writeFileSync(file, sealManifest({...first!, format: 2} as never)), first!.key, 'it has format 2'],
    [
      () => {
        mkdirSync(dirname(join(root, result(elsewhere))), {recursive: true});
        renameSync(join(root, result(second!.key)), join(root, result(elsewhere)));
      },
      elsewhere,
      `it is the record of another key, ${second!.key}`,
    ],
  ];
  for (const [damage, key, why] of cases) {
    commit(1);
    damage();
    const {damaged} = await verify();
    expect(damaged).toEqual([{path: result(key), why, aside: true}]);
  }
});

test('what no result names and what is being written is told of and left alone', async () => {
  const draft = new Store(root).draft();
  draft.addBytes('new', 'n', 'being written');
  appendFileSync(join(root, 'objects/stray'), 'nothing of ours');
  const found = await verify();
  expect(found).toEqual({
    results: 2,
    blobs: 4,
    bytes: 27,
    damaged: [],
    unused: {blobs: 1, bytes: 13},
    drafts: 1,
  });
  draft.commit({n: 3}, 'table', 0);
  expect(await verify()).toEqual({...WHOLE, results: 3, blobs: 4, bytes: 27});
});

test('a damaged mark of the format is put aside and written anew', async () => {
  const mark = join(root, 'format.json');
  writeFileSync(mark, '{"format":');
  expect((await verify()).damaged).toEqual([{path: 'format.json', why: 'it names no format', aside: true}]);
  commit(3);
  expect(readFileSync(mark, 'utf8')).toBe('{"format":1}');
  writeFileSync(mark, '{"format":2}');
  await expect(verify()).rejects.toThrow(`E602 the store ${root} has format 2`);
});

test('what was found whole need not be read again', async () => {
  rmSync(join(root, 'stamps'), {recursive: true});
  const files = made.flatMap(m => m.parts.map(p => join(root, blob(p.blob))));
  const known = (): (string | undefined)[] => files.map(f => new StatCache(root).sha256(stampOf(f)));
  await clockMoves(files.at(-1)!);
  expect(known()).toEqual(files.map(() => undefined));
  const store = new Store(root);
  await verifyStore(store);
  store.stamps.save();
  expect(known()).toEqual(files.map(hashFile));
});

test('what cannot be put aside is told of all the same', async () => {
  writeFileSync(join(root, 'quarantine'), 'in the way');
  writeFileSync(join(root, blob(made[0]!.parts[1]!.blob)), 'own 3');
  for (let again = 0; again < 2; again++) {
    const {damaged} = await verify();
    expect(damaged.map(d => d.aside)).toEqual([false, false]);
    expect(new Store(root).find(made[0]!.key)).toBeUndefined();
  }
  commit(1);
  expect((await verify()).damaged).toEqual([]);
  expect(new Store(root).find(made[0]!.key)).toBeDefined();
});
