import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {Store, hashFile, keyOf} from '../../src/store/store.js';

const preload = fileURLToPath(new URL('../rig/preload.js', import.meta.url));
const store = fileURLToPath(new URL('../../dist/store/store.js', import.meta.url));

/** Commits two results that have a blob in common. */
function commitTwo(store: Store): void {
  for (const n of [1, 2]) {
    const draft = store.draft();
    draft.addBytes('both', 'b', 'what both have');
    draft.addBytes('own', `o${n}`, `what only one has: ${n}`);
    draft.commit({n}, 'table', 0);
  }
}

/** The same in a process that is killed at a change of the file system. Whether it came to the end. */
function commitUntil(folder: string, killAt: number): boolean {
  const program = `import {Store} from ${JSON.stringify(store)}; (${String(commitTwo)})(new Store(process.argv[1]))`;
  const env = {...process.env, STRATA_TEST_KILL: String(killAt)};
  const args = ['--import', preload, '--input-type=module', '--eval', program, folder];
  const {status, signal} = spawnSync(process.execPath, args, {env});
  expect([status, signal]).toEqual(status === null ? [null, 'SIGKILL'] : [0, null]);
  return status === 0;
}

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, {recursive: true, withFileTypes: true, encoding: 'utf8'})
        .filter(e => e.isFile())
        .map(e => join(e.parentPath, e.name))
    : [];

test('killed at any change of the file system, a store holds whole results and can go on', () => {
  let finished = false;
  let changes = 0;
  while (!finished) {
    const folder = mkdtempSync(join(tmpdir(), 'strata-commit-'));
    finished = commitUntil(folder, ++changes);

    // Whatever lies at an address is what the address says, down to the last byte.
    const objects = join(folder, 'objects/');
    for (const file of filesIn(objects)) expect(file).toBe(objects + hashFile(file).replace(/^../, '$&/'));
    for (const file of filesIn(join(folder, 'results'))) JSON.parse(readFileSync(file, 'utf8'));
    const keys = [1, 2].map(n => keyOf({n}));
    const found = keys.map(key => new Store(folder).find(key) !== undefined);
    expect(filesIn(join(folder, 'results'))).toHaveLength(found.filter(f => f).length);
    expect(existsSync(join(folder, 'quarantine'))).toBe(false);
    if (finished) expect(found).toEqual([true, true]);

    commitTwo(new Store(folder));
    for (const key of keys) expect(new Store(folder).find(key)?.parts).toHaveLength(2);
    expect(readdirSync(join(folder, 'drafts'))).toEqual([]);
    rmSync(folder, {recursive: true});
  }
  // The first change is the first folder, the last clears the last draft away.
  expect(changes).toBeGreaterThan(20);
});
