import {createHash} from 'node:crypto';
import {existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createRng} from '../../src/stages/rng.js';
import type {Manifest} from '../../src/store/manifest.js';
import {Store} from '../../src/store/store.js';
import {Workplace, ran, said, until} from '../rig/strata.js';
import {MATRIX, PICTURES, matrixCsv} from './matrix.js';

/** How often a run is killed on its way: at a change of the file system, or after some time. */
const AT_A_CHANGE = 14;
const AFTER_A_TIME = 6;

describe('a run that is killed again and again', () => {
  const place = new Workplace();
  const undisturbed = new Workplace();
  afterAll(() => {
    place.remove();
    undisturbed.remove();
  });

  /** Every result can be read whole, and says what it is. */
  function checkStore(results: ReadonlyMap<string, Manifest>): void {
    const store = new Store(place.path('outputs/.store'));
    for (const {key} of results.values()) {
      const manifest = store.find(key);
      expect(manifest?.key).toBe(key);
      for (const {blob} of manifest!.parts)
        expect(createHash('sha256').update(readFileSync(store.blob(blob))).digest('hex')).toBe(blob);
    }
    expect(existsSync(join(store.root, 'quarantine'))).toBe(false);
  }

  test('goes on where it was and ends with the same results', {timeout: 180_000}, async () => {
    for (const folder of [place, undisturbed]) folder.write('a.yaml', PICTURES);
    const began = performance.now();
    const whole = await undisturbed.run('a.yaml');
    const time = performance.now() - began;
    expect(whole.code).toBe(0);

    const rng = createRng(20);
    const moments = [
      ...Array.from({length: AT_A_CHANGE}, () => ({change: 1 + rng.int(70), delay: 0})),
      ...Array.from({length: AFTER_A_TIME}, () => ({change: 0, delay: rng.uniform() * time})),
    ];
    for (let i = moments.length - 1; i > 0; i--) moments.push(...moments.splice(rng.int(i + 1), 1));

    const units: string[] = [];
    let killed = 0;
    for (const {change, delay} of moments) {
      const before = place.results();
      const inodes = new Map([...before.keys()].map(f => [f, inode(f)]));
      const started = place.startIn(
        change > 0 ? {STRATA_TEST_KILL: String(change)} : {},
        'run',
        '--json',
        'a.yaml',
      );
      if (delay > 0) void setTimeout(delay).then(() => started.process.kill('SIGKILL'));
      const {code, ...finished} = await started.finished;
      if (code === null) killed++;
      else expect(code).toBe(0);
      units.push(...ran({code, ...finished, stdout: wholeLines(finished.stdout)}).units);
      const after = place.results();
      checkStore(after);
      for (const [file, node] of inodes) expect(inode(file), 'a finished result was made again').toBe(node);
      if (killed === moments.indexOf({change, delay}) + 1)
        expect(existsSync(place.path('outputs/pictures/latest'))).toBe(false);
    }
    expect(killed).toBeGreaterThanOrEqual(moments.length / 2);

    const last = await place.run('a.yaml');
    expect(last.code).toBe(0);
    expect(place.digests('pictures')).toEqual(undisturbed.digests('pictures'));
    expect(readdirSync(place.path('outputs/.store/drafts')).filter(d => !d.startsWith('format-'))).toEqual([]);
    // Nothing was told to be finished twice: what was finished before a kill was found after it.
    const all = [...units, ...last.units];
    expect([...new Set(all)].sort()).toEqual([...all].sort());
    expect(whole.units).toEqual(expect.arrayContaining(all));
  });

  const inode = (file: string): number => statSync(place.path(`outputs/.store/results/${file}`)).ino;
  const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1);
});

describe('a run that is interrupted', () => {
  const place = new Workplace();
  afterAll(() => place.remove());
  const file = place.path('data.csv');
  beforeAll(async () => {
    place.write('data.csv', matrixCsv(60));
    place.write('more.csv', matrixCsv(60, {from: 2}));
    place.write(
      'a.yaml',
      MATRIX.replace('stages:', 'stages:\n  before: {stage: load, source: matrix, path: more.csv}'),
    );
    await Promise.resolve();
  });

  test('by Ctrl-C ends what it is doing, keeps what is done, and goes on the next time', async () => {
    const started = place.startIn({STRATA_TEST_HOLD: file}, 'run', 'a.yaml');
    await until(() => existsSync(`${file}.held`));
    started.process.kill('SIGINT');
    await said(started, 'stderr', 'stopping');
    place.write('data.csv.go', '');
    const {code, stdout, stderr} = await started.finished;
    expect(code).toBe(130);
    expect(stderr).toBe('\nstopping after what is being done now; press Ctrl-C again to stop at once\n');
    expect(stdout).toBe('');
  });
});
