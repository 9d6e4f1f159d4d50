import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createRng} from '../../src/stages/rng.js';
import {Store, keyOf} from '../../src/store/store.js';
import {Workplace} from '../rig/strata.js';
import {matrixCsv} from './matrix.js';

const PROCESSES = 8;
const RUNS = 25;

/** Runs with other values have most of their stages in common. */
const EXPERIMENT = `strata: 1
name: shared
seed: 1
params: {k: 5, fraction: 0.5}
stages:
  data: {stage: load, source: matrix, path: data.csv, label: class}
  scales: {stage: decimate, from: data, fractions: [1, '\${params.fraction}']}
  id: {stage: metric, metric: twonn, from: scales}
  spread: {stage: metric, metric: anisotropy, from: data}
  overlap: {stage: metric, metric: neighborhood-overlap, from: data, with: labels, k: '\${params.k}'}
`;

const rig = (name: string): string => fileURLToPath(new URL(`../rig/${name}`, import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

let place: Workplace;
let log: string;
beforeEach(() => {
  place = new Workplace();
  log = place.path('commits.log');
  place.write('a.yaml', EXPERIMENT);
  place.write('data.csv', matrixCsv(60));
});
afterEach(() => place.remove());

/** Starts a process that runs the experiment 25 times, with values that overlap those of the others. */
function startRuns(at: number, ahead: number): {process: ChildProcess; ended: Promise<Ended>} {
  const args = ['--import', rig('preload.js'), rig('many-runs.js'), 'a.yaml', String(at), String(RUNS)];
  const env = {
    ...process.env,
    NO_COLOR: '1',
    STRATA_STORE: '',
    STRATA_TEST_COMMITS: log,
    STRATA_TEST_CLOCK: String(ahead),
  };
  const child = spawn(process.execPath, args, {cwd: place.folder, env, stdio: ['ignore', 'ignore', 'pipe']});
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>(resolve => child.on('close', code => resolve({code, stderr})));
  return {process: child, ended};
}

/** The store is whole, every result was made once, and all runs of the same values have the same digests. */
function expectOnce(): void {
  const keys = readFileSync(log, 'utf8').trim().split('\n');
  expect([...new Set(keys)].sort()).toEqual([...keys].sort());
  const store = new Store(place.path('outputs/.store'));
  for (const key of keys) expect(store.find(key), key).toBeDefined();
  expect(existsSync(join(store.root, 'quarantine'))).toBe(false);
  const found = new Map<string, string>();
  for (const run of place.runs('shared')) {
    if (!existsSync(place.path(`outputs/shared/${run}/run.json`))) continue;
    const record = place.record('shared', run);
    expect(record.ok).toBe(true);
    for (const [label, stage] of Object.entries(record.stages)) {
      expect(stage.key).toBe(keyOf(stage.record!));
      const digests = JSON.stringify(stage.parts.map(p => [p.name, p.digest]));
      expect(found.get(stage.key!) ?? digests, label).toBe(digests);
      found.set(stage.key!, digests);
    }
  }
  expect(found.size).toBe(13);
}

test('8 processes with 25 overlapping runs each do nothing twice', {timeout: 180_000}, async () => {
  const all = Array.from({length: PROCESSES}, (_, i) => startRuns(i, 0));
  for (const {code, stderr} of await Promise.all(all.map(p => p.ended)))
    expect({code, stderr}).toEqual({code: 0, stderr: ''});
  expectOnce();
  expect(readdirSync(place.path('outputs/.store/drafts'))).toEqual([]);
});

test(
  'nor with clocks an hour apart and processes that are killed at random',
  {timeout: 240_000},
  async () => {
    const rng = createRng(8);
    const ends = Array.from({length: PROCESSES}, async (_, i) => {
      const ahead = [0, 3600, -3600][i % 3]!;
      // Half of them are killed twice; whoever starts again begins anew.
      for (let kills = i % 2 === 0 ? 2 : 0; kills > 0; kills--) {
        const {process: victim, ended} = startRuns(i, ahead);
        await setTimeout(500 + rng.uniform() * 3000);
        victim.kill('SIGKILL');
        await ended;
      }
      return startRuns(i, ahead).ended;
    });
    for (const {code, stderr} of await Promise.all(ends))
      expect({code, stderr}).toEqual({code: 0, stderr: ''});
    expectOnce();
  },
);
