import {existsSync, readdirSync} from 'node:fs';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {type Ran, Workplace, ran, said} from '../rig/strata.js';
import {MATRIX, PICTURES, matrixCsv} from './matrix.js';

let place: Workplace;
beforeEach(() => void (place = new Workplace()));
afterEach(() => place.remove());

/** Starts an experiment twice at the same moment; whoever reads a file is held until both want to. */
async function race(experiment: string, stage: string, file: string): Promise<Ran[]> {
  place.write('a.yaml', experiment);
  const env = {STRATA_TEST_HOLD: place.path(file)};
  const both = [1, 2].map(() => place.startIn(env, 'run', '--json', 'a.yaml'));
  await Promise.all(both.map(run => said(run, 'stdout', `"type":"stage-started","stage":"${stage}"`)));
  place.write(`${file}.go`, '');
  return (await Promise.all(both.map(run => run.finished))).map(ran);
}

/** Both runs are whole, and equal; the store is as if there had been one. */
function expectEqual(name: string): void {
  const runs = place.runs(name);
  expect(runs).toHaveLength(2);
  expect(runs.map(run => place.record(name, run).ok)).toEqual([true, true]);
  expect(place.digests(name, runs[0])).toEqual(place.digests(name, runs[1]));
  expect(readdirSync(place.path('outputs/.store/drafts'))).toEqual([]);
  expect(existsSync(place.path('outputs/.store/quarantine'))).toBe(false);
}

test('of two runs that are started together each does what the other is not doing', async () => {
  place.write('data.csv', matrixCsv(60));
  const runs = await race(MATRIX, 'data', 'data.csv');
  expect(runs.map(({code, outcomes}) => [code, outcomes['data']]).sort()).toEqual([
    [0, 'cached'],
    [0, 'ran'],
  ]);
  const units = runs.flatMap(r => r.units);
  expect([...new Set(units)].sort()).toEqual([...units].sort());
  expectEqual('matrix');
  expect((await place.run('a.yaml')).units).toEqual([]);
});

test('so do two that go through a model to a figure', async () => {
  const config = 'models/shapes-vit/preprocessor_config.json';
  const runs = await race(PICTURES, 'pixels', config);
  expect(runs.map(({code, outcomes}) => [code, outcomes['pixels']]).sort()).toEqual([
    [0, 'cached'],
    [0, 'ran'],
  ]);
  const units = runs.flatMap(r => r.units);
  expect([...new Set(units)].sort()).toEqual([...units].sort());
  expectEqual('pictures');
});
