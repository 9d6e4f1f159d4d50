import {existsSync, readdirSync, rmSync, statSync, utimesSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import type {StoreStatus} from '../../src/store/status.js';
import {Workplace, ran, until} from '../rig/strata.js';
import {MATRIX, matrixCsv} from './matrix.js';

const DAY = 86_400;

/** Each run has three results: of the data, of the metric and of the metric's one unit. */
const QUICK = `strata: 1
name: quick
params: {t: 0.5}
stages:
  data: {stage: load, source: matrix, path: data.csv, label: class}
  spectrum: {stage: metric, metric: pca-id, from: data, threshold: '\${params.t}'}
`;
const CACHED = {data: 'cached', spectrum: 'cached'};

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
  place.write('data.csv', matrixCsv(60));
  place.write('a.yaml', QUICK);
});
afterEach(() => place.remove());

const store = (...path: string[]): string => place.path(join('outputs/.store', ...path));

/** All files of the store, but for those that say what was hashed. */
const files = (): string[] =>
  readdirSync(store(), {recursive: true, withFileTypes: true, encoding: 'utf8'})
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => !file.includes('/stamps/'))
    .sort();

/** Makes all that is in the store so many days older than now. */
function age(days: number, only = files()): void {
  const then = Date.now() / 1000 - days * DAY;
  for (const file of only) utimesSync(file, then, then);
}

interface Told {
  readonly dryRun: boolean;
  readonly stages: readonly {stage: string; count: number; bytes: number}[];
  readonly freed: number;
  readonly left: number;
  readonly needed: number;
  readonly spared: number;
  readonly excess: number;
}

async function gc(...args: string[]): Promise<Told> {
  const {code, stdout, stderr} = await place.strata('gc', '--json', ...args);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Told;
}

/** Runs the experiment with this threshold; gives the folder of the run. */
async function run(t: number): Promise<string> {
  const {code, events} = await place.run('a.yaml', `params.t=${t}`);
  expect(code).toBe(0);
  const end = events.at(-1)!;
  return end.type === 'run-finished' ? end.folder : '';
}

/** The thresholds whose results are in the store. */
const thresholds = (): number[] =>
  [...place.results().values()]
    .filter(({units}) => units.length > 0)
    .map(({record}) => (record['params'] as {threshold: number}).threshold)
    .sort();

/** Every manifest that is in the store has all its blobs, at their sizes, and all its units. */
function expectWhole(): void {
  const all = [...place.results().values()];
  for (const {parts, units} of all) {
    for (const {blob} of parts)
      expect(existsSync(store('objects', blob.slice(0, 2), blob.slice(2)))).toBe(true);
    expect(all.map(m => m.key)).toEqual(expect.arrayContaining([...units]));
  }
  expect(existsSync(store('quarantine'))).toBe(false);
  expect(readdirSync(store('drafts'))).toEqual([]);
  expect(readdirSync(store('leases'))).toEqual([]);
}

test('what the runs that are there need stays, the rest goes; a dry run says the same and drops nothing', async () => {
  place.write('a.yaml', MATRIX);
  const first = await place.run('a.yaml', 'params.k=5');
  expect((await place.run('a.yaml', 'params.k=7')).code).toBe(0);
  age(40);
  rmSync((first.events.at(-1) as {folder: string}).folder, {recursive: true});

  const before = files();
  const dry = await gc('--dry-run');
  expect(files()).toEqual(before);
  const wet = await gc();
  expect({...wet, dryRun: true}).toEqual(dry);
  expect(wet.freed).toBeGreaterThan(0);
  expect(wet.stages).toContainEqual(
    expect.objectContaining({stage: 'metric/neighborhood-overlap', count: 2}),
  );
  expect(files().length).toBeLessThan(before.length);
  expectWhole();

  // The units of what is kept are kept, so that a change runs only what is new.
  place.write('a.yaml', MATRIX.replace('repeats: 2', 'repeats: 3'));
  const changed = await place.run('a.yaml', 'params.k=7');
  expect(changed.outcomes).toMatchObject({data: 'cached', overlap: 'cached', scales: 'ran', id: 'ran'});
  expect(changed.units.filter(unit => unit.startsWith('id/'))).toHaveLength(1);
  const again = await place.run('a.yaml', 'params.k=5');
  expect(again.outcomes).toMatchObject({data: 'cached', scales: 'cached', id: 'cached', overlap: 'ran'});
});

