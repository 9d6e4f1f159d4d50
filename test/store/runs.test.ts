import {mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {type Owner, newOwner} from '../../src/store/owner.js';
import {LIFELESS, type RunState, knownRuns} from '../../src/store/runs.js';
import type {Usage} from '../../src/store/usage.js';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'strata-runs-'))));
afterEach(() => rmSync(root, {recursive: true, force: true}));

/** The state of a run of this machine that has ended and whose folder is gone, but for what is said otherwise. */
function stateOf(usage: Partial<Usage>): RunState {
  const base = {format: 1, folder: join(root, 'gone'), experiment: 'x', keys: [], host: hostname()} as const;
  const found = {id: 'a', used: 0, usage: {...base, running: null, pinned: false, ...usage}};
  return knownRuns(root, [found], Date.now())[0]!.state;
}

/** The lease that the run took while it went on. */
function leased(owner: Partial<Owner>, ago = 0): void {
  mkdirSync(join(root, 'leases', 'run-a'), {recursive: true});
  const file = join(root, 'leases', 'run-a', 'owner.json');
  writeFileSync(file, JSON.stringify({...newOwner(), ...owner}));
  utimesSync(file, (Date.now() - ago) / 1000, (Date.now() - ago) / 1000);
}

test('a run that has ended is there when its folder is', () => {
  expect(stateOf({folder: root})).toBe('there');
  expect(stateOf({})).toBe('gone');
  expect(stateOf({folder: root, host: 'elsewhere'})).toBe('there');
  expect(stateOf({host: 'elsewhere'})).toBe('elsewhere');
  expect(stateOf({pinned: true})).toBe('pinned');
});

test('a run goes on while its process does', () => {
  expect(stateOf({running: 1})).toBe('gone');
  leased({});
  expect(stateOf({running: 1})).toBe('live');
  expect(stateOf({running: null})).toBe('gone');
  leased({processes: [{pid: 999_999_999, start: null}]});
  expect(stateOf({running: 1})).toBe('gone');
});

test('a run elsewhere goes on until it has shown no life for a day', () => {
  leased({host: 'elsewhere'}, LIFELESS - 60_000);
  expect(stateOf({running: 1, host: 'elsewhere'})).toBe('live');
  leased({host: 'elsewhere'}, LIFELESS + 60_000);
  expect(stateOf({running: 1, host: 'elsewhere'})).toBe('elsewhere');
});
