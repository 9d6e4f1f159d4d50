import {mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {OutsideFiles} from '../../src/runner/files.js';

const folder = mkdtempSync(join(tmpdir(), 'strata-files-'));
afterAll(() => rmSync(folder, {recursive: true}));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('tells which of a path’s own files has other content than when it was hashed', () => {
  const files = new OutsideFiles();
  mkdirSync(join(folder, 'a'));
  const [one, beside] = [write('a/one', '1'), write('a/beside', '1')];
  files.digest('file', one);
  files.digest('file', beside);
  files.digest('folder', join(folder, 'a'));
  const all = (): (string | undefined)[] => [
    files.changed('file', one),
    files.changed('file', beside),
    files.changed('folder', join(folder, 'a')),
  ];
  expect(all()).toEqual([undefined, undefined, undefined]);

  utimesSync(one, 1, 1);
  write('a/beside', '1');
  expect(all()).toEqual([undefined, undefined, undefined]);

  write('a/beside', '2');
  expect(all()).toEqual([undefined, beside, beside]);
  rmSync(one);
  expect(all()).toEqual([one, beside, beside]);
});