test('what was used within the last hour stays, unless an age is given', async () => {
  rmSync(await run(0.5), {recursive: true});
  expect(await gc()).toMatchObject({stages: [], freed: 0, needed: 0, spared: 3});
  const told = await gc('--older', '0s');
  expect(told.stages.map(s => [s.stage, s.count])).toEqual([
    ['metric/pca-id', 2],
    ['load/matrix', 1],
  ]);
  expect(place.results().size).toBe(0);
  const {stdout} = await place.strata('gc');
  expect(stdout).toMatch(
    /^nothing to drop; .* in the store\n0 results are needed by runs\n.* of no result can go in an hour\n$/,
  );
});

test('with an age, what was used since stays; finding everything cached is a use', async () => {
  const folder = await run(0.5);
  age(40);
  expect((await place.run('a.yaml')).outcomes).toEqual(CACHED);
  rmSync(folder, {recursive: true});
  expect(await gc('--older', '30d')).toMatchObject({stages: [], needed: 0, spared: 3});
  age(20);
  expect(await gc('--older', '30d')).toMatchObject({stages: [], needed: 0, spared: 3});
  expect(await gc('--older', '2w')).toMatchObject({spared: 0});
  expect(files()).toEqual([store('format.json')]);
});

test('the latest runs of each experiment, and those pinned, may be all that counts', async () => {
  const oldest = await run(0.5);
  expect((await place.strata('store', 'pin', 'quick')).code).toBe(0);
  for (const t of [0.6, 0.7]) await run(t);
  place.write('b.yaml', QUICK.replace('name: quick', 'name: other'));
  expect((await place.run('b.yaml', 'params.t=0.8')).code).toBe(0);
  rmSync(oldest, {recursive: true});
  age(40);
  expect(await gc()).toMatchObject({freed: 0, needed: 9});
  expect((await gc('--keep-runs', '1')).stages).toMatchObject([{stage: 'metric/pca-id', count: 2}]);
  expect(thresholds()).toEqual([0.5, 0.7, 0.8]);
  expect((await place.strata('store', 'unpin', oldest)).code).toBe(0);
  age(40);
  await gc();
  expect(thresholds()).toEqual([0.7, 0.8]);
  expect((await place.run('a.yaml', 'params.t=0.7')).outcomes).toEqual(CACHED);
  const unknown = await place.strata('store', 'pin', 'nothing');
  expect([unknown.code, unknown.stderr.slice(0, 4)]).toEqual([2, 'E711']);
});

test('to a given size the least recently used goes first, and what runs need stays', async () => {
  const dropped = [];
  for (const t of [0.5, 0.6]) dropped.push(await run(t));
  await run(0.7);
  for (const folder of dropped) rmSync(folder, {recursive: true});
  age(40);
  // The second is the one that was used longer ago.
  for (const name of readdirSync(store('runs'))) {
    const {folder} = JSON.parse(place.read(`outputs/.store/runs/${name}`)) as {folder: string};
    age(20 + 10 * dropped.indexOf(folder), [store('runs', name)]);
  }
  const {left} = await gc('--dry-run', '--max-size', '1TB');
  expect(await gc('--max-size', `${left}B`)).toMatchObject({freed: 0, excess: 0});
  // Its stage and its unit are of the same age: one of them is enough.
  expect((await gc('--max-size', `${left - 1}B`)).stages).toMatchObject([{stage: 'metric/pca-id', count: 1}]);
  const smaller = await gc('--dry-run', '--max-size', '1TB');
  expect(await gc('--max-size', `${smaller.left - 1}B`)).toMatchObject({spared: 2});
  expect(thresholds()).toEqual([0.5, 0.7]);

  const told = await gc('--max-size', '1kB');
  expect(thresholds()).toEqual([0.7]);
  expect(told).toMatchObject({needed: 3, spared: 0, excess: told.left - 1000});
  const {stdout} = await place.strata('gc', '--max-size', '1kB');
  expect(stdout).toContain(' more than --max-size: what runs need or make never goes\n');
});

