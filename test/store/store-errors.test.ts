import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {getSystemErrorMap} from 'node:util';
import {afterAll, expect, test} from 'vitest';
import {StrataError} from '../../src/diagnostics/diagnostic.js';
import {readTable, writeTable} from '../../src/store/codecs/table.js';
import {VectorWriter, openLayer} from '../../src/store/codecs/vectors.js';
import {storeError, storeErrors} from '../../src/store/store-errors.js';
import {Store} from '../../src/store/store.js';

const folder = mkdtempSync(join(tmpdir(), 'strata-errors-'));
afterAll(() => rmSync(folder, {recursive: true}));

/** An error as the system would give it. */
function systemError(code: string, more: {syscall?: string; path?: string} = {}): Error {
  const [errno] = [...getSystemErrorMap()].find(([, [name]]) => name === code)!;
  return Object.assign(new Error(`${code}: something`), {code, errno, syscall: 'write', ...more});
}

const ROOM =
  'make room on its file system (strata gc drops what no run needs), or choose another store with STRATA_STORE';
const RIGHTS = 'check who may read and write there, or choose another store with STRATA_STORE';

test.each([
  ['ENOSPC', 'no space left on device', ROOM],
  ['EACCES', 'permission denied', RIGHTS],
  ['EROFS', 'read-only file system', RIGHTS],
  ['EPERM', 'operation not permitted', RIGHTS],
  ['EIO', 'input/output error', 'the disk may be failing: strata verify tells what is damaged'],
  ['EMFILE', 'too many open files', 'let a process open more files (ulimit -n)'],
  [
    'ENAMETOOLONG',
    'name too long',
    'check the permissions and the space of its file system, or choose another with STRATA_STORE',
  ],
])('%s', (code, words, hint) => {
  const error = storeError('/store', systemError(code)) as StrataError;
  expect(error.diagnostics).toEqual([
    {code: 'E601', message: `cannot use the store: ${words} (write /store)`, hint},
  ]);
});

test('the path is that of the error, else the one that was being used', () => {
  const message = (error: Error): string => (storeError('/store', error) as Error).message;
  expect(message(systemError('EIO', {syscall: 'open', path: '/store/a'}))).toBe(
    'E601 cannot use the store: input/output error (open /store/a)',
  );
  expect(message(systemError('EIO', {syscall: 'fsync'}))).toBe(
    'E601 cannot use the store: input/output error (fsync /store)',
  );
});

test('bugs and what is an error of ours already stay as they are', async () => {
  const own = new StrataError([{code: 'E602', message: 'newer'}]);
  const misuse = Object.assign(new TypeError('wrong'), {code: 'ERR_INVALID_ARG_TYPE'});
  for (const error of [own, misuse, new Error('bug')]) {
    expect(storeError('/store', error)).toBe(error);
    const body = (): never => {
      throw error;
    };
    expect(() => storeErrors('/store', body)).toThrow(error);
    await expect(storeErrors('/store', () => Promise.reject(error))).rejects.toBe(error);
  }
  expect(storeErrors('/store', () => 1)).toBe(1);
  expect(await storeErrors('/store', () => Promise.resolve(2))).toBe(2);
  await expect(storeErrors('/store', () => Promise.reject(systemError('EIO')))).rejects.toThrow('E601');
});

test('codecs say which file could not be written or read', async () => {
  const gone = join(folder, 'gone/file');
  const columns = [{name: 'a', type: 'int', description: ''}] as const;
  const info = {name: 'x', depth: 0, rows: 1, tokens: 1, dim: 1, dtype: 'float32'} as const;
  const says = `E601 cannot use the store: no such file or directory (open ${gone})`;
  await expect(writeTable(gone, columns, [{a: 1}])).rejects.toThrow(says);
  await expect(VectorWriter.open(gone, info)).rejects.toThrow(says);
  await expect(openLayer(gone, {...info, index: 0}).matrix()).rejects.toThrow(says);
  await expect(readTable(gone, columns)).rejects.toThrow(
    `E601 cannot use the store: no such file or directory (stat ${gone})`,
  );
});

test('a file where the store should be, or a folder where a file should be', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const inTheWay = `E601 cannot use the store: not a directory (open ${file}/format.json)`;
  expect(() => new Store(file).find('ab')).toThrow(inTheWay);
  expect(() => new Store(file).draft()).toThrow(inTheWay);

  const store = new Store(join(folder, 'store'));
  mkdirSync(store.result('abcd'), {recursive: true});
  expect(() => store.find('abcd')).toThrow(
    'E601 cannot use the store: illegal operation on a directory (read ',
  );
});

test('a store that does not tell its format is not used', () => {
  for (const text of ['', '{"format":0}', '{"formbt":1}', '{"format":1', '{"format":"1"}']) {
    const root = mkdtempSync(join(folder, 'format-'));
    const file = join(root, 'format.json');
    writeFileSync(file, text);
    const says = `E601 cannot use the store: its format is not known, ${file} is damaged`;
    expect(() => new Store(root).find('ab')).toThrow(says);
    expect(() => new Store(root).draft()).toThrow(says);
    expect(readFileSync(file, 'utf8')).toBe(text);
  }
});
