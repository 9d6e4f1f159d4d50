import {mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test, vi} from 'vitest';
import {OutsideFiles, changedFile} from '../../src/runner/files.js';
import {hashFile} from '../../src/store/hash-file.js';
import {StatCache} from '../../src/store/stat-cache.js';
import {clockMoves} from '../rig/clock.js';

const folder = mkdtempSync(join(tmpdir(), 'strata-files-'));
afterAll(() => rmSync(folder, {recursive: true}));
const write = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const fresh = (): OutsideFiles => new OutsideFiles(new StatCache(folder));

test('tells which of a path’s own files has other content than when it was hashed', () => {
  const files = fresh();
  mkdirSync(join(folder, 'a'));
  const [one, beside] = [write('a/one', '1'), write('a/beside', '1')];
  files.digest('file', one);
  files.digest('file', beside);
  files.digest('folder', join(folder, 'a'));
  const changed = (kind: 'file' | 'folder', path: string): string | undefined =>
    changedFile(structuredClone(files.filesBehind(kind, path)));
  const all = (): (string | undefined)[] => [
    changed('file', one),
    changed('file', beside),
    changed('folder', join(folder, 'a')),
  ];
  expect(all()).toEqual([undefined, undefined, undefined]);

  utimesSync(one, 1, 1);
  write('a/beside', '1');
  expect(all()).toEqual([undefined, undefined, undefined]);

  write('a/.hidden', '3');
  expect(all()).toEqual([undefined, undefined, undefined]);
  write('a/new', '3');
  expect(all()).toEqual([undefined, undefined, join(folder, 'a')]);
  rmSync(join(folder, 'a/new'));
  expect(all()).toEqual([undefined, undefined, undefined]);

  write('a/beside', '2');
  expect(all()).toEqual([undefined, beside, beside]);
  rmSync(one);
  expect(all()).toEqual([one, beside, beside]);
});

test('a file that has not changed is not read again by the next process, one that was edited is', async () => {
  const data = write('data', 'abc');
  const before = statSync(data);
  await clockMoves(data);
  const stamps = new StatCache(folder);
  const digest = new OutsideFiles(stamps).digest('file', data);
  stamps.save();

  const next = new StatCache(folder);
  const hash = vi.spyOn(next, 'hashAnew');
  expect(new OutsideFiles(next).digest('file', data)).toBe(digest);
  expect(hash).not.toHaveBeenCalled();

  writeFileSync(data, 'abd');
  utimesSync(data, before.atime, before.mtime);
  expect(statSync(data).mtimeMs).toBeCloseTo(before.mtimeMs, 0);
  expect(new OutsideFiles(new StatCache(folder)).digest('file', data)).toBe(hashFile(data));
});

test('what was prepared, in threads where it is much, is what is hashed without', async () => {
  mkdirSync(join(folder, 'b/sub'), {recursive: true});
  const bytes = new Uint8Array(40 << 20);
  const large = [1, 2].map(i => write(`b/large${i}`, bytes.fill(i)));
  for (let i = 0; i < 300; i++) write(`b/sub/${i}`, `${i}`);
  const files = fresh();
  await files.prepare([
    {kind: 'folder', path: join(folder, 'b')},
    {kind: 'file', path: large[0]!},
    {kind: 'file', path: join(folder, 'nothing')},
  ]);
  const digest = files.digest('folder', join(folder, 'b')) as Record<string, string>;
  expect(Object.keys(digest)).toHaveLength(302);
  for (const [name, sha256] of Object.entries(digest)) expect(sha256).toBe(hashFile(join(folder, 'b', name)));
  expect(digest).toEqual(fresh().digest('folder', join(folder, 'b')));
  expect(() => files.digest('file', join(folder, 'nothing'))).toThrow('E301 no such file');
});

test('what cannot be read is an error that names it', () => {
  mkdirSync(join(folder, 'c'));
  symlinkSync(join(folder, 'gone'), join(folder, 'c/link'));
  expect(() => fresh().digest('folder', join(folder, 'c'))).toThrow(
    `E301 cannot read ${join(folder, 'c/link')}: no such file or directory`,
  );
});