test('beside a run that goes on, nothing goes that it found or has made', async () => {
  rmSync(await run(0.5), {recursive: true});
  age(40);
  place.write('more.csv', matrixCsv(40, {from: 7}));
  place.write('a.yaml', `${QUICK}  more: {stage: load, source: matrix, path: more.csv, label: class}\n`);
  const held = place.startIn({STRATA_TEST_HOLD: place.path('more.csv')}, 'run', '--json', 'a.yaml');
  await until(() => existsSync(place.path('more.csv.held')));
  const told = await gc('--older', '0s', '--max-size', '0B', '--keep-runs', '1');
  expect(told).toMatchObject({stages: [], freed: 0, needed: 3});
  place.write('more.csv.go', '');
  const {code, outcomes} = ran(await held.finished);
  expect([code, outcomes]).toEqual([0, {...CACHED, more: 'ran'}]);
  expectWhole();
});

test('a run that was killed needs what it had found as long as its folder is there, and keeps nobody waiting', async () => {
  rmSync(await run(0.5), {recursive: true});
  place.write('more.csv', matrixCsv(40, {from: 7}));
  place.write('a.yaml', `${QUICK}  more: {stage: load, source: matrix, path: more.csv, label: class}\n`);
  const held = place.startIn({STRATA_TEST_HOLD: place.path('more.csv')}, 'run', '--json', 'a.yaml');
  await until(() => existsSync(place.path('more.csv.held')));
  held.process.kill('SIGKILL');
  await held.finished;
  age(40);
  expect(await gc()).toMatchObject({stages: [], needed: 3});
  expectWhole();
});

test('collections and runs at the same time all end well', async () => {
  for (const t of [0.5, 0.6]) rmSync(await run(t), {recursive: true});
  age(40);
  const all = await Promise.all([
    place.strata('gc', '--max-size', '0B'),
    place.strata('run', '--json', 'a.yaml', 'params.t=0.5'),
    place.strata('gc', '--older', '1d'),
    place.strata('run', '--json', 'a.yaml', 'params.t=0.6'),
  ]);
  // A run that was being planned at that very moment may have to be run again, and says so.
  for (const {code, stdout, stderr} of all) if (code !== 0) expect(stdout + stderr).toContain('E603');
  for (const t of [0.5, 0.6]) await run(t);
  expectWhole();
});

test('the status says what takes the space', async () => {
  const folder = await run(0.5);
  await run(0.6);
  age(3);
  const status = JSON.parse((await place.strata('store', 'status', '--json')).stdout) as StoreStatus;
  expect(status.stages.map(s => [s.stage, s.count])).toEqual([
    ['metric/pca-id', 4],
    ['load/matrix', 1],
  ]);
  const sizes = files().filter(file => /results|objects/.test(file));
  const bytes = sizes.reduce((sum, file) => sum + statSync(file).size, 0);
  expect(status.results).toEqual({count: 5, bytes});
  expect(status.experiments).toMatchObject([{experiment: 'quick', runs: 2, count: 5, bytes}]);
  expect(status.runs).toEqual({live: 0, pinned: 0, there: 2, gone: 0, elsewhere: 0});
  expect(status.unusedBlobs.count).toBe(0);
  expect(status.largest).toHaveLength(5);
  // Both thresholds give the same dimensions.
  expect(status.saved).toBeGreaterThan(0);
  rmSync(folder, {recursive: true});
  const text = (await place.strata('store', 'status')).stdout;
  expect(text).toMatch(/^stage +results +size\n/);
  expect(text).toMatch(/\nquick +2 +5 +\S+ kB +3 days ago\n/);
  expect(text).toMatch(/\n5 results, \S+ kB; \S+ kB saved by sharing\n2 runs, 1 without a folder\n$/);
});

test.each([
  [['--older', '3 months'], 'E726  "3 months" is not a span of time'],
  [['--max-size', '50'], 'E726  "50" is not a size'],
])('%o is refused', async (args, error) => {
  const {code, stderr} = await place.strata('gc', ...args);
  expect([code, stderr.split('\n')[0]]).toEqual([2, error]);
});
