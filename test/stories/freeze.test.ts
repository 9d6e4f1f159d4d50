import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {lockFileOf, readLock, writeLock} from '../../src/runner/lock-file.js';
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
beforeAll(() => {
  place.write('studies/frozen.yaml', EXPERIMENT);
  place.write('studies/swept.yaml', SWEEP);
  place.write('data/data.csv', matrixCsv(60));
});

describe('a lock', () => {
  test('is refused before all results are known', async () => {
    const {code, stderr} = await place.strata('freeze', 'studies/frozen.yaml');
    expect(code).toBe(2);
    expect(stderr).toBe('E731  there is no result yet of data, scales\n   strata run studies/frozen.yaml\n');
  });

  test('has one fact a line, in the order of their names, and is the same when written twice', async () => {
    expect((await place.run('studies/frozen.yaml')).code).toBe(0);
    const first = await place.strata('freeze', 'studies/frozen.yaml');
    expect(first).toEqual({code: 0, stdout: `${lockFile} (1 input, 5 results)\n`, stderr: ''});
    const lock = place.read(lockFile);
    const digests = place.digests('frozen');
    const facts = Object.entries(digests).flatMap(([stage, parts]) =>
      Object.entries(parts).map(([part, digest]) => `  "${stage} ${part}": "${digest}"`),
    );
    const content = (place.record('frozen').stages['data']!.record!['params'] as {path: {content: string}})
      .path;
    expect(lock).toBe(
      [
        '# What an experiment reads and what comes of it, by sha256 of the content.',
        '# Written by "strata freeze frozen.yaml"; "strata run --frozen" holds a run to it.',
        'lock: 1',
        'inputs:',
        `  "data ../data/data.csv": "${content.content}"`,
        'results:',
        ...facts.sort(),
        '',
      ].join('\n'),
    );
    const second = await place.strata('freeze', 'studies/frozen.yaml');
    expect(second.stdout).toBe(`nothing new: ${lockFile} (1 input, 5 results)\n`);
    expect(place.read(lockFile)).toBe(lock);
  });

  test('is read as it was written, whatever the names in it', () => {
    const file = place.path('odd.yaml');
    const odd = {
      file: lockFileOf(file),
      inputs: new Map([['k="a": data ../ü b/"c".csv', 'a'.repeat(64)]]),
      results: new Map([['z layer/x:y', '0'.repeat(64)]]),
    };
    expect(writeLock(odd, 'strata freeze odd.yaml')).toBe(true);
    expect(readLock(file)).toEqual(odd);
    expect(writeLock(odd, 'strata freeze odd.yaml')).toBe(false);
  });

  test('of a sweep has the facts of every variant', async () => {
    expect((await place.run('studies/swept.yaml')).code).toBe(0);
    expect((await place.strata('freeze', 'studies/swept.yaml')).code).toBe(0);
    const facts = place.read('studies/swept.lock.yaml').match(/^ {2}"[^"]*/gm)!;
    expect(facts).toHaveLength(12);
    expect(facts.filter(fact => fact.startsWith('  "fraction=0.25: scales '))).toHaveLength(3);
  });
});
