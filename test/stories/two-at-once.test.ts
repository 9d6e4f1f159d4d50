import {existsSync, readdirSync} from 'node:fs';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {Workplace, ran, said} from '../rig/strata.js';
import {MATRIX, PICTURES, matrixCsv} from './matrix.js';

let place: Workplace;
beforeEach(() => void (place = new Workplace()));
afterEach(() => place.remove());

test('two runs started at the same moment end well, with the same results and a folder each', async () => {
  place.write('a.yaml', PICTURES);
  const [a, b] = await Promise.all([place.run('a.yaml'), place.run('a.yaml')]);
  expect([a.code, b.code]).toEqual([0, 0]);
  const runs = place.runs('pictures');
  expect(runs).toHaveLength(2);
  expect(runs.map(run => place.record('pictures', run).ok)).toEqual([true, true]);
  expect(place.digests('pictures', runs[0])).toEqual(place.digests('pictures', runs[1]));
  expect(readdirSync(place.path('outputs/.store/drafts'))).toEqual([]);
  expect(existsSync(place.path('outputs/.store/quarantine'))).toBe(false);
});

test('two runs that do every stage side by side end well, with the same results', async () => {
  place.write('a.yaml', MATRIX);
  const file = place.write('data.csv', matrixCsv(60));
  const env = {STRATA_TEST_HOLD: file};
  // Both have planned, and found nothing, before either has a result.
  const both = [1, 2].map(() => place.startIn(env, 'run', '--json', 'a.yaml'));
  await Promise.all(both.map(started => said(started, 'stdout', '"stage-started"')));
  place.write('data.csv.go', '');
  const [a, b] = (await Promise.all(both.map(started => started.finished))).map(ran);
  expect([a!.code, b!.code]).toEqual([0, 0]);
  expect(a!.outcomes['data']).toBe('ran');
  expect(b!.outcomes['data']).toBe('ran');
  const runs = place.runs('matrix');
  expect(runs).toHaveLength(2);
  expect(place.digests('matrix', runs[0])).toEqual(place.digests('matrix', runs[1]));
  expect((await place.run('a.yaml')).units).toEqual([]);
});
