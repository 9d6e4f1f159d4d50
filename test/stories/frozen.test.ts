import {rmSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Workplace} from '../rig/strata.js';
import {matrixCsv} from './matrix.js';

const EXPERIMENT = `strata: 1
name: frozen
params: {fraction: 0.5}
stages:
  scales: {stage: decimate, from: data, fractions: [1, '\${params.fraction}']}
  data: {stage: load, source: matrix, path: ../data/data.csv, label: class}
`;
const SWEEP = `${EXPERIMENT.replace('frozen', 'swept')}sweep: {grid: {params.fraction: [0.5, 0.25]}}\n`;

const place = new Workplace();
afterAll(() => place.remove());
const lockFile = 'studies/frozen.lock.yaml';
let lock: string;
beforeAll(async () => {
  place.write('studies/frozen.yaml', EXPERIMENT);
  place.write('studies/swept.yaml', SWEEP);
  place.write('data/data.csv', matrixCsv(60));
  for (const file of ['studies/frozen.yaml', 'studies/swept.yaml']) {
    expect((await place.run(file)).code).toBe(0);
    expect((await place.strata('freeze', file)).code).toBe(0);
  }
  lock = place.read(lockFile);
});

describe('a run that is held to its lock', () => {
  const frozen = (file = 'studies/frozen.yaml'): ReturnType<Workplace['strata']> =>
    place.strata('run', '--frozen', file);

  test('goes as any other while nothing has changed, from the store and without it', async () => {
    expect((await frozen()).code).toBe(0);
    expect((await frozen('studies/swept.yaml')).code).toBe(0);
    rmSync(place.path('outputs/.store'), {recursive: true});
    const {code, stdout, stderr} = await frozen();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('0 cached, 2 ran');
  });

  test('does not begin after an input has changed, nor do other variants', async () => {
    const before = place.runs('frozen');
    place.write('data/data.csv', matrixCsv(60, {from: 2}));
    const {code, stdout, stderr} = await frozen();
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `E733 studies/frozen.yaml:6:45  data/data.csv is not what it was for frozen.lock.yaml
   6 |   data: {stage: load, source: matrix, path: ../data/data.csv, label: class}
     |                                             ~~~~~~~~~~~~~~~~
   if that is meant, run without --frozen and then "strata freeze" again
`,
    );
    expect((await frozen('studies/swept.yaml')).code).toBe(2);
    expect(place.runs('frozen')).toEqual(before);
    place.write('data/data.csv', matrixCsv(60));
  });

  test('does not begin with other stages or inputs than are locked', async () => {
    place.write(
      'studies/frozen.yaml',
      EXPERIMENT.replace('scales:', 'sizes:') +
        '  more: {stage: load, source: matrix, path: ../data/data.csv, label: class}\n',
    );
    const {code, stderr} = await frozen();
    expect(code).toBe(2);
    expect(stderr).toContain('frozen.lock.yaml does not have data/data.csv as an input');
    expect(stderr).toContain('frozen.lock.yaml does not have stage "sizes"');
    expect(stderr).toContain(
      'frozen.lock.yaml has stages that are no more: scales layer/input, scales samples, scales subsets',
    );
    place.write('studies/frozen.yaml', EXPERIMENT);
  });

  test('fails if a result is not what the lock has', async () => {
    const results = /"scales subsets": "\w+"\n/;
    expect(lock).toMatch(results);
    place.write(
      lockFile,
      lock.replace(results, `"scales subsets": "${'0'.repeat(64)}"\n  "scales more": "${'1'.repeat(64)}"\n`),
    );
    const {code, stderr} = await frozen();
    expect(code).toBe(1);
    expect(stderr).toBe(
      `E734  "scales": subsets is not what frozen.lock.yaml has
   if that is meant, "strata freeze" again

E734  "scales": more of frozen.lock.yaml is gone
   if that is meant, "strata freeze" again
`,
    );
    place.write(lockFile, lock);
  });

  test('needs a lock that can be read', async () => {
    place.write(lockFile, lock.replace('results:', '<<<<<<< HEAD\nresults:'));
    expect((await frozen()).stderr).toBe(
      `E732 ${lockFile}:6:1  a lock has no such line
   6 | <<<<<<< HEAD
     | ~~~~~~~~~~~~
   strata freeze studies/frozen.yaml
`,
    );
    rmSync(place.path(lockFile));
    const {code, stderr} = await frozen();
    expect(code).toBe(2);
    expect(stderr).toBe(`E732  there is no lock ${lockFile}\n   strata freeze studies/frozen.yaml\n`);
  });
});
