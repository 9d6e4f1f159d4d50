import {existsSync, rmSync} from 'node:fs';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {Finished} from '../rig/strata.js';
import {Workplace} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

let place: Workplace;
let digests: ReturnType<Workplace['digests']>;
beforeAll(async () => {
  place = new Workplace();
  place.write('data.csv', matrixCsv(60));
  place.write('a.yaml', MATRIX);
  expect((await place.run('a.yaml')).code).toBe(0);
  digests = place.digests('matrix');
  rmSync(place.path('outputs'), {recursive: true});
});
afterAll(() => place.remove());

/** Runs a command while something that it does in the store fails. */
async function failing(failure: string, where: 'main' | 'worker', ...args: string[]): Promise<Finished> {
  const told = place.path('outputs/.store.failed');
  rmSync(told, {force: true});
  const env = {STRATA_TEST_FAIL: failure, STRATA_TEST_IN: where};
  const finished = await place.startIn(env, ...args).finished;
  expect(existsSync(told), `nothing failed with ${failure}`).toBe(true);
  return finished;
}

/** The one error is that of the store, told to a person who can do something about it. */
function expectTold({code, stdout, stderr}: Finished, words: string, hint: string): void {
  const text = stdout + stderr;
  expect(text).toMatch(
    new RegExp(`^E601  cannot use the store: ${words} \\(.*\\.store.*\\)\n   ${hint}`, 'm'),
  );
  expect(text).not.toMatch(/E50|broke|bug|\.js:\d/);
  expect(code).toBe(3);
}

const ROOM = 'make room on its file system';
const RIGHTS = 'check who may read and write there';
const DISK = 'the disk may be failing';

test('a run whose store refuses a change says what is the matter, and the next one goes on', async () => {
  const cases = [
    ['EACCES:1:write:drafts', 'main', 'permission denied', RIGHTS],
    ['EROFS:1:write:leases', 'main', 'read-only file system', RIGHTS],
    ['ENOSPC:2:write:drafts', 'worker', 'no space left on device', ROOM],
    ['EIO:3:write:objects', 'worker', 'input/output error', DISK],
    ['ENOSPC:2:write:results', 'worker', 'no space left on device', ROOM],
  ] as const;
  for (const [failure, where, words, hint] of cases) {
    expectTold(await failing(failure, where, 'run', 'a.yaml'), words, hint);
    const verified = await place.strata('verify');
    expect(verified.stdout, failure).toMatch(/nothing is damaged|there is no store/);
    expect(verified.code).toBe(0);
  }
  const {code, stdout} = await place.run('a.yaml');
  expect(stdout).not.toContain('E601');
  expect(code).toBe(0);
  expect(place.digests('matrix')).toEqual(digests);
});

test('so does a command that may not read the store', async () => {
  for (const command of ['plan', 'run'])
    expectTold(
      await failing('EACCES:1:read:format.json', 'main', command, 'a.yaml'),
      'permission denied',
      RIGHTS,
    );
  expectTold(await failing('EIO:1:read:results', 'main', 'plan', 'a.yaml'), 'input/output error', DISK);
  const {code, outcomes} = await place.run('a.yaml');
  expect(code).toBe(0);
  expect(new Set(Object.values(outcomes))).toEqual(new Set(['cached']));
});
